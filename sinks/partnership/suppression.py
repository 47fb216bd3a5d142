"""Cell suppression: small cells are suppressed (primary), and enough others that none can be derived (complementary).

A count of 1 to 4 may describe identifiable persons. Cells from which it could be derived, together with everything that
was published before, are suppressed with it. Source of the rules: OMB Federal Committee on Statistical Methodology,
Statistical Policy Working Paper 22 (threshold rule, complementary suppression); the threshold of 5 is ours. Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sinks.partnership.disclosure import Intruder, LinearForm, value

MIN_CELL_COUNT = 5
"""Counts from 1 to below this are suppressed (threshold rule)."""
ROUNDING_BASE = 20
"""Totals of a time that is no calendar month or quarter are rounded down to a multiple of this."""


class Published(NamedTuple):
    """What was published before: counts that were disclosed, and counts that were listed as suppressed."""

    disclosed: frozenset[LinearForm] = frozenset()
    suppressed: frozenset[LinearForm] = frozenset()


def is_small(count: int) -> bool:
    """Return whether a count may describe identifiable persons (threshold rule)."""
    return 0 < count < MIN_CELL_COUNT


def suppressed_cells(
    counts: Sequence[int],
    former: Published,
    cells: Mapping[LinearForm, Any],
    secrets: Iterable[LinearForm],
) -> frozenset[LinearForm] | None:
    """Return which `cells` to suppress beside what was published before; None where only publishing nothing would do.

    `counts` are the true values of the unknowns; `cells` maps each cell to the cost of suppressing it, any ordered
    value. After that, none of `secrets` from 1 to 4 can be derived exactly, and of a small cell that is suppressed, now
    or before, nobody can tell that it is small.
    """
    primary = {form for form in cells if is_small(value(form, counts))}
    listed = primary | {form for form in former.suppressed if is_small(value(form, counts))}
    order = [*sorted(listed), *sorted({form for form in secrets if is_small(value(form, counts))} - listed)]
    disclosed = cells.keys() - primary
    intruder = Intruder(counts, former.disclosed | disclosed, former.suppressed | primary, order)
    intruder.probe()
    for number, secret in enumerate(order):
        complementary = _complementary(intruder, number, secret in listed, disclosed, cells)
        if complementary is None:
            return None
        disclosed = disclosed - complementary
    return frozenset(cells.keys() - disclosed)


def _complementary(
    intruder: Intruder, number: int, listed: bool, disclosed: Iterable[LinearForm], costs: Mapping[LinearForm, Any]
) -> set[LinearForm] | None:
    """Suppress the cheapest cells that bound a secret until it is safe and return them; None where none helps."""
    left, complementary = set(disclosed), set[LinearForm]()
    while intruder.is_exact(number) or (listed and intruder.is_below(number, MIN_CELL_COUNT)):
        bounding = [form for form in intruder.widen_bounds(number) if form in left]
        if intruder.is_exact(number) or (listed and intruder.is_below(number, MIN_CELL_COUNT)):
            if not bounding:
                # Former reports alone reveal that it is small: its exact value must stay unknown.
                return None if intruder.is_exact(number) else complementary
            cheapest = min(bounding, key=lambda form: (costs[form], form))
            intruder.withhold(cheapest)
            left.remove(cheapest)
            complementary.add(cheapest)
    return complementary
