"""Strict validation of configuration files with pydantic: an error names file, row, field and reason; pure."""

import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Annotated, Any, TypeVar
from zoneinfo import available_timezones

from pydantic import AfterValidator, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from schemas.errors import Configuration

Value = TypeVar("Value")
NO_OTHER_FIELDS = ConfigDict(extra="forbid")
_REASONS = {
    "missing": "missing",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "dataclass_type": "must be a table",
}
_UNKNOWN_FIELD = "unexpected_keyword_argument"
_ROW_IDS = ("rule_id", "checkpoint_id", "agency_id", "name", "service")


time_zones = cache(available_timezones)
"""Names of the IANA time zones; reading them takes 3 ms of CPU each time."""


def known_in(allowed: Collection[str]) -> AfterValidator:
    """Return a validator of text that must be one of `allowed`."""

    def check(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"{text!r} is not known")
        return text

    return AfterValidator(check)


def matching(pattern: re.Pattern[str], form: str) -> AfterValidator:
    """Return a validator of text that must match all of `pattern`; `form` describes it."""

    def check(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(f"{text!r} is not {form}")
        return text

    return AfterValidator(check)


def _check_time_zone(text: str) -> str:
    if text not in time_zones():
        raise ValueError(f"{text!r} is not a time zone: give its IANA name, such as America/Phoenix")
    return text


TimeZone = Annotated[str, AfterValidator(_check_time_zone)]


def validated(adapter: TypeAdapter[Value], value: object, where: str) -> Value:
    """Return `value` as the type of `adapter`. Raises: Configuration naming `where`, row, field and reason."""
    try:
        return adapter.validate_python(value)
    except ValidationError as exc:
        errors = exc.errors(include_url=False)
    # A misspelled field is both unknown and missing: unknown says more.
    unknown = next((error["loc"] for error in errors if error["type"] == _UNKNOWN_FIELD), None)
    if unknown is not None:
        raise Configuration(f"{_place(value, unknown[:-1], where)}: unknown field {unknown[-1]}")
    raise Configuration(f"{_place(value, errors[0]['loc'], where)}: {_reason(errors[0])}")


def _reason(error: ErrorDetails) -> str:
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    if error["type"] == "literal_error":
        return f"{error['input']!r} is not known: must be {error['ctx']['expected']}"
    return _REASONS.get(error["type"]) or error["msg"].replace("Input should", "must")


def _place(value: Any, loc: Sequence[int | str], where: str) -> str:
    """Return where in `value` an error is: a row by its id or its number from 1, then the field."""
    parts = [where]
    for step in loc:
        inner = None
        if isinstance(value, Mapping):
            inner = value.get(step)
            parts.append(f", {step}")
        elif isinstance(value, list) and isinstance(step, int):
            inner = value[step]
            if isinstance(inner, Mapping):
                ids = (inner.get(name) for name in _ROW_IDS)
                parts.append(f" {next((name for name in ids if isinstance(name, str)), step + 1)}")
        value = inner
    return "".join(parts)
