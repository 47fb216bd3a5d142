"""No small count is told, and none can be worked out from what is told."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.linalg import matrix_rank

from deploy.suppression import SMALLEST_CELL, Cell, Sum, small, withheld

ROWS, COLUMNS = "abc", "xyz"
COUNT = st.one_of(st.integers(0, 7), st.integers(0, 60))


@st.composite
def tables(draw: st.DrawFn) -> tuple[dict[Cell, int], list[Sum]]:
    """A table with the totals of its rows and columns and of all, as offenses by month are told."""
    return totalled({(row, column): draw(COUNT) for row in ROWS for column in COLUMNS})


def totalled(inside: dict[Cell, int]) -> tuple[dict[Cell, int], list[Sum]]:
    """A table with its totals, and what adds up in it."""
    sums = [Sum((row, ""), tuple((row, column) for column in COLUMNS)) for row in ROWS]
    sums += [Sum(("", column), tuple((row, column) for row in ROWS)) for column in COLUMNS]
    counts = inside | {one.total: sum(inside[part] for part in one.parts) for one in sums}
    for edge in ([(row, "") for row in ROWS], [("", column) for column in COLUMNS]):
        counts["", ""] = sum(counts[cell] for cell in edge)
        sums.append(Sum(("", ""), tuple(edge)))
    return counts, sums


def worked_out(sums: list[Sum], hidden: set[Cell], cell: Cell) -> bool:
    """Whether somebody who adds up and subtracts all that is told knows a cell: its line adds no rank to the sums."""
    unknown = sorted(hidden)
    lines = [[(name in one.parts) - (name == one.total) for name in unknown] for one in sums]
    own = [[name == cell for name in unknown]]
    return bool(matrix_rank(np.array(lines + own, float)) == matrix_rank(np.array(lines, float)))


@given(tables())
def test_no_small_count_is_told_or_can_be_worked_out(table: tuple[dict[Cell, int], list[Sum]]) -> None:
    counts, sums = table
    hidden = withheld(counts, sums)

    assert {cell for cell, count in counts.items() if small(count)} <= hidden
    assert not [cell for cell in hidden if small(counts[cell]) and worked_out(sums, hidden, cell)]


@given(tables())
def test_what_is_withheld_of_a_sum_that_is_told_is_no_small_number_either(
    table: tuple[dict[Cell, int], list[Sum]],
) -> None:
    counts, sums = table
    hidden = withheld(counts, sums)

    for one in sums:
        missing = [counts[cell] for cell in one.parts if cell in hidden]
        assert one.total in hidden or not missing or sum(missing) >= SMALLEST_CELL


def test_what_several_sums_give_away_together_is_withheld_too() -> None:
    rows = {"a": (0, 1, 1), "b": (1, 4, 0), "c": (0, 0, 4)}
    counts: dict[Cell, int] = {
        (row, column): n for row, some in rows.items() for column, n in zip(COLUMNS, some, strict=True)
    }
    counts, sums = totalled(counts)
    hidden = withheld(counts, sums)

    assert not [cell for cell in hidden if small(counts[cell]) and worked_out(sums, hidden, cell)]


def test_nothing_is_withheld_where_no_count_is_small_and_only_as_much_as_has_to_be_where_one_is() -> None:
    total = ("", "all")
    sums = [Sum(total, (("t", "a"), ("t", "b"), ("t", "c")))]

    assert withheld({total: 30, ("t", "a"): 10, ("t", "b"): 12, ("t", "c"): 8}, sums) == set()
    assert withheld({total: 25, ("t", "a"): 10, ("t", "b"): 12, ("t", "c"): 3}, sums) == {("t", "a"), ("t", "c")}
    assert withheld({total: 15, ("t", "a"): 12, ("t", "b"): 1, ("t", "c"): 2}, sums) == {total, *sums[0].parts} - {
        total
    }


def test_what_does_not_add_up_lets_nobody_subtract() -> None:
    counts = {("", "all"): 20, ("t", "a"): 18, ("t", "b"): 3}

    assert withheld(counts, [Sum(("", "all"), (("t", "a"), ("t", "b")))]) == {("t", "b")}
