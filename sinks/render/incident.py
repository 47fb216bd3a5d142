"""What `show` prints for people: an incident, its reports, what they agree and disagree on, and its history; pure."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from schemas.records.report import VOID_STATUSES
from schemas.runtime.text_layout import align_columns
from schemas.search_document import VALUES
from sinks.render import timeline
from sinks.render.evidence import decision_lines
from sinks.render.format import Document, clean, labels, moment, offense, pairs, place, point

_CODES = ("nibrs", "apco", "cnie")
_AREA = ("side", "county", "corridor", "sector", "port_of_entry", "checkpoint")


def _place_codes(document: Document) -> str:
    told = [f"{name.replace('_', ' ')} {clean(' '.join(document[name]))}" for name in _AREA if document.get(name)]
    return ", ".join(told)


def _head(incident_id: str, document: Document) -> list[str]:
    codes = [f"{name} {' '.join(document[name])}" for name in _CODES if document.get(name)]
    concepts = "; ".join(document.get("offense", document.get("offense_text", [])))
    idle = len(document["reports"]) - document["report_count"]
    rows = [
        ("incident", incident_id),
        ("state", f"{document['state']}  {document['traffic']}"),
        ("occurred", moment(document.get("occurred_at"))),
        ("updated", moment(document["updated_at"])),
        ("place", place(document)),
        ("area", _place_codes(document)),
        ("offense", clean(concepts) + (f"  ({', '.join(codes)})" if codes else "")),
        ("flow", clean(" ".join([*document.get("flow_direction", []), *document.get("commodities", [])]))),
        ("agencies", " ".join(document.get("agencies", []))),
        ("reports", f"{document['report_count']}" + (f", and {idle} cancelled" if idle else "")),
        ("flags", " ".join(document.get("flags", []))),
        *(("also known to", _pointer(one)) for one in document.get("pointers", [])),
    ]
    return pairs(rows)


def _pointer(pointer: Mapping[str, Any]) -> str:
    """Tell whom to call about a report of which nothing else is told."""
    cautions = "; ".join(
        " ".join(filter(None, (one.get("type"), one.get("text")))) for one in pointer.get("cautions", [])
    )
    told = f"{pointer['agency']}: call {pointer['contact']}" + (f" (caution: {cautions})" if cautions else "")
    return clean(told)


def _report_lines(name: str, report: Document) -> list[str]:
    width = f" within {report['occurred_precision_s']} s" if report.get("occurred_precision_s") else ""
    reason = f" ({clean(report['cancel_reason'])})" if "cancel_reason" in report else ""
    idle = ", counts nowhere" if report["status"] in VOID_STATUSES else ""
    state = f"{report['status']}{reason}{idle}"
    head = (report["report_id"], f"version {report['version']}", report["action"], state)
    rows = [
        ("occurred", moment(report.get("occurred_at")) + width),
        ("updated", moment(report["updated_at"])),
        ("place", place(report)),
        ("offense", offense(report)),
        ("flags", " ".join(report.get("flags", []))),
        ("withheld", ", ".join(report.get("withheld", []))),
        *((f"caution {clean(one.get('type', ''))}", clean(one.get("text", ""))) for one in report.get("cautions", [])),
        *((one["lang"] or "narrative", clean(one["text"])) for one in report.get("narratives", [])),
    ]
    return ["", f"{name}  {'  '.join(map(clean, head))}", *pairs(rows, " " * (len(name) + 2))]


def _value(name: str, value: Any) -> str:
    if name == "location":
        return point(value)
    return moment(value) if name == "occurred_at" else clean(value)


def _value_lines(document: Document, names: Mapping[str, str]) -> list[str]:
    """Tell each value that one report leads, why, and what the others say instead."""
    values, disagree = document.get("values", {}), document.get("disagree", [])
    rows: list[tuple[str, ...]] = []
    for name in (one for one in VALUES if one in values):
        lead = values[name]
        mark = "≠" if name in disagree else " "
        rows.append(
            (
                f"{mark} {name}",
                _value(name, lead["value"]),
                names.get(lead["report_id"], ""),
                clean(lead["because"]).replace("_", " "),
            )
        )
        rows += [
            (
                "",
                _value(name, other["value"]),
                names.get(other["report_id"], ""),
                "differs" if name in disagree else "near",
            )
            for other in lead.get("others", [])
            if other["value"] != lead["value"]
        ]
    return (
        ["", "values that lead" + (" (≠ the reports disagree)" if disagree else ""), *align_columns(rows)]
        if rows
        else []
    )


def _decisions(document: Document, names: Mapping[str, str]) -> list[str]:
    decisions = document.get("decisions", [])
    among = [one for one in decisions if one["left"] in names and one["right"] in names]
    beyond = [one for one in decisions if one not in among]
    told = (("decisions among these reports", among), ("decisions on reports of other incidents", beyond))
    return list(chain.from_iterable(["", title, *decision_lines(found, names)] for title, found in told if found))


def incident_lines(incident_id: str, document: Document, redirects: Sequence[str] = ()) -> list[str]:
    """Tell one incident; `redirects` are the former ids that led to it, the one asked for first."""
    reports: Sequence[Document] = document["reports"]
    names = labels(reports)
    lines = [f"{' -> '.join(redirects)} was merged into {incident_id}", ""] if redirects else []
    lines += _head(incident_id, document)
    for report in reports:
        lines += _report_lines(names[report["report_id"]], report)
    lines += [*_value_lines(document, names), *_decisions(document, names)]
    return [
        *lines,
        "",
        f"timeline   {timeline.LEGEND}",
        *timeline.lines(reports, document.get("history", {}), list(names.values())),
    ]
