"""Council reports as editions: each drafted once for a month or quarter, protected against all before it; pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

import orjson

from schemas.records import codec
from schemas.records.audit import CouncilReport
from sinks.partnership.disclosure import LinearForm, value
from sinks.partnership.incident_counts import CORRIDOR, INCIDENTS, OFFENSE, AudienceCell, Cell, Entry, Pattern, Snapshot
from sinks.partnership.linear_system import LinearSystem, SnapshotNumbers
from sinks.partnership.periods import Period, period_named, quarter_of
from sinks.partnership.suppression import Published, is_small, suppressed_cells

_MONTHLY_TABLES = (OFFENSE, CORRIDOR)
"""Tables that a report has for each month, beside the number of incidents."""


class Address(NamedTuple):
    """A count of a report: month or quarter, audience, table, row."""

    period: str
    audience: str
    table: str
    row: str

    @property
    def cell(self) -> Cell:
        """Return table and row."""
        return Cell(self.table, self.row)


class Draft(NamedTuple):
    """A report that is counted and protected, but not issued yet."""

    number: int
    edition: int
    counted: SnapshotNumbers
    snapshots: Mapping[str, Snapshot]
    forms: Mapping[Address, LinearForm]
    suppressed: frozenset[Address]
    counts: Mapping[Address, int]
    minutes: Mapping[str, Mapping[str, Sequence[float]]]
    """Response times of the audiences that existed in each of its months."""
    blank: bool
    """Whether everything is suppressed: any count would reveal what former reports suppress."""


def issued_under(values: Iterable[bytes | None], agreement_id: str) -> list[CouncilReport]:
    """Return the reports issued under an agreement, in order; `values` are in the order of their offsets.

    Of two that were written at the same time with the same number, the first is valid and nobody received the other.
    Raises: Configuration where a record cannot be decoded.
    """
    issued: list[CouncilReport] = []
    for record in values:
        if record is None:
            continue
        report = cast(CouncilReport, codec.decode_trusted("council_report", record))
        if report["agreement_id"] == agreement_id and report["number"] == len(issued) + 1:
            issued.append(report)
    return issued


def newest_edition(reports: Sequence[CouncilReport], period: str) -> CouncilReport | None:
    """Return the newest edition of a period's report."""
    return next((report for report in reversed(reports) if report["period"] == period), None)


def months_to_count(reports: Sequence[CouncilReport], period: Period, recount: bool) -> list[str]:
    """Return the months of a period that no report has counted; all of them to `recount`."""
    return [month for month in period.months if recount or not _counting_report(reports, month)]


def _counting_report(reports: Sequence[CouncilReport], month: str) -> int:
    """Return the number of the last report that counted a month, 0 for none."""
    return max((report["counted"][month] for report in reports if month in report["counted"]), default=0)


def draft(reports: Sequence[CouncilReport], period: Period, fresh: Mapping[str, Snapshot]) -> Draft:
    """Draft the next report of a period from `fresh` snapshots (month -> snapshot) and those kept with `reports`.

    Suppress cells so that no count of 1 to 4 can be derived by whoever knows all reports that were issued before.
    """
    number = len(reports) + 1
    counted = {month: number if month in fresh else _counting_report(reports, month) for month in period.months}
    kept = _kept_snapshots(reports, quarter_of(period.since).months, fresh, number)
    system = LinearSystem({month: {n: each.patterns for n, each in held.items()} for month, held in kept.items()})
    former, spans = _former(reports, system)
    spans = [*spans, counted] if len(counted) > 1 else spans
    forms = dict(_published_forms(system, period, counted))
    cells = {
        form: cost
        for form, cost in _costs(forms, system.counts).items()
        if form not in former.disclosed | former.suppressed
    }
    hidden = suppressed_cells(system.counts, former, cells, system.secrets(spans))
    withheld = set(forms.values()) if hidden is None else hidden | former.suppressed
    return Draft(
        number=number,
        edition=sum(report["period"] == period.name for report in reports) + 1,
        counted=counted,
        snapshots=fresh,
        forms=forms,
        suppressed=frozenset(address for address, form in forms.items() if form in withheld),
        counts={address: value(form, system.counts) for address, form in forms.items()},
        minutes=_combined_minutes([kept[month][edition].minutes for month, edition in counted.items()]),
        blank=hidden is None,
    )


def _costs(forms: Mapping[Address, LinearForm], counts: Sequence[int]) -> dict[LinearForm, tuple[bool, int]]:
    """Return what suppressing each form costs: the total last, and the greater counts later."""
    costs: dict[LinearForm, tuple[bool, int]] = {}
    for address, form in forms.items():
        total, cost = costs.get(form, (False, 0))
        costs[form] = (total or address.cell == INCIDENTS, cost + value(form, counts))
    return costs


