"""The fields of the plain feed: how each is read, what it expects, and the one check that every report passes.

A reader turns a value of JSON, or of a `Report`, into the value of the Avro record, or raises. Good reports are the
rule, so the check only runs the readers; which field it was, and why, is found by a second walk when one of them
raised. No detail ever carries a value: it might be a person's.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any
from zoneinfo import available_timezones

from producers.validation import nested_fields
from producers.validation.nested_fields import UNFIT, Misfit, Reader, misfit, unknown
from schemas.errors import Reason, Rejected
from schemas.identity import INTERNAL
from schemas.topics import AGENCY_ID

Values = dict[str, Any]
"""A checked report: field of the plain feed -> value of the Avro record; what was not told may be absent."""

UNREAD_PRECISION = ""
"""Stands for a word of precision that is not in the list: read as unknown, and counted."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PRECISIONS = ("gps", "address", "intersection", "block", "milepost", "place", "city", "county", "unknown")
_BETWEEN = ("T", "t", " ")
_ORI = re.compile(r"[A-Z0-9]{9}")
_LANG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


def moment(value: Any) -> int:
    """Read a time with an offset, as ISO 8601 or as an aware datetime, into UTC milliseconds."""
    if type(value) is str:
        # The library takes any character between date and time, and a date alone.
        if value[10:11] not in _BETWEEN and value[8:9] not in _BETWEEN:
            raise Misfit
        value = datetime.fromisoformat(value)
    since = value - _EPOCH
    return int((since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000)


def _whole(low: int, high: int) -> Reader:
    def read(value: Any) -> int:
        if type(value) is not int or not low <= value <= high:
            raise Misfit
        return value

    return read


def _degrees(limit: int) -> Reader:
    def read(value: Any) -> float:
        if isinstance(value, bool) or not -limit <= value <= limit:
            raise Misfit
        return float(value)

    return read


def _one_of(words: Mapping[str, str]) -> Reader:
    # Hashing raises for what is no word (TypeError), so a list or an object is refused by the look-up itself.
    def read(value: Any) -> str:
        return words[value]

    return read


@lru_cache(maxsize=4096)
def _agency(value: Any) -> str:
    if not AGENCY_ID.fullmatch(value) or value == INTERNAL:
        raise Misfit
    return str(value)


@lru_cache(maxsize=1024)
def _precision(value: str) -> str:
    word = value.lower()
    return word.upper() if word in _PRECISIONS else UNREAD_PRECISION


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


@lru_cache(maxsize=1024)
def _zone(value: str) -> str:
    if value and value not in _zones():
        raise Misfit
    return value


def _matching(pattern: re.Pattern[str]) -> Reader:
    @lru_cache(maxsize=1024)
    def read(value: str) -> str:
        if value and not pattern.fullmatch(value):
            raise Misfit
        return value

    return read


def told(read: Reader, untold: Any) -> Reader:
    """Let null stand for `untold`: the source does not tell."""

    def reader(value: Any) -> Any:
        return untold if value is None else read(value)

    return reader


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the plain feed: `expects` completes the sentence 'expected ...'."""

    name: str
    read: Reader
    expects: str
    required: bool = False


_LONG = 2**63 - 1
_TIME = "ISO 8601 with an offset, for instance 2026-01-31T23:59:00-08:00"
_LEVELS = {"GREEN": "GREEN", "YELLOW": "YELLOW", "RED": "RED"}
EVENTS = {
    "created": "created",
    "updated": "updated",
    "cancelled": "cancelled",
    "closed": "closed",
    "reopened": "reopened",
}
TRAFFIC = {"actual": "ACTUAL", "exercise": "EXERCISE", "test": "TEST"}

# The plain feed; widths and null as in avro/incident_report.v1.avsc.
FIELDS: tuple[Field, ...] = (
    Field("agency", _agency, "an agency id: lower case letters, digits and _, 2 to 48 of them", required=True),
    Field("source_id", nested_fields.text(128, at_least=1), "text of 1 to 128 characters", required=True),
    Field("version", _whole(1, _LONG), "a whole number from 1", required=True),
    Field("event", _one_of(EVENTS), "one of " + ", ".join(EVENTS), required=True),
    Field("occurred_at", moment, _TIME, required=True),
    Field("emitted_at", moment, _TIME, required=True),
    Field("lat", told(_degrees(90), None), "degrees from -90 to 90, or null"),
    Field("lon", told(_degrees(180), None), "degrees from -180 to 180, or null"),
    Field("precision", told(_precision, "UNKNOWN"), "a word: " + ", ".join(_PRECISIONS)),
    Field("address", told(nested_fields.text(), ""), "text or null"),
    Field("type_system", told(nested_fields.text(64), ""), "text of at most 64 characters, or null"),
    Field("type_code", told(nested_fields.text(64), ""), "text of at most 64 characters, or null"),
    Field("type_text", told(nested_fields.text(), ""), "text or null"),
    Field("narrative", told(nested_fields.text(), ""), "text or null"),
    Field("lang", told(_matching(_LANG), ""), "a language tag such as en, es or es-MX, or null"),
    Field("persons", told(nested_fields.objects("persons"), ()), "a list of objects"),
    Field("vehicles", told(nested_fields.objects("vehicles"), ()), "a list of objects"),
    Field("occurred_precision_s", told(_whole(1, 31_622_400), 60), "whole seconds from 1 to 31622400 (a year)"),
    Field("source_tz", told(_zone, ""), "a time zone name such as America/Phoenix"),
    Field("ori", told(_matching(_ORI), ""), "9 capital letters and digits, or null"),
    Field("seq", told(_whole(-_LONG, _LONG), None), "a whole number or null"),
    Field("cancel_reason", told(nested_fields.text(256), ""), "text of at most 256 characters, or null"),
    Field("traffic", told(_one_of(TRAFFIC), "ACTUAL"), "one of " + ", ".join(TRAFFIC)),
    Field(
        "handling",
        told(nested_fields.handling(_LEVELS), None),
        "an object with level, caveats, rel_to, categories, purposes",
    ),
)
NAMES = frozenset(field.name for field in FIELDS)
_BY_NAME = {field.name: field for field in FIELDS}
_READ: dict[str, Callable[[Any], Any]] = {field.name: field.read for field in FIELDS}
_REQUIRED = frozenset(field.name for field in FIELDS if field.required)


def check(raw: Mapping[str, Any]) -> Values | Rejected:
    """Read every field of one report, or say which one does not fit and why."""
    try:
        values = {name: _READ[name](value) for name, value in raw.items()}
    except UNFIT:
        return _explained(raw)
    if not values.keys() >= _REQUIRED:
        missing = next(field.name for field in FIELDS if field.required and field.name not in values)
        return Rejected(Reason.MISSING_FIELD, missing, f"expected {_BY_NAME[missing].expects}")
    if (values.get("lat") is None) != (values.get("lon") is None):
        absent = "lon" if values.get("lon") is None else "lat"
        return Rejected(Reason.BAD_VALUE, absent, "lat and lon are told together or not at all")
    return values


def _explained(raw: Mapping[str, Any]) -> Rejected:
    for name, value in raw.items():
        field = _BY_NAME.get(name)
        if field is None:
            found = unknown(name, _BY_NAME)
            return Rejected(found.reason, found.path, found.detail, found.hint)
        try:
            field.read(value)
        except UNFIT as exc:
            found = misfit(exc)
            detail = found.detail or f"expected {found.expects or field.expects}"
            return Rejected(found.reason, name + found.path, detail, found.hint)
    raise AssertionError("a report was refused and no field is to blame")
