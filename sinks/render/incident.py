"""Format an incident for `show`: its reports, where they agree and conflict, and its history; pure."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from schemas.records.report import VOID_STATUSES
from schemas.runtime.text_layout import align_columns
from schemas.search_document import VALUES
from sinks.render import timeline
from sinks.render.evidence import decision_lines
from sinks.render.format import Document, clean, labeled_lines, labels, moment, offense, place, point

_CODES = ("nibrs", "apco", "cnie")
_AREA = ("side", "county", "corridor", "sector", "port_of_entry", "checkpoint")


def _place_codes(document: Document) -> str:
    areas = [f"{name.replace('_', ' ')} {clean(' '.join(document[name]))}" for name in _AREA if document.get(name)]
    return ", ".join(areas)


def _head(incident_id: str, document: Document) -> list[str]:
    codes = [f"{name} {' '.join(document[name])}" for name in _CODES if document.get(name)]
    concepts = "; ".join(document.get("offense", document.get("offense_text", [])))
    void = len(document["reports"]) - document["report_count"]
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
        ("reports", f"{document['report_count']}" + (f", and {void} cancelled" if void else "")),
        ("flags", " ".join(document.get("flags", []))),
        *(("also known to", _pointer(pointer)) for pointer in document.get("pointers", [])),
    ]
    return labeled_lines(rows)


def _pointer(pointer: Mapping[str, Any]) -> str:
    """Format whom to call about a report that is shared as a pointer only."""
    cautions = "; ".join(
        " ".join(filter(None, (caution.get("type"), caution.get("text")))) for caution in pointer.get("cautions", [])
    )
    return clean(f"{pointer['agency']}: call {pointer['contact']}" + (f" (caution: {cautions})" if cautions else ""))


def _report_lines(name: str, report: Document) -> list[str]:
    width = f" within {report['occurred_precision_s']} s" if report.get("occurred_precision_s") else ""
    reason = f" ({clean(report['cancel_reason'])})" if "cancel_reason" in report else ""
    void = ", not counted" if report["status"] in VOID_STATUSES else ""
    state = f"{report['status']}{reason}{void}"
    head = (report["report_id"], f"version {report['version']}", report["action"], state)
    rows = [
        ("occurred", moment(report.get("occurred_at")) + width),
        ("updated", moment(report["updated_at"])),
        ("place", place(report)),
        ("offense", offense(report)),
        ("flags", " ".join(report.get("flags", []))),
        ("withheld", ", ".join(report.get("withheld", []))),
        *(
            (f"caution {clean(each.get('type', ''))}", clean(each.get("text", "")))
            for each in report.get("cautions", [])
        ),
        *((narrative["lang"] or "narrative", clean(narrative["text"])) for narrative in report.get("narratives", [])),
    ]
    return ["", f"{name}  {'  '.join(map(clean, head))}", *labeled_lines(rows, " " * (len(name) + 2))]


def _value(name: str, value: Any) -> str:
    if name == "location":
        return point(value)
    return moment(value) if name == "occurred_at" else clean(value)


def _value_lines(document: Document, names: Mapping[str, str]) -> list[str]:
    """Format each surviving value, the report it comes from, the survivorship rule, and the other reports' values."""
    values, conflicts = document.get("values", {}), document.get("disagree", [])
    rows: list[tuple[str, ...]] = []
    for name in filter(values.__contains__, VALUES):
        lead = values[name]
        mark = "≠" if name in conflicts else " "
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
                "differs" if name in conflicts else "near",
            )
            for other in lead.get("others", [])
            if other["value"] != lead["value"]
        ]
    return (
        ["", "surviving values" + (" (≠ the reports conflict)" if conflicts else ""), *align_columns(rows)]
        if rows
        else []
    )


def _decisions(document: Document, names: Mapping[str, str]) -> list[str]:
    decisions = document.get("decisions", [])
    among = [decision for decision in decisions if decision["left"] in names and decision["right"] in names]
    beyond = [decision for decision in decisions if decision not in among]
    sections = (("decisions among these reports", among), ("decisions on reports of other incidents", beyond))
    return list(chain.from_iterable(["", title, *decision_lines(each, names)] for title, each in sections if each))


def incident_lines(incident_id: str, document: Document, redirects: Sequence[str] = ()) -> list[str]:
    """Format an incident; `redirects` are the former ids that were merged into it, the requested id first."""
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
