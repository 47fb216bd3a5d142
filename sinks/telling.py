"""What the reading commands print for people: pure, lines of text.

What agencies wrote is printed without control characters: a narrative must not move the cursor of who reads it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

MOST_VALUES = 8
COLUMNS = ("occurred (UTC)", "offense", "place", "agencies", "reports", "incident")

Document = Mapping[str, Any]


def clean(text: object) -> str:
    """Give text in one line, control and direction characters as spaces."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())


def moment(at: int | None) -> str:
    """Tell a time, UTC milliseconds, to the second."""
    return "" if at is None else datetime.fromtimestamp(at // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _place(document: Document) -> str:
    located = document.get("location") or {name: document[name] for name in ("lat", "lon") if name in document}
    point = f"{located['lat']:.5f},{located['lon']:.5f}" if located else ""
    precision = f"({document['precision']})" if point and "precision" in document else ""
    return " ".join(part for part in (clean(document.get("address", "")), point, precision) if part)


def row(hit: Document) -> tuple[str, ...]:
    """Give the cells of one hit, as in COLUMNS."""
    cancelled = " CANCELLED" if hit["state"] == "CANCELLED" else ""
    return (
        moment(hit.get("occurred_at")),
        clean("; ".join(hit.get("offense_text", hit.get("offense_code", [])))),
        _place(hit),
        " ".join(hit.get("agencies", [])),
        f"{hit['report_count']}{cancelled}",
        str(hit["id"]),
    )


def facet_lines(told: Mapping[str, Any]) -> list[str]:
    """Tell the totals: for each facet its values, most frequent first (days: newest first), with both counts."""
    lines = [f"{told['total']:,} incidents"]
    for name, values in told["facets"].items():
        shown = [f"{clean(v['value'])} {v['incidents']:,} ({v['reports']:,})" for v in values[:MOST_VALUES]]
        more = f", {len(values) - MOST_VALUES} more" if len(values) > MOST_VALUES else ""
        if shown:
            lines.append(f"{name:<10} {', '.join(shown)}{more}")
    return [*lines, "counts: incidents (reports)"] if told["total"] else lines


def _pairs(rows: Iterable[tuple[str, str]], indent: str = "") -> list[str]:
    return [f"{indent}{name:<10} {value}" for name, value in rows if value]


def _offense(offense: Mapping[str, str]) -> str:
    code = " ".join(offense[name] for name in ("system", "code") if name in offense)
    return clean(" ".join(part for part in (offense.get("text", ""), f"[{code}]" if code else "") if part))


def _report_lines(report: Document) -> list[str]:
    width = f" within {report['occurred_precision_s']} s" if report.get("occurred_precision_s") else ""
    reason = f" ({clean(report['cancel_reason'])})" if "cancel_reason" in report else ""
    return [
        f"{report['report_id']}  version {report['version']}  {report['action']}  {report['status']}{reason}",
        *_pairs(
            [
                ("occurred", moment(report.get("occurred_at")) + width),
                ("updated", moment(report["updated_at"])),
                ("place", _place(report)),
                ("offense", _offense(report.get("offense", {}))),
                ("flags", " ".join(report.get("flags", []))),
                *((one["lang"] or "narrative", clean(one["text"])) for one in report.get("narratives", [])),
            ],
            "  ",
        ),
    ]


def incident_lines(incident_id: str, document: Document) -> list[str]:
    """Tell one incident and the reports that speak of it."""
    reports: Sequence[Document] = document["reports"]
    idle = len(reports) - document["report_count"]
    count = f"{document['report_count']}" + (f", and {idle} cancelled" if idle else "")
    rows = [
        ("state", f"{document['state']}  {document['traffic']}"),
        ("occurred", moment(document.get("occurred_at"))),
        ("updated", moment(document["updated_at"])),
        ("place", _place(document)),
        ("offense", clean("; ".join(document.get("offense_text", [])))),
        ("agencies", " ".join(document.get("agencies", []))),
        ("reports", count),
        ("flags", " ".join(document.get("flags", []))),
    ]
    lines = [f"incident   {incident_id}", *_pairs(rows)]
    for report in reports:
        lines += ["", *_report_lines(report)]
    return lines
