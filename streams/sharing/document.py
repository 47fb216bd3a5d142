"""The search document of one incident, as every audience gets it that sees the same reports. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import orjson

from schemas.records.incident import ExplainedDecision, ReportVersion
from streams.sharing.incident_fields import merged, surviving
from streams.sharing.person_roles import identifiers, lookouts
from streams.sharing.visible import Grant, Pointer, Report, Visible


class View(NamedTuple):
    """One incident as shown; `report_ids` are sorted and the first names the view; times in UTC milliseconds."""

    report_ids: Sequence[str]
    state: Literal["ACTIVE", "CANCELLED"]
    published_at: int
    document: bytes


def view_of(reports: Sequence[Report], decisions: Sequence[orjson.Fragment], visible: Visible) -> View:
    """Return the view of one incident, with the document of `search_document.FIELDS`.

    A cancelled report stays in `reports` and `report_ids` but adds no values and no counts. The history of a report
    that has one version is the report itself and is left out.
    """
    counted = [report for report in reports if not report.cancelled]
    counted_fields = [report.fields for report in counted]
    report_ids = [report.report_id for report in reports]
    state: Literal["ACTIVE", "CANCELLED"] = "ACTIVE" if counted else "CANCELLED"
    values = {
        "state": state,
        "traffic": reports[0].traffic,
        "updated_at": max(report.fields["updated_at"] for report in reports),
        "report_ids": report_ids,
        "report_count": len(counted),
        **surviving(counted_fields),
        **merged(counted_fields),
        **identifiers(counted_fields),
        **lookouts(counted_fields),
        "text": " ".join(report.search_text for report in counted if report.search_text),
        "decisions": decisions,
        "history": {report.report_id: _history(report.history) for report in reports if len(report.history) > 1},
        "pointers": _pointers(reports, visible.pointers),
        "vetting": _vetting_levels(reports, visible.grants),
    }
    document = {name: value for name, value in values.items() if value or value == 0}
    document["reports"] = [orjson.Fragment(report.document) for report in reports]
    return View(
        report_ids=report_ids,
        state=state,
        published_at=max(report.published_at for report in reports),
        document=orjson.dumps(document),
    )


def decision_fragment(decision: ExplainedDecision) -> orjson.Fragment:
    """Return the JSON of a decision, weights in bits to 2 decimals; a weight that rounds to 0 has no sign."""
    evidence = [{**row, "weight": round(row["weight"], 2) + 0.0} for row in decision["evidence"]]
    weight, threshold = round(decision["weight"], 2) + 0.0, round(decision["threshold"], 2) + 0.0
    return orjson.Fragment(orjson.dumps({**decision, "weight": weight, "threshold": threshold, "evidence": evidence}))


def stub(state: str, into: str | None) -> bytes:
    """Return the document of a view that ended: it holds no data, and no query finds it."""
    return orjson.dumps({"state": state, "into": into} if into else {"state": state})


def _pointers(reports: Sequence[Report], pointers: Mapping[str, Mapping[str, Pointer]]) -> list[Pointer]:
    """Return the distinct pointers of these reports, in an order that does not reveal which report each belongs to."""
    distinct = {
        orjson.dumps(pointer): pointer for report in reports for pointer in pointers.get(report.report_id, {}).values()
    }
    return [distinct[key] for key in sorted(distinct)]


def _vetting_levels(reports: Sequence[Report], grants: Mapping[str, Grant]) -> list[str]:
    """Return the vetting levels without which less would be shown."""
    return sorted(set().union(*(grants[report.report_id].vettings for report in reports))) if grants else []


def _history(history: Sequence[ReportVersion]) -> list[dict[str, Any]]:
    """Return a history without what each version was judged by, which is for policy alone."""
    return [{name: value for name, value in line.items() if name != "judged"} for line in history]
