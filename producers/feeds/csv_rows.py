"""Rows of a CSV file, with cells by header column, each line within a bound of memory."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from io import TextIOWrapper
from typing import Any, BinaryIO, cast

from producers.feeds.lines import DAMAGED, MAX_LINE_BYTES, damaged_gzip, line_too_large
from producers.feeds.spec import FeedSpec
from producers.validation.nested_fields import printable, unknown_field
from schemas.errors import Reason, Rejected

Row = Mapping[str, Any]
_ENDS = ("\n", "\r")
_DELIMITERS = ",;\t|"
_MAX_NAMED = 8


class _TooLarge(Exception):
    """A line is too long; all of it was skipped."""


class _Lines:
    """Iterate over the lines of a text for `csv.reader`, counting from 1. Raises: _TooLarge."""

    def __init__(self, text: TextIOWrapper) -> None:
        self._text, self.number, self._ended = text, 0, False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = "" if self._ended else self._read()
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) < MAX_LINE_BYTES or line.endswith(_ENDS):
            return line
        while (rest := self._read()) and not rest.endswith(_ENDS):
            pass
        raise _TooLarge

    def _read(self) -> str:
        try:
            return self._text.readline(MAX_LINE_BYTES)
        except DAMAGED:
            self._ended = True
            raise


def rows(stream: BinaryIO, spec: FeedSpec) -> Iterator[tuple[int, Row | Rejected]]:
    """Yield every row (column -> cell), or its rejection, with the number of the line on which it begins.

    A byte that is not UTF-8 becomes half of a surrogate pair in its cell. If the header is rejected, no rows follow.
    """
    text = TextIOWrapper(stream, "utf-8-sig", errors="surrogateescape", newline="")
    try:
        yield from _rows(_Lines(text), spec)
    finally:
        # TextIOWrapper would close the file, which belongs to the caller; ValueError: the caller has closed it already.
        with suppress(ValueError):
            text.detach()


def _rows(lines: _Lines, spec: FeedSpec) -> Iterator[tuple[int, Row | Rejected]]:
    reader = csv.reader(lines, delimiter=spec.delimiter)
    header: list[str] | None = None
    next_first = 1
    while (cells := _cells(reader)) is not None:
        first, next_first = next_first, lines.number + 1
        if not cells:
            continue
        if header is not None:
            yield first, cells if isinstance(cells, Rejected) else _row(header, cells, first, lines.number)
            continue
        rejected = cells if isinstance(cells, Rejected) else check_header(cells, spec)
        if rejected is not None:
            yield first, rejected
            return
        header = cast(list[str], cells)


def _cells(reader: Iterator[list[str]]) -> list[str] | Rejected | None:
    """Return the next row, the rejection of one that cannot be read, or None at the end."""
    try:
        return next(reader, None)
    except _TooLarge:
        return line_too_large()
    except DAMAGED:
        return damaged_gzip()
    except csv.Error:
        return Rejected(Reason.BAD_LINE, "", "not CSV: a cell is too large or a quote is not closed")


def _row(header: Sequence[str], cells: Sequence[str], first: int, last: int) -> Row | Rejected:
    if len(cells) == len(header):
        return dict(zip(header, cells, strict=True))
    detail = f"{len(cells)} cells under {len(header)} columns"
    if last > first:
        return Rejected(Reason.BAD_LINE, "", f"{detail}, in lines {first} to {last}", "is a quote not closed?")
    return Rejected(Reason.BAD_LINE, "", detail)


def check_header(header: Sequence[str], spec: FeedSpec) -> Rejected | None:
    """Return the rejection of a header that names every unknown, missing or duplicate column; None for a good one."""
    mapped_columns = dict.fromkeys(column for mapped in spec.fields for column in mapped.columns)
    unknown = [column for column in header if column not in spec.columns]
    missing = [column for column in mapped_columns if column not in header]
    duplicate = [column for column in mapped_columns if header.count(column) > 1]
    if not (unknown or missing or duplicate):
        return None
    reason = Reason.UNKNOWN_FIELD if unknown else Reason.MISSING_FIELD if missing else Reason.BAD_VALUE
    mismatch = f"the columns do not match the feed {spec.name}"
    if not _folded(header) & _folded(spec.columns):
        # Without a header these are values, perhaps personal data, so they are not shown.
        return Rejected(reason, "", f"{mismatch}: none of {len(header):,} is known", _header_hint(header, spec))
    problems = (("unknown", unknown), ("missing", missing), ("duplicate", duplicate))
    detail = "; ".join(f"{problem}: {_list_columns(columns)}" for problem, columns in problems if columns)
    hint = unknown_field(unknown[0], sorted(spec.columns)).hint if unknown else "the feed file lists the columns"
    return Rejected(reason, printable((unknown or missing or duplicate)[0]), f"{mismatch}: {detail}", hint)


def _folded(columns: Iterable[str]) -> set[str]:
    return {column.casefold().strip() for column in columns}


def _list_columns(columns: Sequence[str]) -> str:
    more = f" and {len(columns) - _MAX_NAMED:,} more" if len(columns) > _MAX_NAMED else ""
    return ", ".join(map(printable, columns[:_MAX_NAMED])) + more


def _header_hint(header: Sequence[str], spec: FeedSpec) -> str:
    """Return what is most likely wrong with a first line that names no known column."""
    line = "".join(header)
    others = [delimiter for delimiter in _DELIMITERS if delimiter != spec.delimiter and delimiter in line]
    if not line.replace("\t", "").isprintable():
        return "is this a UTF-8 text file?"
    if len(header) == 1 and others:
        return f"the delimiter seems to be {others[0]!r}, the feed file says {spec.delimiter!r}"
    return "the first line must name the columns: " + _list_columns(sorted(spec.columns))
