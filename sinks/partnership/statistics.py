"""The statistics of a council report: counts of what each audience sees in a period, without persons; pure.

Small cells are suppressed, primary and complementary (`suppression`, `report_editions`).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from sinks.partnership.incident_counts import (
    ANSWER,
    CORRIDOR,
    INCIDENTS,
    LINK,
    NEAR_CHECKPOINT,
    OFFENSE,
    TABLE_FIELDS,
    TOTALS,
    WORKLOAD,
    AudienceCell,
    Cell,
    Pattern,
)
from sinks.partnership.report_editions import Address, Draft
from sinks.partnership.suppression import MIN_CELL_COUNT, ROUNDING_BASE

Statistics = dict[str, Any]
"""Name -> value of an audience's statistics as JSON; null is a suppressed value."""
Table = dict[str, int | None]


@dataclass(frozen=True, slots=True)
class Figure:
    """A single number of a report: its name and the cell that is counted."""

    name: str
    cell: Cell


@dataclass(frozen=True, slots=True)
class MedianFigure:
    """The median of response times in minutes, and the cell that counts how many there are."""

    name: str
    kind: str
    cell: Cell


@dataclass(frozen=True, slots=True)
class MonthlyTable:
    """A table with a row for each month: of one cell, or of every row of a table where `cell` has no row."""

    name: str
    cell: Cell

    def row(self, month: str, cell: Cell) -> str | None:
        """Return the name of the row in which a cell of a month is shown; None where it is not of this table."""
        if cell.table != self.cell.table or self.cell.row not in ("", cell.row):
            return None
        return month if self.cell.row else f"{cell.row} {month}"


FIGURES = (
    *(
        Figure(name, Cell(TOTALS, name))
        for name in (
            "incidents",
            "in_focus",
            "joined",
            "across_the_border",
            "disagree_on_offense",
            "relabelled_reports",
        )
    ),
    *(
        Figure(name, Cell(WORKLOAD, name))
        for name in ("judged_by_persons", "of_these_joined_by_the_model", "of_these_rightly")
    ),
)
INQUIRY_FIGURES = tuple(Figure(name, Cell(WORKLOAD, name)) for name in ("lookups_asked", "lookups_answered"))
"""Told where the agreement has a support center."""
MEDIANS = (
    MedianFigure("median_minutes_to_link", LINK, Cell(TOTALS, "joined")),
    MedianFigure("median_minutes_to_answer", ANSWER, Cell(WORKLOAD, "lookups_answered")),
)
MONTHLY_TABLES = (
    MonthlyTable("month", INCIDENTS),
    MonthlyTable("offense by month", Cell(OFFENSE, "")),
    MonthlyTable("corridor by month", Cell(CORRIDOR, "")),
)
TABLES = (
    *(table.name for table in MONTHLY_TABLES),
    NEAR_CHECKPOINT,
    *(name for name in TABLE_FIELDS if name != OFFENSE),
)
"""The tables of a report, in order."""


def statistics(report: Draft, period: str, audiences: Iterable[str]) -> dict[str, Statistics]:
    """Return the statistics of a report for each audience; a suppressed count is None, and so is its median."""
    return {audience: _statistics(report, period, audience) for audience in audiences}


def _statistics(report: Draft, period: str, audience: str) -> Statistics:
    def count(span: str, cell: Cell) -> int | None:
        address = Address(span, audience, *cell)
        return None if report.blank or address in report.suppressed else report.counts.get(address, 0)

    minutes = report.minutes.get(audience, {})
    figures = (*FIGURES, *(INQUIRY_FIGURES if ANSWER in minutes else ()))
    values: Statistics = {figure.name: count(period, figure.cell) for figure in figures}
    for figure in MEDIANS:
        if figure.kind in minutes:
            # That there are enough for a median would reveal that a suppressed count is not small.
            enough = count(period, figure.cell) is not None and len(minutes[figure.kind]) >= MIN_CELL_COUNT
            values[figure.name] = round(median(minutes[figure.kind]), 1) if enough else None
    tables: dict[str, Table] = {name: {} for name in TABLES}
    for address in sorted(report.counts) if not report.blank else ():
        if address.audience != audience:
            continue
        if address.period == period and address.table in tables:
            tables[address.table][address.row] = count(period, address.cell)
        if address.period in report.counted:
            for table in MONTHLY_TABLES:
                if (row := table.row(address.period, address.cell)) is not None:
                    tables[table.name][row] = count(address.period, address.cell)
    return {**values, "tables": tables, "withheld": _suppressed_counts(values, tables)}


def _suppressed_counts(values: Mapping[str, Any], tables: Mapping[str, Table]) -> dict[str, int]:
    """Count the suppressed values of each table that has any."""
    counts = {"figures": sum(value is None for value in values.values())}
    counts |= {name: sum(value is None for value in table.values()) for name, table in tables.items()}
    return {name: number for name, number in counts.items() if number}


def rounded_totals(patterns: Mapping[Pattern, int], audiences: Iterable[str], inquiries: bool) -> dict[str, Statistics]:
    """Return the totals of a time that is no calendar month or quarter, rounded down to multiples of 20, and no tables.

    Such times can be requested without limit, so the difference of two must not reveal how many lie between them.
    `inquiries`: whether the agreement has a support center.
    """
    sums = Counter[AudienceCell]()
    for pattern, count in patterns.items():
        for entry in pattern:
            sums[AudienceCell(*entry[:3])] += entry.times * count
    figures = (*FIGURES, *(INQUIRY_FIGURES if inquiries else ()))
    totals = {}
    for audience in audiences:
        values: Statistics = {
            figure.name: sums[AudienceCell(audience, *figure.cell)] // ROUNDING_BASE * ROUNDING_BASE or None
            for figure in figures
        }
        tables: dict[str, Table] = {name: {} for name in TABLES}
        totals[audience] = {**values, "tables": tables, "withheld": _suppressed_counts(values, tables)}
    return totals


def _cell_text(value: float | None) -> str:
    return "suppressed" if value is None else f"{value:,}"


def markdown(
    title: str, period: str, statistics_of: Mapping[str, Mapping[str, Any]], provenance: Sequence[str] = ()
) -> str:
    """Format a report as Markdown: `statistics_of` is audience -> statistics; `provenance` states when it was made."""
    lines = [
        f"# {title}",
        "",
        f"Incidents that occurred {period}. No persons; counts of 1 to {MIN_CELL_COUNT - 1} are suppressed, and so are "
        "the counts from which they could be derived.",
        *(line for text in provenance for line in ("", text)),
    ]
    for audience, values in statistics_of.items():
        rows = {name.replace("_", " "): value for name, value in values.items() if not isinstance(value, dict)}
        lines += ["", f"## {audience}", "", "| statistic | |", "|---|---|"]
        lines += [f"| {name} | {_cell_text(value)} |" for name, value in rows.items()]
        for name, table in values["tables"].items():
            if table:
                lines += ["", f"| {name} | incidents |", "|---|---|"]
                lines += [f"| {row} | {_cell_text(value)} |" for row, value in table.items()]
        if values.get("withheld"):
            parts = ", ".join(f"{name} {number}" for name, number in values["withheld"].items())
            lines += ["", f"Suppressed: {parts}."]
    return "\n".join(lines) + "\n"
