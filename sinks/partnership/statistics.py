"""The report that a partnership owes: figures of what each audience sees in a time, without persons; pure.

Small counts are not told, nor what they could be worked out from (`suppression`, `council_reports`).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from sinks.partnership.council_counts import ANSWER, FIELDS, FIGURE, LINK, NEAR, OFFENSE, WORK, Cell, Pattern
from sinks.partnership.council_reports import BY_MONTH, Made
from sinks.partnership.suppression import SMALLEST_CELL, SMALLEST_TOTAL

_TABLES = (*BY_MONTH, NEAR, *(name for name in FIELDS if name != OFFENSE))
_FIGURES: tuple[Cell, ...] = (
    *((FIGURE, name) for name in ("incidents", "in_focus", "joined", "across_the_border", "disagree_on_offense")),
    (FIGURE, "relabelled_reports"),
    *((WORK, name) for name in ("judged_by_persons", "of_these_joined_by_the_model", "of_these_rightly")),
)
_LOOKUPS: tuple[Cell, ...] = ((WORK, "lookups_asked"), (WORK, "lookups_answered"))
_MEDIANS = {
    "median_minutes_to_link": (LINK, (FIGURE, "joined")),
    "median_minutes_to_answer": (ANSWER, (WORK, "lookups_answered")),
}
"""Figure -> of which minutes it is the median, and the figure that tells how many these are."""
Told = dict[str, Any]


def figures(made: Made, period: str, audiences: Iterable[str]) -> dict[str, Told]:
    """Give the figures of a report for each audience; null is what is not told, also the median of such a number."""
    return {audience: _figures(made, period, audience) for audience in audiences}


def _figures(made: Made, period: str, audience: str) -> Told:
    def count(span: str, cell: Cell) -> int | None:
        address = (span, audience, *cell)
        return None if made.blank or address in made.withheld else made.counts.get(address, 0)

    minutes = made.minutes.get(audience, {})
    told: Told = {cell[1]: count(period, cell) for cell in (*_FIGURES, *(_LOOKUPS if ANSWER in minutes else ()))}
    for name, (kind, cell) in _MEDIANS.items():
        if kind in minutes:
            many = count(period, cell) is not None and len(minutes[kind]) >= SMALLEST_CELL
            told[name] = round(median(minutes[kind]), 1) if many else None
    tables: dict[str, dict[str, int | None]] = {name: {} for name in _TABLES}
    for span, whose, table, row in sorted(made.counts) if not made.blank else ():
        if whose != audience:
            continue
        if span == period and table in tables:
            tables[table][row] = count(span, (table, row))
        for name, (source, total) in BY_MONTH.items():
            if span in made.counted and table == source and total in ("", row):
                tables[name][f"{row} {span}" if not total else span] = count(span, (table, row))
    return {**told, "tables": tables, "withheld": _withheld(told, tables)}


def _withheld(told: Mapping[str, Any], tables: Mapping[str, Mapping[str, int | None]]) -> dict[str, int]:
    """Count what is not told, for each table that has such."""
    found = {"figures": sum(value is None for value in told.values())}
    found |= {name: sum(value is None for value in table.values()) for name, table in tables.items()}
    return {name: number for name, number in found.items() if number}


def totals(patterns: Mapping[Pattern, int], audiences: Iterable[str], lookups: bool) -> dict[str, Told]:
    """Give the totals of a time that is no whole month or quarter: of 20 and more, in steps of 20, and nothing else.

    Such times can be asked for without end, so the difference of two must not tell how much is between them.
    """
    sums = Counter[tuple[str, str, str]]()
    for pattern, count in patterns.items():
        for *row, times in pattern:
            sums[row[0], row[1], row[2]] += times * count
    found = {}
    for audience in audiences:
        told: Told = {
            cell[1]: sums[(audience, *cell)] // SMALLEST_TOTAL * SMALLEST_TOTAL or None
            for cell in (*_FIGURES, *(_LOOKUPS if lookups else ()))
        }
        tables: dict[str, dict[str, int | None]] = {name: {} for name in _TABLES}
        found[audience] = {**told, "tables": tables, "withheld": _withheld(told, tables)}
    return found


def _shown(value: float | None) -> str:
    return "not told" if value is None else f"{value:,}"


def markdown(title: str, period: str, told: Mapping[str, Mapping[str, Any]], made: Sequence[str] = ()) -> str:
    """Write the report for people: `told` is audience -> figures as JSON; `made` says when it was made."""
    lines = [
        f"# {title}",
        "",
        f"Incidents that occurred {period}. No persons; counts of 1 to {SMALLEST_CELL - 1} are not told, nor what they "
        "could be worked out from.",
        *(line for text in made for line in ("", text)),
    ]
    for audience, counts in told.items():
        rows = {name.replace("_", " "): value for name, value in counts.items() if not isinstance(value, dict)}
        lines += ["", f"## {audience}", "", "| figure | |", "|---|---|"]
        lines += [f"| {name} | {_shown(value)} |" for name, value in rows.items()]
        for name, table in counts["tables"].items():
            if table:
                lines += ["", f"| {name} | incidents |", "|---|---|"]
                lines += [f"| {row} | {_shown(value)} |" for row, value in table.items()]
        if counts.get("withheld"):
            parts = ", ".join(f"{name} {number}" for name, number in counts["withheld"].items())
            lines += ["", f"Not told: {parts}."]
    return "\n".join(lines) + "\n"
