"""Feeds whose columns are mapped by a feed file: rows of JSON lines or CSV into checked reports.

A row's version is its own version column; else its own update time in milliseconds; else the order of distinct
contents of that id in the file. A local time that occurs twice (end of daylight saving time) is taken as the first of
the two and marked; one that does not occur (its start) is taken as the clock would have shown it had it not been put
forward, so 02:30 becomes 03:30.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from hashlib import blake2b
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

import orjson

from producers.feeds import csv_rows
from producers.feeds.csv_rows import Row
from producers.feeds.lines import numbered
from producers.feeds.spec import UPDATED, Mapped, Spec
from producers.validation.fields import Values, check, moment
from producers.validation.nested_fields import unknown
from schemas.errors import Reason, Rejected

_NOT_CONTENT = ("emitted_at", "seq")


class _Unread(Exception):
    """A column does not hold what the feed file says; `expects` completes 'expected ...'."""

    def __init__(self, mapped: Mapped, expects: str) -> None:
        self.mapped, self.expects = mapped, expects


def _text(mapped: Mapped, value: Any, _: ZoneInfo | None) -> Any:
    if type(value) is str and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as exc:
            raise _Unread(mapped, "text in UTF-8: a file in Latin-1 or Windows-1252 has to be saved as UTF-8") from exc
    return value


def _number(mapped: Mapped, value: Any, _: ZoneInfo | None) -> float:
    if isinstance(value, bool):
        raise _Unread(mapped, "a number")
    try:
        return float(value)
    except (TypeError, ValueError) as exc:
        raise _Unread(mapped, "a number") from exc


def _whole(mapped: Mapped, value: Any, _: ZoneInfo | None) -> int:
    try:
        return value if type(value) is int else int(str(value))
    except ValueError as exc:
        raise _Unread(mapped, "a whole number") from exc


def _words(mapped: Mapped, value: Any, _: ZoneInfo | None) -> str:
    words = mapped.words or {}
    if not isinstance(value, str) or value not in words:
        raise _Unread(mapped, "one of " + ", ".join(words))
    return words[value]


def _time(mapped: Mapped, value: Any, zone: ZoneInfo | None) -> datetime:
    expects = mapped.format or "an ISO 8601 time"
    try:
        # Without an offset of its own the time gets the feed's zone below.
        read = datetime.strptime(value, mapped.format) if mapped.format else datetime.fromisoformat(value)  # noqa: DTZ007
    except (TypeError, ValueError) as exc:
        raise _Unread(mapped, expects) from exc
    if read.tzinfo is None:
        if zone is None:
            raise _Unread(mapped, expects + " with an offset, or a time_zone in the feed file")
        return read.replace(tzinfo=zone)
    return read


_READ: dict[str, Callable[[Mapped, Any, ZoneInfo | None], Any]] = {
    "text": _text,
    "number": _number,
    "whole": _whole,
    "words": _words,
    "time": _time,
}


def occurs_twice(time: datetime) -> bool:
    """Tell whether this local time occurs twice; one that does not occur at all, does not."""
    first, second = time.replace(fold=0).utcoffset(), time.replace(fold=1).utcoffset()
    return first is not None and second is not None and first > second


class ColumnFeed:
    """Reads one file of a column-mapped feed; `agency_id` stands where no column tells the agency."""

    def __init__(self, spec: Spec, agency_id: str | None) -> None:
        self._spec, self._agency_id = spec, agency_id
        self._columns = spec.columns
        self._told = any(mapped.field == "agency" and mapped.columns for mapped in spec.fields)
        self._seen: dict[str, dict[bytes, int]] = {}

    def rows(self, stream: BinaryIO) -> Iterator[tuple[int, Values | Rejected]]:
        """Read the file: line number, and the checked report or its refusal."""
        source = _json_rows(stream) if self._spec.format == "jsonl" else csv_rows.rows(stream, self._spec)
        for number, row in source:
            yield number, row if isinstance(row, Rejected) else self.read(row)

    def read(self, row: Row) -> Values | Rejected:
        """Read one row into a checked report."""
        stray = next((column for column in row if column not in self._columns), None)
        if stray is not None:
            found = unknown(stray, sorted(self._columns))
            return Rejected(found.reason, found.path, "no such column in the feed file", found.hint)
        try:
            raw = {mapped.field: self._value(mapped, row) for mapped in self._spec.fields}
        except _Unread as exc:
            columns = ", ".join(exc.mapped.columns)
            return Rejected(Reason.BAD_VALUE, exc.mapped.field, f"expected {exc.expects}", f"from column {columns}")
        return self._checked({field: value for field, value in raw.items() if value is not None})

    def _value(self, mapped: Mapped, row: Row) -> Any:
        if mapped.constant is not None:
            return mapped.constant
        told = [row[column] for column in mapped.columns if row.get(column) not in (None, "")]
        if not told:
            return None
        value = told[0] if len(mapped.columns) == 1 else mapped.join.join(map(str, told))
        return _READ[mapped.read](mapped, value, self._spec.zone)

    def _checked(self, raw: dict[str, Any]) -> Values | Rejected:
        updated = raw.pop(UPDATED, None)
        if self._agency_id and not self._told:
            raw["agency"] = self._agency_id
        if self._spec.zone is not None:
            raw.setdefault("source_tz", self._spec.zone.key)
        raw.setdefault("emitted_at", updated or raw.get("occurred_at"))
        by_order = "version" not in raw and updated is None
        by_first = "event" not in raw
        raw.setdefault("version", 1 if updated is None else moment(updated))
        raw.setdefault("event", "created")
        values = check(raw)
        if isinstance(values, Rejected):
            return values
        order = self._order(values)
        if by_order:
            values["version"] = order
        if by_first:
            values["event"] = "created" if order == 1 else "updated"
        if occurs_twice(raw["occurred_at"]):
            values["occurred_ambiguous"] = True
        return values

    def _order(self, values: Values) -> int:
        """Give the place of this content among the distinct contents of its id, from 1."""
        content = {name: value for name, value in values.items() if name not in _NOT_CONTENT}
        digest = blake2b(orjson.dumps(content, option=orjson.OPT_SORT_KEYS), digest_size=16).digest()
        contents = self._seen.setdefault(values["source_id"], {})
        return contents.setdefault(digest, len(contents) + 1)


def _json_rows(stream: BinaryIO) -> Iterator[tuple[int, Row | Rejected]]:
    for number, line in numbered(stream):
        if isinstance(line, Rejected):
            yield number, line
            continue
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as exc:
            yield number, Rejected(Reason.BAD_LINE, "", f"not JSON: {exc.msg}", "one JSON object a line, in UTF-8")
            continue
        yield number, row if isinstance(row, dict) else Rejected(Reason.BAD_LINE, "", "not a JSON object")
