"""Rows of a CSV file by its header: numbers of lines, and one rejection where a line or the header is bad."""

import io
from typing import Any

import pytest

from producers.feeds import spec
from producers.feeds.csv_rows import check_header, rows
from producers.feeds.lines import MAX_LINE_BYTES
from schemas.errors import Reason, Rejected

FEED = spec.parse("test", """
format = "csv"
ignored = ["beat"]
[fields.source_id]
columns = ["id"]
[fields.occurred_at]
columns = ["when"]
read = "time"
""")  # fmt: skip


def _rows(data: bytes) -> list[tuple[int, Any]]:
    return list(rows(io.BytesIO(data), FEED))


def test_a_row_has_its_cells_by_column_and_the_line_on_which_it_begins() -> None:
    assert _rows(b'id,when\n1,"a\nb"\n\n2,c\n') == [
        (2, {"id": "1", "when": "a\nb"}),
        (5, {"id": "2", "when": "c"}),
    ]


def test_an_empty_file_has_no_rows() -> None:
    assert _rows(b"") == _rows(b"id,when\n") == []


def test_a_file_that_was_read_stays_open() -> None:
    stream = io.BytesIO(b"id,when\n1,2\n")
    list(rows(stream, FEED))

    assert not stream.closed


@pytest.mark.parametrize(("cells", "detail"), [
    (b"1", "1 cells under 2 columns"),
    (b"1,2,3", "3 cells under 2 columns"),
    (b'1,"2\n,3",4', "3 cells under 2 columns, in lines 2 to 3"),
])  # fmt: skip
def test_another_number_of_cells_is_one_rejection(cells: bytes, detail: str) -> None:
    (number, rejected), good = _rows(b"id,when\n" + cells + b"\n5,6\n")

    assert isinstance(rejected, Rejected)
    assert (number, rejected.reason, rejected.detail) == (2, Reason.BAD_LINE, detail)
    assert good[1] == {"id": "5", "when": "6"}


def test_a_line_of_the_bound_is_read_as_a_row_and_a_longer_one_is_not() -> None:
    whole = b"1," * (MAX_LINE_BYTES // 2 - 1) + b"2\n"
    longer = b"1," * (MAX_LINE_BYTES // 2) + b"2\n"
    first, second, good = (row for _, row in _rows(b"id,when\n" + whole + longer + b"2,3\n"))

    assert (first.reason, first.detail) == (Reason.BAD_LINE, f"{MAX_LINE_BYTES // 2} cells under 2 columns")
    assert second.reason is Reason.TOO_LARGE
    assert good == {"id": "2", "when": "3"}


@pytest.mark.parametrize(("header", "reason", "field"), [
    (["id", "when", "area"], Reason.UNKNOWN_FIELD, "area"),
    (["id"], Reason.MISSING_FIELD, "when"),
    (["id", "when", "id"], Reason.BAD_VALUE, "id"),
    (["1", "2"], Reason.UNKNOWN_FIELD, ""),
])  # fmt: skip
def test_a_header_that_does_not_match_is_refused(header: list[str], reason: Reason, field: str) -> None:
    rejected = check_header(header, FEED)

    assert rejected is not None
    assert (rejected.reason, rejected.field) == (reason, field)


def test_a_header_may_leave_ignored_columns_out_or_repeat_them() -> None:
    assert check_header(["when", "id"], FEED) is None
    assert check_header(["beat", "beat", "when", "id"], FEED) is None
