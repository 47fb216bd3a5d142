"""Which counts a report tells: no small one, and none from which a small one could be worked out; pure.

A count of 1 to 4 could tell of single persons (primary suppression). What it could be had from, with everything that
was published before, is withheld with it (complementary suppression, as statistical offices have it).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sinks.partnership.disclosure import Form, Reader, value

SMALLEST_CELL = 5
"""Counts below are not told."""
SMALLEST_TOTAL = 20
"""Of a time that is no whole month or quarter of the calendar only totals from here on are told, in steps of it."""


class Published(NamedTuple):
    """What was published before: counts that were told, and counts of which it was told that they are withheld."""

    told: frozenset[Form] = frozenset()
    withheld: frozenset[Form] = frozenset()


def small(count: int) -> bool:
    """Tell whether a count could tell of single persons."""
    return 0 < count < SMALLEST_CELL


def withheld(
    counts: Sequence[int], former: Published, cells: Mapping[Form, Any], secrets: Iterable[Form]
) -> frozenset[Form] | None:
    """Return which of `cells`, each with what it costs not to tell it, are withheld beside what was published before.

    Then none of `secrets` that is 1 to 4, by the true `counts` of the unknowns, is known exactly, and of a small one
    that is withheld, now or before, a reader cannot tell that it is small. None where only telling nothing would do.
    """
    hidden = {form for form in cells if small(value(form, counts))}
    listed = hidden | {form for form in former.withheld if small(value(form, counts))}
    order = [*sorted(listed), *sorted({form for form in secrets if small(value(form, counts))} - listed)]
    told = cells.keys() - hidden
    reader = Reader(counts, former.told | told, former.withheld | hidden, order)
    reader.explore()
    for number, secret in enumerate(order):
        more = _needed(reader, number, secret in listed, told, cells)
        if more is None:
            return None
        told = told - more
    return frozenset(cells.keys() - told)


def _needed(
    reader: Reader, number: int, listed: bool, told: Iterable[Form], costs: Mapping[Form, Any]
) -> set[Form] | None:
    """Withhold the cheapest that bounds a secret until it is safe; return what that was, None where it is of no use."""
    left, more = set(told), set[Form]()
    while reader.exact(number) or (listed and reader.below(number, SMALLEST_CELL)):
        bounding = [form for form in reader.widen(number) if form in left]
        if reader.exact(number) or (listed and reader.below(number, SMALLEST_CELL)):
            if not bounding:
                # Former reports alone say that it is small: it must not be known how small.
                return None if reader.exact(number) else more
            cheapest = min(bounding, key=lambda form: (costs[form], form))
            reader.withhold(cheapest)
            left.remove(cheapest)
            more.add(cheapest)
    return more
