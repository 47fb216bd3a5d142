"""What `search` prints for people: a row for each incident, and the totals; pure."""

from collections.abc import Mapping
from typing import Any

from sinks.render.format import Document, address, clean, moment, place

MOST_VALUES = 8
COLUMNS = ("occurred (UTC)", "offense", "place", "agencies", "reports", "incident")


def _offense(hit: Document) -> str:
    """Prefer the taxonomy's concepts: two agencies' words for one thing are one."""
    return next(
        (clean("; ".join(hit[name])) for name in ("offense", "offense_text", "offense_code") if name in hit), ""
    )


def row(hit: Document) -> tuple[str, ...]:
    """Give the cells of one hit, as in COLUMNS; `≠` marks reports that disagree."""
    cancelled = " CANCELLED" if hit["state"] == "CANCELLED" else ""
    differ = " ≠" if hit.get("disagree") else ""
    return (
        moment(hit.get("occurred_at")),
        _offense(hit),
        address(hit) or place(hit),
        " ".join(hit.get("agencies", [])),
        f"{hit['report_count']}{differ}{cancelled}",
        str(hit["id"]),
    )


def facet_lines(told: Mapping[str, Any]) -> list[str]:
    """Tell the totals: for each facet its values, most frequent first (days: newest first), with both counts."""
    shown = {name: values for name, values in told["facets"].items() if values}
    width = max(map(len, shown), default=0)
    lines = [f"{told['total']:,} incident{'' if told['total'] == 1 else 's'}"]
    for name, values in shown.items():
        first = [f"{clean(v['value'])} {v['incidents']:,} ({v['reports']:,})" for v in values[:MOST_VALUES]]
        more = f", {len(values) - MOST_VALUES} more" if len(values) > MOST_VALUES else ""
        lines.append(f"{name:<{width}}  {', '.join(first)}{more}")
    return [*lines, "counts: incidents (reports)"] if told["total"] else lines
