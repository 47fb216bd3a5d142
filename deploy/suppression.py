"""Which counts a report tells: no small one, and none from which a small one could be had by subtraction; pure.

A count of 1 to 4 could tell of single persons (primary suppression). Where it is the only one missing in a sum that is
told, it is no secret; so the next smallest of that sum is withheld with it (complementary suppression, as statistical
offices have it).
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple

SMALLEST_CELL = 5
"""Counts below are not told."""

Cell = tuple[str, str]
"""A table of the report and its row; of the table DERIVED, a count that no report tells and a reader can form."""
DERIVED = "derived"


class Sum(NamedTuple):
    """A count that a reader may take for the sum of others."""

    total: Cell
    parts: tuple[Cell, ...]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Everything that a reader adds up here, the total last."""
        return (*self.parts, self.total)


def small(count: int) -> bool:
    """Tell whether a count could tell of single persons."""
    return 0 < count < SMALLEST_CELL


def withheld(counts: Mapping[Cell, int], sums: Iterable[Sum]) -> set[Cell]:
    """Give the cells that must not be told, of `counts` that a reader may add up and subtract as `sums` say.

    What does not add up, as an incident may count in several rows or in none, lets nobody subtract.
    """
    holding = [one for one in sums if counts[one.total] == sum(counts[part] for part in one.parts)]
    hidden = {cell for cell, count in counts.items() if small(count)}
    while True:
        more = {cell for one in holding for cell in _needed(one, counts, hidden)}
        if not more and any(small(counts[cell]) for cell in _worked_out(holding, hidden)):
            # Several sums together give one away: less is told, from the smallest on, until none do.
            more = set(_smallest({cell for one in holding for cell in one.cells} - hidden, counts))
        if not more:
            return hidden
        hidden |= more


def _smallest(cells: Iterable[Cell], counts: Mapping[Cell, int]) -> list[Cell]:
    """Give the cell that costs the reader the least."""
    return sorted(cells, key=lambda cell: (cell[0] != DERIVED, counts[cell] == 0, counts[cell], cell))[:1]


def _needed(one: Sum, counts: Mapping[Cell, int], hidden: set[Cell]) -> list[Cell]:
    """Give the smallest count that has to be withheld too, if what is withheld of a sum can be had from the rest."""
    missing = [cell for cell in one.cells if cell in hidden]
    if not missing:
        return []
    # Several that are missing are known together where their sum is told, and a small sum is a small count.
    if len(missing) > 1 and (one.total in hidden or not small(sum(counts[cell] for cell in missing))):
        return []
    return _smallest((cell for cell in one.cells if cell not in hidden and counts[cell]), counts)


def _worked_out(sums: Iterable[Sum], hidden: set[Cell]) -> set[Cell]:
    """Give the cells that follow from all sums together, by Gauss-Jordan elimination of what is hidden."""
    lines: dict[Cell, dict[Cell, Fraction]] = {}
    for one in sums:
        line = {cell: Fraction(1) for cell in one.parts if cell in hidden}
        line |= {one.total: Fraction(-1)} if one.total in hidden else {}
        for cell in lines.keys() & line.keys():
            line = _less(line, cell, lines[cell])
        if line:
            pivot = min(line)
            line = {cell: value / line[pivot] for cell, value in line.items()}
            lines = {cell: _less(other, pivot, line) if pivot in other else other for cell, other in lines.items()}
            lines[pivot] = line
    return {cell for cell, line in lines.items() if len(line) == 1}


def _less(line: dict[Cell, Fraction], cell: Cell, other: dict[Cell, Fraction]) -> dict[Cell, Fraction]:
    """Take so much of `other` from `line` that `cell` drops out of it."""
    times = line[cell]
    left = {each: line.get(each, Fraction(0)) - times * other.get(each, Fraction(0)) for each in line.keys() | other}
    return {each: value for each, value in left.items() if value}
