"""Everything published for an agreement about one quarter as one system of unknowns, counts and secrets; pure.

The unknowns are how many incidents there are of each kind: of a month, counted once or again for a correction, as each
audience sees them. Rows of several tables, audiences, months and their quarter, and editions are sums of these.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, permutations, product

import numpy as np
import numpy.typing as npt

from sinks.partnership.council_counts import WORK, Pattern
from sinks.partnership.disclosure import Form
from sinks.partnership.suppression import small

Row = tuple[str, str, str]
"""Audience, table, row."""
Counted = Mapping[str, int]
"""Month -> the number under which the snapshot was kept from which it is counted."""
_Sum = Mapping[int, int]
"""Unknown -> how often it counts."""


def _form(terms: _Sum) -> Form:
    return tuple(sorted((unknown, times) for unknown, times in terms.items() if times > 0))


def _less(one: _Sum, other: _Sum) -> Form:
    return _form({unknown: times - other.get(unknown, 0) for unknown, times in one.items()})


def _both(one: _Sum, other: _Sum) -> Form:
    return _form({unknown: min(times, other.get(unknown, 0)) for unknown, times in one.items()})


class System:
    """Unknowns with their true `counts`, of snapshots: month -> number -> kind of incident -> how many."""

    def __init__(self, snapshots: Mapping[str, Mapping[int, Mapping[Pattern, int]]]) -> None:
        self.counts: list[int] = []
        self._snapshots = snapshots
        self._rows: dict[tuple[str, int], dict[Row, Counter[int]]] = {}
        self._kinds: dict[tuple[str, int, Pattern], Counter[int]] = defaultdict(Counter)
        for month, editions in sorted(snapshots.items()):
            numbers = sorted(editions)
            rows = [defaultdict[Row, Counter[int]](Counter) for _ in numbers]
            for kinds, count in _followed([editions[number] for number in numbers]):
                for place, pattern in enumerate(kinds):
                    for audience, table, row, times in pattern or ():
                        rows[place][audience, table, row][len(self.counts)] += times
                    if any(table != WORK for _, table, _, _ in pattern or ()):
                        self._kinds[month, numbers[place], pattern or ()][len(self.counts)] = 1
                self.counts.append(count)
            self._rows.update({(month, number): dict(rows[place]) for place, number in enumerate(numbers)})

    def knows(self, counted: Counted) -> bool:
        """Tell whether a report that is counted so is part of the system."""
        return all(place in self._rows for place in counted.items())

    def rows(self, counted: Counted) -> dict[Row, Counter[int]]:
        """Give every row of the months together as a sum of unknowns."""
        found: dict[Row, Counter[int]] = defaultdict(Counter)
        for place in counted.items():
            for row, terms in self._rows[place].items():
                found[row].update(terms)
        return dict(found)

    def form(self, counted: Counted, row: Row) -> Form:
        """Give one row of the months together; an empty form where nothing counts in it."""
        terms = Counter[int]()
        for place in counted.items():
            terms.update(self._rows[place].get(row, {}))
        return _form(terms)

    def secrets(self, quarters: Iterable[Counted]) -> set[Form]:
        """Give every count of 1 to 4 that a reader may want: rows, and what can be had from two of them.

        That is: in one and not in the other, in both, of one audience or seen by one and not by another, added or taken
        away by a correction, in the rest of a quarter; and each single kind of incident, in one edition or in all.
        `quarters`: how the quarters that were told are counted.
        """
        found = set(map(_form, self._kinds.values()))
        months = [{month: number} for month, editions in self._snapshots.items() for number in editions]
        spans = [(counted, self.rows(counted)) for counted in [*months, *quarters]]
        for _, rows in spans:
            found.update(map(_form, rows.values()))
            incidents = {row: terms for row, terms in rows.items() if row[1] != WORK}
            found.update(((unknown, 1),) for terms in incidents.values() for unknown in terms)
            found.update(self._pairs(incidents))
            found.update(_between_audiences(incidents))
        for (one, rows), (other, others) in permutations(spans, 2):
            if other.keys() <= one.keys():
                found.update(_between(rows, others))
        return {form for form in found if small(sum(times * self.counts[unknown] for unknown, times in form))}

    def _pairs(self, rows: Mapping[Row, _Sum]) -> Iterator[Form]:
        """Give what two rows of an audience have in common, and what one alone has, where it is small."""
        for audience in sorted({row[0] for row in rows}):
            mine = [row for row in sorted(rows) if row[0] == audience]
            common = self._common([rows[row] for row in mine])
            for left, right in combinations(range(len(mine)), 2):
                if small(common[left, right]):
                    yield _both(rows[mine[left]], rows[mine[right]])
            for left, right in permutations(range(len(mine)), 2):
                if small(common[left, left] - common[left, right]):
                    yield _less(rows[mine[left]], rows[mine[right]])

    def _common(self, sums: Sequence[_Sum]) -> npt.NDArray[np.int64]:
        """Count the incidents that each two of some sums have in common."""
        inside = np.zeros((len(sums), len(self.counts)), np.int64)
        for place, terms in enumerate(sums):
            inside[place, list(terms)] = 1
        return (inside * np.array(self.counts, np.int64)) @ inside.T


def _between_audiences(rows: Mapping[Row, _Sum]) -> Iterator[Form]:
    """Give what one audience sees of a row and another one does not."""
    audiences = sorted({row[0] for row in rows})
    for (audience, table, row), other in product(rows, audiences):
        if other != audience:
            yield _less(rows[audience, table, row], rows.get((other, table, row), {}))


def _between(one: Mapping[Row, _Sum], other: Mapping[Row, _Sum]) -> Iterator[Form]:
    """Give what a row has in one span or edition and not in another one."""
    for row, terms in one.items():
        if row[1] != WORK:
            yield _less(terms, other.get(row, {}))


def _followed(editions: Sequence[Mapping[Pattern, int]]) -> list[tuple[tuple[Pattern | None, ...], int]]:
    """Give the incidents of a month through its editions: of which kind in each, None where not counted, how many.

    As many as can be are taken for the same from one edition to the next: a reader may guess that nothing else changed.
    """
    paths: dict[tuple[Pattern | None, ...], int] = {}
    for place, edition in enumerate(editions):
        left, longer = dict(edition), Counter[tuple[Pattern | None, ...]]()
        for path, count in paths.items():
            before = path[-1]
            same = min(count, left.get(before, 0)) if before is not None else 0
            if same and before is not None:
                longer[*path, before] += same
                left[before] -= same
            if count > same:
                longer[*path, None] += count - same
        for pattern, count in left.items():
            if count:
                longer[*(None,) * place, pattern] += count
        paths = dict(sorted(longer.items(), key=lambda one: tuple(kind or () for kind in one[0])))
    return list(paths.items())
