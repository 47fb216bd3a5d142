"""No small count is told, and none can be worked out from what is told."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.linalg import matrix_rank

from sinks.partnership.disclosure import Intruder, LinearForm, value
from sinks.partnership.suppression import MIN_CELL_COUNT, Published, is_small, suppressed_cells

SIZE = 3
COUNT = st.one_of(st.integers(0, 7), st.integers(0, 60))
TABLES = st.lists(COUNT, min_size=SIZE * SIZE, max_size=SIZE * SIZE)
"""The inside of a table of which the rows, the columns and all together are told, as offenses by month are."""


def of(*unknowns: int) -> LinearForm:
    return tuple((unknown, 1) for unknown in unknowns)


def totalled(counts: list[int]) -> dict[LinearForm, int]:
    """Every cell of a table that is not empty, with what it costs not to tell it."""
    every = range(SIZE * SIZE)
    rows = [of(*(at for at in every if at // SIZE == row)) for row in range(SIZE)]
    columns = [of(*(at for at in every if at % SIZE == column)) for column in range(SIZE)]
    forms = [*map(of, every), *rows, *columns, of(*every)]
    return {form: value(form, counts) for form in forms if value(form, counts)}


def worked_out(told: set[LinearForm], form: LinearForm) -> bool:
    """Whether somebody who adds up and subtracts all that is told knows a count: its line adds no rank."""
    lines = [[float((at, 1) in one) for at in range(SIZE * SIZE)] for one in (*sorted(told), form)]
    return bool(matrix_rank(np.array(lines)) == matrix_rank(np.array(lines[:-1]))) if told else False


@settings(deadline=None)
@given(TABLES)
def test_no_small_count_is_told_or_can_be_worked_out(counts: list[int]) -> None:
    cells = totalled(counts)
    hidden = suppressed_cells(counts, Published(), cells, ())

    assert hidden is not None
    told = cells.keys() - hidden
    assert {form for form, count in cells.items() if is_small(count)} <= hidden
    assert not [form for form in hidden if is_small(cells[form]) and worked_out(told, form)]


@settings(deadline=None)
@given(TABLES)
def test_of_a_small_count_nobody_can_tell_that_it_is_small(counts: list[int]) -> None:
    cells = totalled(counts)
    hidden = suppressed_cells(counts, Published(), cells, ())
    assert hidden is not None
    small_ones = sorted(form for form in hidden if is_small(cells[form]))
    reader = Intruder(counts, cells.keys() - hidden, hidden, small_ones)
    for number in range(len(small_ones)):
        reader.widen_bounds(number)

    assert not any(reader.is_below(number, MIN_CELL_COUNT) for number in range(len(small_ones)))


def test_what_several_sums_give_away_together_is_withheld_too() -> None:
    counts = [0, 1, 1, 1, 4, 0, 0, 0, 4]
    cells = totalled(counts)
    hidden = suppressed_cells(counts, Published(), cells, ())

    assert hidden is not None
    assert not [form for form in hidden if is_small(cells[form]) and worked_out(cells.keys() - hidden, form)]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [((10, 12, 8), ()), ((10, 12, 3), (of(0), of(2))), ((12, 1, 2), (of(0), of(1), of(2)))],
)
def test_only_as_much_is_withheld_as_has_to_be(counts: tuple[int, ...], expected: tuple[LinearForm, ...]) -> None:
    cells = {form: value(form, counts) for form in (of(0), of(1), of(2), of(0, 1, 2))}

    assert suppressed_cells(counts, Published(), cells, ()) == frozenset(expected)


def test_what_overlaps_lets_nobody_subtract() -> None:
    counts = (18, 2, 1)
    cells = {form: value(form, counts) for form in (of(0, 1), of(1, 2), of(0, 1, 2))}

    assert suppressed_cells(counts, Published(), cells, ()) == frozenset({of(1, 2)})


def test_what_was_published_before_is_part_of_what_a_reader_knows() -> None:
    counts = (20, 3)
    total, part, rest = of(0, 1), of(0), of(1)

    assert suppressed_cells(counts, Published(frozenset({total})), {part: 20, rest: 3}, ()) == frozenset({part, rest})
    assert suppressed_cells(counts, Published(frozenset({part})), {total: 23}, [rest]) == frozenset({total})


def test_of_a_small_count_that_was_withheld_before_nobody_can_tell_later_that_it_is_small() -> None:
    """Withheld beside 20 in a total of 23, and later told with one more to be 4: it is 3 or less."""
    counts = (20, 3, 1)
    former = Published(frozenset({of(0)}), frozenset({of(1)}))

    assert suppressed_cells(counts, former, {of(0, 1, 2): 24}, [of(1)]) == frozenset({of(0, 1, 2)})


def test_where_only_telling_nothing_would_do_that_is_said() -> None:
    """Of 5 in two rows there is one in each: the other one is 4 at most, whatever is withheld of it."""
    counts = (1, 1, 3)
    former = Published(frozenset({of(0, 1, 2)}), frozenset({of(0)}))

    assert suppressed_cells((1, 4), Published(frozenset({of(0, 1)}), frozenset()), {of(0): 1, of(1): 4}, ()) is not None
    assert suppressed_cells(counts, former, {of(1): 1, of(2): 3}, ()) is not None
    assert (
        suppressed_cells((1, 1, 3), Published(frozenset({of(0, 1)}), frozenset({of(2)})), {of(0): 1, of(1): 1}, ())
        is None
    )
