"""Rows of a CSV file: cells by the columns of its header, with bounds on what a line may cost; pure."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from io import TextIOWrapper
from typing import Any, BinaryIO, cast

from producers.feeds.lines import DAMAGED, MAX_LINE_BYTES, damaged, too_large
from producers.feeds.spec import Spec
from producers.validation.nested_fields import shown, unknown
from schemas.errors import Reason, Rejected

Row = Mapping[str, Any]
_ENDS = ("\n", "\r")
_DELIMITERS = ",;\t|"
_MOST_NAMED = 8


class _TooLarge(Exception):
    """A line is beyond its bound; all of it was passed over."""


class _Lines:
    """The lines of a text, counted from 1, as `csv.reader` asks for them. Raises: _TooLarge."""

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


def rows(stream: BinaryIO, spec: Spec) -> Iterator[tuple[int, Row | Rejected]]:
    """Yield every row, column -> cell, or its refusal, with the number of the line that it begins on.

    A byte that is no UTF-8 is half of a surrogate pair in its cell. Where the header does not fit there are no rows.
    """
    text = TextIOWrapper(stream, "utf-8-sig", errors="surrogateescape", newline="")
    try:
        yield from _rows(_Lines(text), spec)
    finally:
        # Left to itself it would close the file, which is the caller's; who closed it already has done so.
        with suppress(ValueError):
            text.detach()


def _rows(lines: _Lines, spec: Spec) -> Iterator[tuple[int, Row | Rejected]]:
    reader = csv.reader(lines, delimiter=spec.delimiter)
    header: list[str] | None = None
    begun = 1
    while (cells := _cells(reader)) is not None:
        first, begun = begun, lines.number + 1
        if not cells:
            continue
        if header is not None:
            yield first, cells if isinstance(cells, Rejected) else _row(header, cells, first, lines.number)
            continue
        refused = cells if isinstance(cells, Rejected) else header_refused(cells, spec)
        if refused is not None:
            yield first, refused
            return
        header = cast(list[str], cells)


def _cells(reader: Iterator[list[str]]) -> list[str] | Rejected | None:
    """Return the next row, why there is none, or None at the end."""
    try:
        return next(reader, None)
    except _TooLarge:
        return too_large()
    except DAMAGED:
        return damaged()
    except csv.Error:
        return Rejected(Reason.BAD_LINE, "", "not CSV: a cell is too large or a quote stays open")


def _row(header: Sequence[str], cells: Sequence[str], first: int, last: int) -> Row | Rejected:
    if len(cells) == len(header):
        return dict(zip(header, cells, strict=True))
    detail = f"{len(cells)} cells under {len(header)} columns"
    if last > first:
        return Rejected(Reason.BAD_LINE, "", f"{detail}, in the lines {first} to {last}", "does a quote stay open?")
    return Rejected(Reason.BAD_LINE, "", detail)


def header_refused(header: Sequence[str], spec: Spec) -> Rejected | None:
    """Return why rows under this header cannot be read: every column that is unknown, missing or there twice."""
    needed = dict.fromkeys(column for mapped in spec.fields for column in mapped.columns)
    strays = [column for column in header if column not in spec.columns]
    lacking = [column for column in needed if column not in header]
    twice = [column for column in needed if header.count(column) > 1]
    if not (strays or lacking or twice):
        return None
    reason = Reason.UNKNOWN_FIELD if strays else Reason.MISSING_FIELD if lacking else Reason.BAD_VALUE
    misfit = f"the columns do not fit the feed {spec.name}"
    if not _folded(header) & _folded(spec.columns):
        # Where there is no header these are values, perhaps a person's: they are not told.
        return Rejected(reason, "", f"{misfit}: none of {len(header):,} is known", _no_header(header, spec))
    told = (("unknown", strays), ("missing", lacking), ("there twice", twice))
    detail = "; ".join(f"{what}: {_named(columns)}" for what, columns in told if columns)
    hint = unknown(strays[0], sorted(spec.columns)).hint if strays else "the feed file names the columns"
    return Rejected(reason, shown((strays or lacking or twice)[0]), f"{misfit}: {detail}", hint)


def _folded(columns: Iterable[str]) -> set[str]:
    return {column.casefold().strip() for column in columns}


def _named(columns: Sequence[str]) -> str:
    more = f" and {len(columns) - _MOST_NAMED:,} more" if len(columns) > _MOST_NAMED else ""
    return ", ".join(map(shown, columns[:_MOST_NAMED])) + more


def _no_header(header: Sequence[str], spec: Spec) -> str:
    """Say what most likely is wrong with a first line that names no known column."""
    whole = "".join(header)
    other = [one for one in _DELIMITERS if one != spec.delimiter and one in whole]
    if not whole.replace("\t", "").isprintable():
        return "is this a text file in UTF-8?"
    if len(header) == 1 and other:
        return f"the cells seem to be divided by {other[0]!r}, the feed file says {spec.delimiter!r}"
    return "the first line has to name the columns: " + _named(sorted(spec.columns))
