"""The fields of the plain feed: how each is read, what it expects, and the one check that every report passes.

A reader converts a value of JSON, or of a `Report`, to the value of the Avro record, or raises. Most reports are valid,
so the check only runs the readers; when one raises, a second pass finds the field and the reason. No detail ever
contains a value, since it may be personal data.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any
from zoneinfo import available_timezones

from producers.validation import nested_fields
from producers.validation.nested_fields import FIELD_ERRORS, FieldError, Reader, as_field_error, unknown_field
from schemas.errors import Reason, Rejected
from schemas.identity import INTERNAL
from schemas.topics import AGENCY_ID

Values = dict[str, Any]
"""A checked report: field of the plain feed -> value of the Avro record; fields that were not stated may be absent."""

UNKNOWN_PRECISION = ""
"""Marks a precision that is not in the list: treated as unknown, and counted."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PRECISIONS = ("gps", "address", "intersection", "block", "milepost", "place", "city", "county", "unknown")
_DATE_TIME_SEPARATORS = ("T", "t", " ")
_ORI = re.compile(r"[A-Z0-9]{9}")
_LANG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


def utc_ms(value: Any) -> int:
    """Return a time as UTC milliseconds: ISO 8601 text with an offset, or an aware datetime. Raises: FIELD_ERRORS."""
    if type(value) is str:
        # The standard library accepts any character between date and time, and a date alone.
        if value[10:11] not in _DATE_TIME_SEPARATORS and value[8:9] not in _DATE_TIME_SEPARATORS:
            raise FieldError
        value = datetime.fromisoformat(value)
    since = value - _EPOCH
    return int((since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000)


def _whole(low: int, high: int) -> Reader:
    def read(value: Any) -> int:
        if type(value) is not int or not low <= value <= high:
            raise FieldError
        return value

    return read


def _degrees(limit: int) -> Reader:
    def read(value: Any) -> float:
        if isinstance(value, bool) or not -limit <= value <= limit:
            raise FieldError
        return float(value)

    return read


def _one_of(words: Mapping[str, str]) -> Reader:
    # A list or an object cannot be hashed, so the lookup itself refuses it (TypeError).
    def read(value: Any) -> str:
        return words[value]

    return read


@lru_cache(maxsize=4096)
def _agency(value: Any) -> str:
    if not AGENCY_ID.fullmatch(value) or value == INTERNAL:
        raise FieldError
    return str(value)


@lru_cache(maxsize=1024)
def _precision(value: str) -> str:
    precision = value.lower()
    return precision.upper() if precision in _PRECISIONS else UNKNOWN_PRECISION


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


@lru_cache(maxsize=1024)
def _zone(value: str) -> str:
    if value and value not in _zones():
        raise FieldError
    return value


def _matching(pattern: re.Pattern[str]) -> Reader:
    @lru_cache(maxsize=1024)
    def read(value: str) -> str:
        if value and not pattern.fullmatch(value):
            raise FieldError
        return value

    return read


def optional(read: Reader, default: Any) -> Reader:
    """Return a reader that reads null, which means not stated, as `default`."""

    def reader(value: Any) -> Any:
        return default if value is None else read(value)

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
    Field("occurred_at", utc_ms, _TIME, required=True),
    Field("emitted_at", utc_ms, _TIME, required=True),
    Field("lat", optional(_degrees(90), None), "degrees from -90 to 90, or null"),
    Field("lon", optional(_degrees(180), None), "degrees from -180 to 180, or null"),
    Field("precision", optional(_precision, "UNKNOWN"), "one of " + ", ".join(_PRECISIONS)),
    Field("address", optional(nested_fields.text(), ""), "text or null"),
    Field("type_system", optional(nested_fields.text(64), ""), "text of at most 64 characters, or null"),
    Field("type_code", optional(nested_fields.text(64), ""), "text of at most 64 characters, or null"),
    Field("type_text", optional(nested_fields.text(), ""), "text or null"),
    Field("narrative", optional(nested_fields.text(), ""), "text or null"),
    Field("lang", optional(_matching(_LANG), ""), "a language tag such as en, es or es-MX, or null"),
    Field("persons", optional(nested_fields.object_list("persons"), ()), "a list of objects"),
    Field("vehicles", optional(nested_fields.object_list("vehicles"), ()), "a list of objects"),
    Field("occurred_precision_s", optional(_whole(1, 31_622_400), 60), "whole seconds from 1 to 31622400 (a year)"),
    Field("source_tz", optional(_zone, ""), "a time zone name such as America/Phoenix"),
    Field("ori", optional(_matching(_ORI), ""), "9 capital letters and digits, or null"),
    Field("seq", optional(_whole(-_LONG, _LONG), None), "a whole number or null"),
    Field("cancel_reason", optional(nested_fields.text(256), ""), "text of at most 256 characters, or null"),
    Field("traffic", optional(_one_of(TRAFFIC), "ACTUAL"), "one of " + ", ".join(TRAFFIC)),
    Field(
        "handling",
        optional(nested_fields.handling(_LEVELS), None),
        "an object with level, caveats, rel_to, categories, purposes",
    ),
)
NAMES = frozenset(field.name for field in FIELDS)
_BY_NAME = {field.name: field for field in FIELDS}
_READ: dict[str, Callable[[Any], Any]] = {field.name: field.read for field in FIELDS}
_REQUIRED = frozenset(field.name for field in FIELDS if field.required)


def check(raw: Mapping[str, Any]) -> Values | Rejected:
    """Return the values of every field of a report, or the rejection that names the invalid field and why."""
    try:
        values = {name: _READ[name](value) for name, value in raw.items()}
    except FIELD_ERRORS:
        return _first_rejection(raw)
    if not values.keys() >= _REQUIRED:
        missing = next(field.name for field in FIELDS if field.required and field.name not in values)
        return Rejected(Reason.MISSING_FIELD, missing, f"expected {_BY_NAME[missing].expects}")
    if (values.get("lat") is None) != (values.get("lon") is None):
        absent = "lon" if values.get("lon") is None else "lat"
        return Rejected(Reason.BAD_VALUE, absent, "lat and lon must be given together or not at all")
    return values


def _first_rejection(raw: Mapping[str, Any]) -> Rejected:
    for name, value in raw.items():
        field = _BY_NAME.get(name)
        if field is None:
            error = unknown_field(name, _BY_NAME)
            return Rejected(error.reason, error.path, error.detail, error.hint)
        try:
            field.read(value)
        except FIELD_ERRORS as exc:
            error = as_field_error(exc)
            detail = error.detail or f"expected {error.expects or field.expects}"
            return Rejected(error.reason, name + error.path, detail, error.hint)
    raise AssertionError("a report was refused although every field is valid")
