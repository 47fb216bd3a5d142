"""The table of match weights is read strictly, and its levels are packed as bytes."""

import pytest

from schemas.errors import Configuration
from streams.dedupe.compare import COMPARISONS
from streams.dedupe.weights import TABLE, UNWEIGHED, Table, of_text, read

Rows = list[tuple[str, str, str]]
ROWS: Rows = [
    ("block", "shared", "-4"),
    ("verdict", "same", "9"),
    ("verdict", "unsure", "5"),
    ("time", "30 s", "3.5"),
    ("time", "30 min", "-2"),
]


def table(rows: Rows) -> Table:
    names = ("comparison", "level", "weight")
    return read([(line, dict(zip(names, row, strict=True))) for line, row in enumerate(rows, 2)], "w.csv")


def test_a_table_has_its_thresholds_and_weights_in_bits() -> None:
    found = table(ROWS)

    assert (found.prior, found.same_from, found.unsure_from) == (-4.0, 9.0, 5.0)
    assert (found.weight("time", "30 s"), found.weight("time", "wide")) == (3.5, 0.0)


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        ([*ROWS, ("time", "30 s", "1")], r"w\.csv, line 7, level: time 30 s has a row already"),
        ([*ROWS, ("color", "red", "1")], r"w\.csv, line 7, comparison"),
        ([*ROWS, ("time", "", "1")], r"w\.csv, line 7, comparison"),
        ([*ROWS, ("time", "1 min", "much")], r"w\.csv, line 7, weight: 'much'"),
        ([*ROWS, ("time", "1 min", "inf")], r"w\.csv, line 7, weight: 'inf'"),
        (ROWS[1:], r"w\.csv: no row for block shared"),
        ([ROWS[0], ("verdict", "same", "4.9"), *ROWS[2:]], r"w\.csv: verdict unsure"),
    ],
)
def test_a_wrong_table_is_refused_by_file_line_and_field(rows: Rows, error: str) -> None:
    with pytest.raises(Configuration, match=error):
        table(rows)


def test_the_range_of_unsure_may_be_empty() -> None:
    found = table([ROWS[0], ("verdict", "same", "5"), *ROWS[2:]])

    assert found.same_from == found.unsure_from == 5.0


def test_a_comparison_has_at_most_254_levels() -> None:
    rows = [*ROWS[:3], *(("time", f"{number} s", "1") for number in range(UNWEIGHED - 1))]
    assert len(table(rows).weights["time"]) == 254

    with pytest.raises(Configuration, match="time has more than 254 levels"):
        table([*rows, ("time", "one more", "1")])


def test_levels_are_packed_by_their_rows_and_unpacked_again() -> None:
    found = table(ROWS)
    levels = ["" for _ in COMPARISONS]
    levels[0] = "30 min"

    assert found.packed(levels) == bytes([2, *[0] * (len(levels) - 1)])
    assert list(found.unpacked(found.packed(levels))) == levels
    levels[0] = "a level without a row"
    assert found.packed(levels)[0] == UNWEIGHED == 255
    assert found.unpacked(found.packed(levels))[0] == "?"


def test_another_threshold_keeps_the_width_of_unsure_and_changes_the_version() -> None:
    moved = TABLE.with_threshold(TABLE.same_from + 1.5)

    assert moved.same_from == TABLE.same_from + 1.5
    assert moved.same_from - moved.unsure_from == pytest.approx(TABLE.same_from - TABLE.unsure_from)
    assert moved.weights == TABLE.weights
    assert moved.prior == TABLE.prior
    assert moved.version != TABLE.version


def test_the_version_is_that_of_the_content_and_not_of_the_file() -> None:
    text = "comparison,level,m,u,judged,weight,source\n" + "".join(
        f"{','.join(row[:2])},,,,{row[2]},x\n" for row in ROWS
    )

    assert of_text(text, "mine.csv").version == table(ROWS).version != table(ROWS[:4]).version
