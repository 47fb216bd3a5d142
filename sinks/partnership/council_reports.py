"""Council reports as they were given out: each made once for a month or quarter, protected against all before; pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

import orjson

from schemas.records import codec
from schemas.records.audit import CouncilReport
from sinks.partnership.council_counts import INCIDENTS, OFFENSE, Pattern, Snapshot
from sinks.partnership.council_system import Counted, System
from sinks.partnership.disclosure import Form, value
from sinks.partnership.periods import Period, named, quarter_of
from sinks.partnership.suppression import Published, small, withheld

BY_MONTH = {"month": INCIDENTS, "offense by month": (OFFENSE, ""), "corridor by month": ("corridor", "")}
"""Table of the report -> table that it tells for each month, and its row; '' for all of them."""
Address = tuple[str, str, str, str]
"""Month or quarter, audience, table, row."""


def standing(values: Iterable[bytes | None], agreement_id: str) -> list[CouncilReport]:
    """Return the reports that were given out under an agreement, in their order; `values` in that of their offsets.

    Where two were made at once, both with the number of the next one, the first stands and nobody was given the other.
    Raises: Configuration when one cannot be read.
    """
    found: list[CouncilReport] = []
    for one in values:
        if one is None:
            continue
        report = cast(CouncilReport, codec.trusted("council_report", one))
        if report["agreement_id"] == agreement_id and report["number"] == len(found) + 1:
            found.append(report)
    return found


def newest(reports: Sequence[CouncilReport], period: str) -> CouncilReport | None:
    """Return the newest edition of a period's report."""
    return next((one for one in reversed(reports) if one["period"] == period), None)


def to_count(reports: Sequence[CouncilReport], period: Period, again: bool) -> list[str]:
    """Name the months of a period that no report has counted, or all of them to count them `again`."""
    return [month for month in period.months if again or not _counting(reports, month)]


def _counting(reports: Sequence[CouncilReport], month: str) -> int:
    """Return the number of the last report that counted a month, 0 for none."""
    return max((one["counted"][month] for one in reports if month in one["counted"]), default=0)


class Made(NamedTuple):
    """A report that was counted and protected, and is not given out yet."""

    number: int
    edition: int
    counted: Counted
    snapshots: Mapping[str, Snapshot]
    forms: Mapping[Address, Form]
    withheld: frozenset[Address]
    counts: Mapping[Address, int]
    minutes: Mapping[str, Mapping[str, Sequence[float]]]
    """Of the audiences that there were in each of its months."""
    blank: bool
    """Whether nothing at all is told: anything more would give away what former reports withhold."""


def make(reports: Sequence[CouncilReport], period: Period, fresh: Mapping[str, Snapshot]) -> Made:
    """Make the next report of a period of `fresh` snapshots and those that are kept: month -> snapshot.

    What it withholds protects every count of 1 to 4 against who knows all reports that were given out before.
    """
    number = len(reports) + 1
    counted = {month: number if month in fresh else _counting(reports, month) for month in period.months}
    kept = _kept(reports, quarter_of(period.since).months, fresh, number)
    system = System({month: {n: one.patterns for n, one in held.items()} for month, held in kept.items()})
    former, spans = _former(reports, system)
    spans = [*spans, counted] if len(counted) > 1 else spans
    forms = dict(_told_of(system, period, counted))
    costs: dict[Form, tuple[bool, int]] = {}
    for (_, _, table, row), form in forms.items():
        total, cost = costs.get(form, (False, 0))
        costs[form] = (total or (table, row) == INCIDENTS, cost + value(form, system.counts))
    cells = {form: cost for form, cost in costs.items() if form not in former.told | former.withheld}
    hidden = withheld(system.counts, former, cells, system.secrets(spans))
    blank = hidden is None
    kept_back = set(forms.values()) if hidden is None else hidden | former.withheld
    return Made(
        number,
        sum(one["period"] == period.name for one in reports) + 1,
        counted,
        fresh,
        forms,
        frozenset(address for address, form in forms.items() if form in kept_back),
        {address: value(form, system.counts) for address, form in forms.items()},
        _together([kept[month][one].minutes for month, one in counted.items()]),
        blank,
    )


