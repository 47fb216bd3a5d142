"""Column-mapped feeds: rows of JSON lines or CSV to checked reports, by the mapping of a feed file.

A row's version is its version column; else its update time in milliseconds; else the order of distinct contents of
that id in the file. An ambiguous local time (end of daylight saving time) is read as the first of the two and flagged;
one that does not exist (start of daylight saving time) is read as if the clock had not been put forward: 02:30 becomes
03:30.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from hashlib import blake2b
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

import orjson

from producers.feeds import csv_rows
from producers.feeds.csv_rows import Row
from producers.feeds.lines import numbered_lines
from producers.feeds.spec import UPDATED, FeedSpec, FieldMapping
from producers.validation.fields import Values, check, utc_ms
from producers.validation.nested_fields import unknown_field
from schemas.errors import Reason, Rejected

_NOT_COMPARED = ("emitted_at", "seq")


class _CellError(Exception):
    """A column does not contain what the feed file says; `expects` completes 'expected ...'."""

    def __init__(self, mapped: FieldMapping, expects: str) -> None:
        self.mapped, self.expects = mapped, expects


def _text(mapped: FieldMapping, value: Any, _: ZoneInfo | None) -> Any:
    if type(value) is str and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as exc:
            raise _CellError(mapped, "text in UTF-8: save a file in Latin-1 or Windows-1252 as UTF-8") from exc
    return value


def _number(mapped: FieldMapping, value: Any, _: ZoneInfo | None) -> float:
    if isinstance(value, bool):
        raise _CellError(mapped, "a number")
    try:
        return float(value)
    except (TypeError, ValueError) as exc:
        raise _CellError(mapped, "a number") from exc


def _whole(mapped: FieldMapping, value: Any, _: ZoneInfo | None) -> int:
    try:
        return value if type(value) is int else int(str(value))
    except ValueError as exc:
        raise _CellError(mapped, "a whole number") from exc


def _words(mapped: FieldMapping, value: Any, _: ZoneInfo | None) -> str:
    words = mapped.words or {}
    if not isinstance(value, str) or value not in words:
        raise _CellError(mapped, "one of " + ", ".join(words))
    return words[value]


def _time(mapped: FieldMapping, value: Any, zone: ZoneInfo | None) -> datetime:
    expects = mapped.format or "an ISO 8601 time"
    try:
        # A time without an offset gets the feed's zone below.
        time = datetime.strptime(value, mapped.format) if mapped.format else datetime.fromisoformat(value)  # noqa: DTZ007
    except (TypeError, ValueError) as exc:
        raise _CellError(mapped, expects) from exc
    if time.tzinfo is None:
        if zone is None:
            raise _CellError(mapped, expects + " with an offset, or a time_zone in the feed file")
        return time.replace(tzinfo=zone)
    return time


_READ: dict[str, Callable[[FieldMapping, Any, ZoneInfo | None], Any]] = {
    "text": _text,
    "number": _number,
    "whole": _whole,
    "words": _words,
    "time": _time,
}


def is_ambiguous(time: datetime) -> bool:
    """Return whether this local time occurs twice; False for one that does not exist."""
    first, second = time.replace(fold=0).utcoffset(), time.replace(fold=1).utcoffset()
    return first is not None and second is not None and first > second


class ColumnFeed:
    """Read one file of a column-mapped feed; `agency_id` applies where no column states the agency."""

    def __init__(self, spec: FeedSpec, agency_id: str | None) -> None:
        self._spec, self._agency_id = spec, agency_id
        self._columns = spec.columns
        self._agency_in_column = any(mapped.field == "agency" and mapped.columns for mapped in spec.fields)
        self._contents: dict[str, dict[bytes, int]] = {}

    def rows(self, stream: BinaryIO) -> Iterator[tuple[int, Values | Rejected]]:
        """Yield the line number of each row of a file, with its checked report or rejection."""
        source = _json_rows(stream) if self._spec.format == "jsonl" else csv_rows.rows(stream, self._spec)
        for number, row in source:
            yield number, row if isinstance(row, Rejected) else self.read(row)

    def read(self, row: Row) -> Values | Rejected:
        """Return the checked report of one row, or its rejection."""
        stray = next((column for column in row if column not in self._columns), None)
        if stray is not None:
            error = unknown_field(stray, sorted(self._columns))
            return Rejected(error.reason, error.path, "no such column in the feed file", error.hint)
        try:
            raw = {mapped.field: self._value(mapped, row) for mapped in self._spec.fields}
        except _CellError as exc:
            columns = ", ".join(exc.mapped.columns)
            return Rejected(Reason.BAD_VALUE, exc.mapped.field, f"expected {exc.expects}", f"from column {columns}")
        return self._checked({field: value for field, value in raw.items() if value is not None})

    def _value(self, mapped: FieldMapping, row: Row) -> Any:
        if mapped.constant is not None:
            return mapped.constant
        cells = [row[column] for column in mapped.columns if row.get(column) not in (None, "")]
        if not cells:
            return None
        value = cells[0] if len(mapped.columns) == 1 else mapped.join.join(map(str, cells))
        return _READ[mapped.read](mapped, value, self._spec.zone)

    def _checked(self, raw: dict[str, Any]) -> Values | Rejected:
        updated = raw.pop(UPDATED, None)
        if self._agency_id and not self._agency_in_column:
            raw["agency"] = self._agency_id
        if self._spec.zone is not None:
            raw.setdefault("source_tz", self._spec.zone.key)
        raw.setdefault("emitted_at", updated or raw.get("occurred_at"))
        version_by_order = "version" not in raw and updated is None
        event_by_order = "event" not in raw
        raw.setdefault("version", 1 if updated is None else utc_ms(updated))
        raw.setdefault("event", "created")
        values = check(raw)
        if isinstance(values, Rejected):
            return values
        order = self._order(values)
        if version_by_order:
            values["version"] = order
        if event_by_order:
            values["event"] = "created" if order == 1 else "updated"
        if is_ambiguous(raw["occurred_at"]):
            values["occurred_ambiguous"] = True
        return values

    def _order(self, values: Values) -> int:
        """Return the position of this content among the distinct contents of its id, from 1."""
        content = {name: value for name, value in values.items() if name not in _NOT_COMPARED}
        digest = blake2b(orjson.dumps(content, option=orjson.OPT_SORT_KEYS), digest_size=16).digest()
        contents = self._contents.setdefault(values["source_id"], {})
        return contents.setdefault(digest, len(contents) + 1)


def _json_rows(stream: BinaryIO) -> Iterator[tuple[int, Row | Rejected]]:
    for number, line in numbered_lines(stream):
        if isinstance(line, Rejected):
            yield number, line
            continue
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as exc:
            yield number, Rejected(Reason.BAD_LINE, "", f"not JSON: {exc.msg}", "one JSON object per line, in UTF-8")
            continue
        yield number, row if isinstance(row, dict) else Rejected(Reason.BAD_LINE, "", "not a JSON object")