def _combined_minutes(
    minutes: Sequence[Mapping[str, Mapping[str, Sequence[float]]]],
) -> dict[str, dict[str, list[float]]]:
    """Combine the response times of some months, for the audiences that existed in each of them."""
    return {
        audience: {kind: [took for month in minutes for took in month[audience].get(kind, ())] for kind in kinds}
        for audience, kinds in minutes[0].items()
        if all(audience in month for month in minutes)
    }


def _kept_snapshots(
    reports: Sequence[CouncilReport], months: Iterable[str], fresh: Mapping[str, Snapshot], number: int
) -> dict[str, dict[int, Snapshot]]:
    """Return all snapshots of some months: month -> number of the report -> snapshot."""
    kept: dict[str, dict[int, Snapshot]] = {month: {} for month in months}
    for report in reports:
        # A report keeps only what was counted for it; most reports are of other months.
        if not kept.keys().isdisjoint(report["counted"]):
            for month, snapshot in unpack_snapshots(report["snapshots"]).items():
                kept[month][report["number"]] = snapshot
    for month, snapshot in fresh.items():
        kept[month][number] = snapshot
    return {month: snapshots for month, snapshots in kept.items() if snapshots}


def _published_forms(
    system: LinearSystem, period: Period, counted: SnapshotNumbers
) -> Iterator[tuple[Address, LinearForm]]:
    """Yield every count of a report: the monthly tables of each month, and all other tables of the whole period."""
    single = len(counted) == 1
    for month, number in counted.items():
        for cell in system.cells({month: number}):
            if single or cell[1:] == INCIDENTS or cell.table in _MONTHLY_TABLES:
                yield Address(month, *cell), system.form({month: number}, cell)
    if not single:
        for cell in system.cells(counted):
            if cell.table != OFFENSE:
                yield Address(period.name, *cell), system.form(counted, cell)


def _former(reports: Sequence[CouncilReport], system: LinearSystem) -> tuple[Published, list[SnapshotNumbers]]:
    """Return what former reports published of the months of a system, and how their quarters were counted."""
    disclosed, suppressed, quarters = set[LinearForm](), set[LinearForm](), list[SnapshotNumbers]()
    for report in reports:
        if not system.covers(report["counted"]):
            continue
        quarters += [report["counted"]] if len(report["counted"]) > 1 else []
        kept = orjson.loads(report["withheld"])
        if kept["blank"]:
            continue
        withheld = {tuple(address[:4]) for address in kept["cells"]}
        for address, form in _published_forms(system, period_named(report["period"]), report["counted"]):
            (suppressed if address in withheld else disclosed).add(form)
    return Published(frozenset(disclosed), frozenset(suppressed - disclosed)), quarters


def pack_snapshots(snapshots: Mapping[str, Snapshot]) -> str:
    """Return snapshots as the JSON that a council report keeps."""
    return orjson.dumps({month: _packed(snapshot) for month, snapshot in sorted(snapshots.items())}).decode()


def _packed(snapshot: Snapshot) -> dict[str, Any]:
    cells = sorted({AudienceCell(*entry[:3]) for pattern in snapshot.patterns for entry in pattern})
    index = {cell: number for number, cell in enumerate(cells)}
    kinds = [
        [count, [[index[AudienceCell(*entry[:3])], entry.times] for entry in pattern]]
        for pattern, count in sorted(snapshot.patterns.items())
    ]
    return {"rows": [tuple(cell) for cell in cells], "kinds": kinds, "minutes": snapshot.minutes}


def unpack_snapshots(text: str) -> dict[str, Snapshot]:
    """Return the snapshots in the JSON that a council report keeps."""
    snapshots = {}
    for month, packed in orjson.loads(text).items():
        cells = [AudienceCell(*row) for row in packed["rows"]]
        patterns: dict[Pattern, int] = {
            tuple(Entry._make((*cells[index], times)) for index, times in kind): count
            for count, kind in packed["kinds"]
        }
        snapshots[month] = Snapshot(patterns, packed["minutes"])
    return snapshots


def pack_suppressed(report: Draft) -> str:
    """Return what a report suppresses as the JSON that it keeps, each address with whether its own count is small."""
    cells = [[*address, is_small(report.counts[address])] for address in sorted(report.suppressed)]
    return orjson.dumps({"blank": report.blank, "cells": cells}).decode()
