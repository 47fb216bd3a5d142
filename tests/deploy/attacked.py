"""A reader who knows every report that was given out and which kinds of incidents there are, and works out the rest.

Written without the code that protects reports: from incidents as they were made up, and the reports' JSON alone.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from math import ceil, floor
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import linprog

Incidents = Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]]
"""Month -> audience -> the incidents that it saw, each with the field `event`: which real one it is."""
Place = tuple[int, str, str, str]
"""Report, audience, table, row."""
TABLES = {
    "offense family": "offense_family",
    "corridor": "corridor",
    "flow": "flow_direction",
    "commodity": "commodities",
    "agency": "agencies",
}
BY_MONTH = {"offense by month": "offense", "corridor by month": "corridor"}
CLOSE = 1e-6


class Given(NamedTuple):
    """A report that was given out, and the incidents that there were of each of its months then."""

    told: Mapping[str, Mapping[str, Any]]
    incidents: Incidents


def places(month: str, one: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every table and row of a report in which an incident counts."""
    yield "", "incidents"
    yield "month", month
    if len(one["agencies"]) > 1:
        yield "", "joined"
    for table, field in TABLES.items():
        yield from ((table, value) for value in one.get(field, ()))
    for table, field in BY_MONTH.items():
        yield from ((table, f"{value} {month}") for value in one.get(field, ()))


class Lines(NamedTuple):
    """Every count of every report as a line of unknowns, kinds of incidents, and how many there are of each."""

    of: dict[Place, Any]
    truth: Any


def lines(given: Sequence[Given]) -> Lines:
    """Which kinds of incidents there are, by every row of every report that they count in."""
    kinds: dict[Any, Counter[Place]] = defaultdict(Counter)
    for number, report in enumerate(given):
        for month, views in report.incidents.items():
            for audience, one in ((audience, one) for audience, seen in views.items() for one in seen):
                kinds[month, one["event"]].update((number, audience, *place) for place in places(month, one))
    counts = Counter(frozenset(kind.items()) for kind in kinds.values())
    unknowns = sorted(counts, key=sorted)
    line: dict[Place, Any] = defaultdict(lambda: np.zeros(len(unknowns)))
    for column, kind in enumerate(unknowns):
        for place, times in kind:
            line[place][column] = times
    return Lines(line, np.array([counts[kind] for kind in unknowns], float))


def published(given: Sequence[Given], line: Lines) -> tuple[list[Any], list[Any]]:
    """The lines of all counts that are told, and of all that are listed and not told."""
    told: list[Any] = []
    listed: list[Any] = []
    for number, report in enumerate(given):
        for audience, figures in report.told.items():
            for table, row, count in cells(figures):
                own = line.of[number, audience, table, row]
                assert count is None or own @ line.truth == count, (number, audience, table, row, count)
                (listed if count is None else told).append(own)
    return distinct(told), distinct(listed)


def known(given: Sequence[Given]) -> dict[str, list[str]]:
    """Work out every count of 1 to 4; gives those that come out exactly, with what they are, by kind."""
    line = lines(given)
    told, listed = published(given, line)
    found: dict[str, list[str]] = defaultdict(list)
    asked: dict[bytes, bool] = {}
    for (kind, name), wanted in secrets(line.of, given) if line.of else ():
        small = float(wanted @ line.truth)
        if 1 <= small <= 4:
            if wanted.tobytes() not in asked:
                asked[wanted.tobytes()] = exactly(wanted, told, listed, line.truth)
            if asked[wanted.tobytes()]:
                found[kind].append(f"{name} is {small:.0f}")
    return dict(found)


def distinct(lines: Sequence[Any]) -> list[Any]:
    """The same line twice says nothing more."""
    return list({line.tobytes(): line for line in lines}.values())


def cells(figures: Mapping[str, Any]) -> Iterator[tuple[str, str, int | None]]:
    """Every count of a report."""
    yield from (("", name, figures[name]) for name in ("incidents", "joined"))
    for table, rows in figures["tables"].items():
        yield from ((table, row, count) for row, count in rows.items())


def secrets(line: Mapping[Place, Any], given: Sequence[Given]) -> Iterator[tuple[tuple[str, str], Any]]:
    """What the reader would like to know: each row, who is in one and not in another, and what a report has changed."""
    nothing = 0 * next(iter(line.values()))
    for place, terms in list(line.items()):
        yield ("row", f"{place}"), terms
        number, audience, table, row = place
        if table:
            whole = line[number, audience, "", "incidents"]
            yield ("rest", f"{place}"), np.maximum(whole - terms, 0)
        for who in sorted({each[1] for each in line} - {audience}):
            less = np.maximum(terms - line.get((number, who, table, row), nothing), 0)
            yield ("between audiences", f"{place} and not seen by {who}"), less
        for other in range(len(given)):
            if other != number and given[other].incidents.keys() <= given[number].incidents.keys():
                less = np.maximum(terms - line.get((other, audience, table, row), nothing), 0)
                yield ("between reports", f"{place} and not in {other}"), less


def exactly(wanted: Any, told: Sequence[Any], listed: Sequence[Any], truth: Any) -> bool:
    """Whether only one whole number agrees with all that is published; of what is listed there is at least one."""
    bounds = []
    for sign in (1, -1):
        result = linprog(
            sign * wanted,
            A_eq=np.array(told) if told else None,
            b_eq=np.array(told) @ truth if told else None,
            A_ub=-np.array(listed) if listed else None,
            b_ub=-np.ones(len(listed)) if listed else None,
        )
        if result.status == 3:
            return False
        assert result.status == 0, result.message
        bounds.append(float(wanted @ result.x))
    return floor(bounds[1] + CLOSE) <= ceil(bounds[0] - CLOSE)
