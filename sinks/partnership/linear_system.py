"""Everything published for an agreement about one quarter as one linear system: unknowns, counts, secrets; pure.

The unknowns are the numbers of incidents of each kind in a month, counted once or again for a correction, as each
audience sees them. Cells of several tables, audiences, months, their quarter, and editions are sums of these.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, permutations, product

import numpy as np
import numpy.typing as npt

from sinks.partnership.disclosure import LinearForm, value
from sinks.partnership.incident_counts import WORKLOAD, AudienceCell, Pattern
from sinks.partnership.suppression import is_small

SnapshotNumbers = Mapping[str, int]
"""Month -> number of the report with which the snapshot was kept that the month is counted from."""
_Sum = Mapping[int, int]
"""Unknown -> how often it counts."""
_Path = tuple[Pattern | None, ...]
"""The pattern of an incident in each edition of a month; None where it is not counted."""


def _form(terms: _Sum) -> LinearForm:
    return tuple(sorted((unknown, times) for unknown, times in terms.items() if times > 0))


def _difference(left: _Sum, right: _Sum) -> LinearForm:
    return _form({unknown: times - right.get(unknown, 0) for unknown, times in left.items()})


def _intersection(left: _Sum, right: _Sum) -> LinearForm:
    return _form({unknown: min(times, right.get(unknown, 0)) for unknown, times in left.items()})


class LinearSystem:
    """Unknowns with their true `counts`, from snapshots: month -> report number -> pattern -> number of incidents."""

    def __init__(self, snapshots: Mapping[str, Mapping[int, Mapping[Pattern, int]]]) -> None:
        self.counts: list[int] = []
        self._snapshots = snapshots
        self._cells: dict[tuple[str, int], dict[AudienceCell, Counter[int]]] = {}
        self._kinds: dict[tuple[str, int, Pattern], Counter[int]] = defaultdict(Counter)
        for month, editions in sorted(snapshots.items()):
            self._add_month(month, editions)

    def _add_month(self, month: str, editions: Mapping[int, Mapping[Pattern, int]]) -> None:
        numbers = sorted(editions)
        cells = [defaultdict[AudienceCell, Counter[int]](Counter) for _ in numbers]
        for path, count in _paths([editions[number] for number in numbers]):
            unknown = len(self.counts)
            self.counts.append(count)
            for place, pattern in enumerate(path):
                for audience, table, row, times in pattern or ():
                    cells[place][AudienceCell(audience, table, row)][unknown] += times
                if any(entry[1] != WORKLOAD for entry in pattern or ()):
                    self._kinds[month, numbers[place], pattern or ()][unknown] = 1
        self._cells.update({(month, number): dict(cells[place]) for place, number in enumerate(numbers)})

    def covers(self, counted: SnapshotNumbers) -> bool:
        """Return whether every month of a report that is counted so is part of the system."""
        return all(edition in self._cells for edition in counted.items())

    def cells(self, counted: SnapshotNumbers) -> dict[AudienceCell, Counter[int]]:
        """Return every cell of the months together as a sum of unknowns."""
        sums: dict[AudienceCell, Counter[int]] = defaultdict(Counter)
        for edition in counted.items():
            for cell, terms in self._cells[edition].items():
                sums[cell].update(terms)
        return dict(sums)

    def form(self, counted: SnapshotNumbers, cell: AudienceCell) -> LinearForm:
        """Return one cell of the months together; an empty form where nothing counts in it."""
        terms = Counter[int]()
        for edition in counted.items():
            terms.update(self._cells[edition].get(cell, {}))
        return _form(terms)

    def secrets(self, quarters: Iterable[SnapshotNumbers]) -> set[LinearForm]:
        """Return every small count that an intruder may want: cells, and what two of them yield together.

        That is: incidents in one cell and not in the other, in both, seen by one audience and not by another, added or
        removed by a correction, in the rest of a quarter; and each single kind of incident, in one edition or in all.
        `quarters`: how the quarters that were published are counted.
        """
        forms = set(map(_form, self._kinds.values()))
        months = [{month: number} for month, editions in self._snapshots.items() for number in editions]
        spans = [(counted, self.cells(counted)) for counted in [*months, *quarters]]
        for _, cells in spans:
            forms.update(map(_form, cells.values()))
            incidents = {cell: terms for cell, terms in cells.items() if cell.table != WORKLOAD}
            forms.update(((unknown, 1),) for terms in incidents.values() for unknown in terms)
            forms.update(self._pairs(incidents))
            forms.update(_between_audiences(incidents))
        for (longer, cells), (shorter, others) in permutations(spans, 2):
            if shorter.keys() <= longer.keys():
                forms.update(_between_spans(cells, others))
        return {form for form in forms if is_small(value(form, self.counts))}

    def _pairs(self, cells: Mapping[AudienceCell, _Sum]) -> Iterator[LinearForm]:
        """Yield the small intersections and differences of each two cells of an audience."""
        for audience in sorted({cell.audience for cell in cells}):
            own = [cell for cell in sorted(cells) if cell.audience == audience]
            common = self._common([cells[cell] for cell in own])
            for left, right in combinations(range(len(own)), 2):
                if is_small(common[left, right]):
                    yield _intersection(cells[own[left]], cells[own[right]])
            for left, right in permutations(range(len(own)), 2):
                if is_small(common[left, left] - common[left, right]):
                    yield _difference(cells[own[left]], cells[own[right]])

    def _common(self, sums: Sequence[_Sum]) -> npt.NDArray[np.int64]:
        """Count the incidents that each two of some sums have in common."""
        inside = np.zeros((len(sums), len(self.counts)), np.int64)
        for place, terms in enumerate(sums):
            inside[place, list(terms)] = 1
        return (inside * np.array(self.counts, np.int64)) @ inside.T


def _between_audiences(cells: Mapping[AudienceCell, _Sum]) -> Iterator[LinearForm]:
    """Yield the incidents of a cell that one audience sees and another does not."""
    audiences = sorted({cell.audience for cell in cells})
    for cell, other in product(cells, audiences):
        if other != cell.audience:
            yield _difference(cells[cell], cells.get(cell._replace(audience=other), {}))


def _between_spans(cells: Mapping[AudienceCell, _Sum], others: Mapping[AudienceCell, _Sum]) -> Iterator[LinearForm]:
    """Yield the incidents of a cell in one span or edition that the same cell of another one does not have."""
    for cell, terms in cells.items():
        if cell.table != WORKLOAD:
            yield _difference(terms, others.get(cell, {}))


def _paths(editions: Sequence[Mapping[Pattern, int]]) -> list[tuple[_Path, int]]:
    """Return the paths of a month's incidents through its editions, and how many incidents took each.

    As many incidents as possible are taken to be the same from one edition to the next: an intruder may guess that
    nothing else changed.
    """
    paths: dict[_Path, int] = {}
    for place, edition in enumerate(editions):
        left, longer = dict(edition), Counter[_Path]()
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
        paths = dict(sorted(longer.items(), key=lambda item: tuple(kind or () for kind in item[0])))
    return list(paths.items())