def _together(minutes: Sequence[Mapping[str, Mapping[str, Sequence[float]]]]) -> dict[str, dict[str, list[float]]]:
    """Give the minutes of some months together, of the audiences that there were in each of them."""
    return {
        audience: {kind: [took for one in minutes for took in one[audience].get(kind, ())] for kind in kinds}
        for audience, kinds in minutes[0].items()
        if all(audience in one for one in minutes)
    }


def _kept(
    reports: Sequence[CouncilReport], months: Iterable[str], fresh: Mapping[str, Snapshot], number: int
) -> dict[str, dict[int, Snapshot]]:
    """Give all snapshots of some months: month -> number -> snapshot."""
    found: dict[str, dict[int, Snapshot]] = {month: {} for month in months}
    for one in reports:
        # Only what was counted for this very report is in it; most reports are of other months.
        if not found.keys().isdisjoint(one["counted"]):
            for month, kept in unpacked(one["snapshots"]).items():
                found[month][one["number"]] = kept
    for month, made in fresh.items():
        found[month][number] = made
    return {month: held for month, held in found.items() if held}


def _told_of(system: System, period: Period, counted: Counted) -> Iterator[tuple[Address, Form]]:
    """Give every count of a report: of its months what is told by month, and of its period all the rest."""
    whole = len(counted) == 1
    for month, number in counted.items():
        for audience, table, row in system.rows({month: number}):
            if whole or (table, row) == INCIDENTS or table in (OFFENSE, "corridor"):
                yield (month, audience, table, row), system.form({month: number}, (audience, table, row))
    if not whole:
        for audience, table, row in system.rows(counted):
            if table != OFFENSE:
                yield (period.name, audience, table, row), system.form(counted, (audience, table, row))


def _former(reports: Sequence[CouncilReport], system: System) -> tuple[Published, list[Counted]]:
    """Give what former reports told and withheld of the months of a system, and how their quarters were counted."""
    told, hidden, quarters = set[Form](), set[Form](), list[Counted]()
    for one in reports:
        if not system.knows(one["counted"]):
            continue
        forms = dict(_told_of(system, named(one["period"]), one["counted"]))
        kept_back = {tuple(address[:4]) for address in orjson.loads(one["withheld"])["cells"]}
        quarters += [one["counted"]] if len(one["counted"]) > 1 else []
        if orjson.loads(one["withheld"])["blank"]:
            continue
        hidden |= {form for address, form in forms.items() if address in kept_back}
        told |= {form for address, form in forms.items() if address not in kept_back}
    return Published(frozenset(told), frozenset(hidden - told)), quarters


def packed(snapshots: Mapping[str, Snapshot]) -> str:
    """Write snapshots as they are kept."""
    return orjson.dumps({month: _packed(one) for month, one in sorted(snapshots.items())}).decode()


def _packed(one: Snapshot) -> dict[str, Any]:
    rows = sorted({tuple(entry[:3]) for pattern in one.patterns for entry in pattern})
    place = {row: at for at, row in enumerate(rows)}
    kinds = [
        [count, [[place[entry[:3]], entry[3]] for entry in pattern]] for pattern, count in sorted(one.patterns.items())
    ]
    return {"rows": rows, "kinds": kinds, "minutes": one.minutes}


def unpacked(text: str) -> dict[str, Snapshot]:
    """Read snapshots as they are kept."""
    found = {}
    for month, one in orjson.loads(text).items():
        patterns: dict[Pattern, int] = {
            tuple((*one["rows"][at], times) for at, times in kind): count for count, kind in one["kinds"]
        }
        found[month] = Snapshot(patterns, one["minutes"])
    return found


def suppressed(made: Made) -> str:
    """Write what a report withholds as it is kept, each with whether its own count is small."""
    cells = [[*address, small(made.counts[address])] for address in sorted(made.withheld)]
    return orjson.dumps({"blank": made.blank, "cells": cells}).decode()
