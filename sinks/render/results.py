"""Format the results of `search`: a row for each incident, and the facets; pure."""

from collections.abc import Mapping
from typing import Any

from sinks.render.format import Document, address, clean, moment, place

MAX_VALUES = 8
COLUMNS = ("occurred (UTC)", "offense", "place", "agencies", "reports", "incident")


def _offense(hit: Document) -> str:
    """Return the offense, preferably as concepts of the taxonomy: they are the same for all agencies."""
    return next(
        (clean("; ".join(hit[name])) for name in ("offense", "offense_text", "offense_code") if name in hit), ""
    )


def row(hit: Document) -> tuple[str, ...]:
    """Return the cells of a hit, as in COLUMNS; `≠` marks reports that conflict."""
    cancelled = " CANCELLED" if hit["state"] == "CANCELLED" else ""
    conflict = " ≠" if hit.get("disagree") else ""
    return (
        moment(hit.get("occurred_at")),
        _offense(hit),
        address(hit) or place(hit),
        " ".join(hit.get("agencies", [])),
        f"{hit['report_count']}{conflict}{cancelled}",
        str(hit["id"]),
    )


def facet_lines(result: Mapping[str, Any]) -> list[str]:
    """Format the total and, for each facet, its values with both counts, most frequent first (days: newest first)."""
    shown = {name: values for name, values in result["facets"].items() if values}
    width = max(map(len, shown), default=0)
    lines = [f"{result['total']:,} incident{'' if result['total'] == 1 else 's'}"]
    for name, values in shown.items():
        first = [f"{clean(v['value'])} {v['incidents']:,} ({v['reports']:,})" for v in values[:MAX_VALUES]]
        more = f", {len(values) - MAX_VALUES} more" if len(values) > MAX_VALUES else ""
        lines.append(f"{name:<{width}}  {', '.join(first)}{more}")
    return [*lines, "counts: incidents (reports)"] if result["total"] else lines
