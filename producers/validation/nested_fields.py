"""Readers for text and nested objects of a report: persons and vehicles as in the Avro schema, and handling."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

from schemas.errors import Reason
from schemas.records import codec

Reader = Callable[[Any], Any]
MAX_OBJECTS = 200
_MAX_ITEMS = 100
_COUNTRY = re.compile(r"[A-Z]{3}")
_INT = 2**31 - 1


class FieldError(Exception):
    """A value is invalid; `path` is relative to the field being read, `expects` completes 'expected ...'."""

    def __init__(
        self, expects: str = "", path: str = "", reason: Reason = Reason.BAD_VALUE, detail: str = "", hint: str = ""
    ) -> None:
        self.expects, self.path, self.reason, self.detail, self.hint = expects, path, reason, detail, hint


FIELD_ERRORS = (FieldError, LookupError, TypeError, ValueError, AttributeError, OverflowError)
"""What a reader may raise. Only the text of a FieldError is shown: the messages of the others quote the value."""


def as_field_error(exc: BaseException) -> FieldError:
    """Return any exception of a reader as a FieldError, without the exception's own message."""
    if isinstance(exc, UnicodeError):
        return FieldError(detail="contains half of a surrogate pair, which is not a character")
    return exc if isinstance(exc, FieldError) else FieldError()


def text(at_most: int | None = None, at_least: int = 0) -> Reader:
    """Return a reader of text with `at_least` to `at_most` characters. Raises, when it reads: FIELD_ERRORS."""

    def read(value: str) -> str:
        if not value.isascii():
            value.encode()
        if "\x00" in value:
            raise FieldError(detail="contains the character NUL")
        if not at_least <= len(value) or (at_most is not None and len(value) > at_most):
            raise FieldError
        return value

    return read


def _at_path(path: str, error: FieldError, expects: str = "") -> FieldError:
    return FieldError(error.expects or expects, path + error.path, error.reason, error.detail, error.hint)


def _item_error(path: str, read: Reader, value: Any, expects: str) -> FieldError | None:
    try:
        read(value)
    except FIELD_ERRORS as exc:
        return _at_path(path, as_field_error(exc), expects)
    return None


def _list_of(read: Reader, at_most: int, expects: str) -> Reader:
    def read_all(value: Any) -> list[Any]:
        if not isinstance(value, (list, tuple)):
            raise FieldError
        if len(value) > at_most:
            raise FieldError(reason=Reason.TOO_LARGE, detail=f"{len(value)} entries, at most {at_most} are allowed")
        try:
            return [read(item) for item in value]
        except FIELD_ERRORS:
            errors = (_item_error(f"[{i}]", read, item, expects) for i, item in enumerate(value))
            raise next(error for error in errors if error) from None

    return read_all


def _object_of(readers: Mapping[str, tuple[Reader, str]]) -> Reader:
    read = {name: reader for name, (reader, _) in readers.items()}

    def read_object(value: Any) -> dict[str, Any]:
        try:
            return {name: read[name](item) for name, item in value.items() if item is not None}
        except FIELD_ERRORS:
            if not isinstance(value, Mapping):
                raise FieldError("an object") from None
            for name, item in value.items():
                if name not in readers:
                    raise _at_path(".", unknown_field(name, readers)) from None
                error = None if item is None else _item_error(f".{name}", read[name], item, readers[name][1])
                if error:
                    raise error from None
            raise

    return read_object


def printable(name: str) -> str:
    """Return the first 64 characters of a name, with unprintable ones as '?'."""
    return "".join(char if char.isprintable() else "?" for char in name[:64])


def unknown_field(name: str, known: Iterable[str]) -> FieldError:
    """Return the error for a field name that is not `known`, with the most similar known name as the hint."""
    folded = {name.casefold().strip(): name for name in known}
    similar = [folded[match] for match in get_close_matches(name[:64].casefold().strip(), folded, n=1)]
    hint = f"did you mean {similar[0]}?" if similar else "known fields: " + ", ".join(known)
    return FieldError(path=printable(name), reason=Reason.UNKNOWN_FIELD, detail="no such field", hint=hint)


def _int(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= _INT:
        raise FieldError
    return value


@cache
def _schema_readers(field: str) -> dict[str, tuple[Reader, str]]:
    """Return the readers of a person or vehicle from the Avro schema, so that a new version needs no second list."""
    schema = json.loads(codec.newest("incident_report").text)
    items = next(entry for entry in schema["fields"] if entry["name"] == field)["type"]["items"]
    texts = _list_of(text(256), _MAX_ITEMS, "text of at most 256 characters")
    kinds: dict[str, tuple[Reader, str]] = {
        '"string"': (text(), "text"),
        '"int"': (_int, "a whole number from 0"),
        '{"type": "array", "items": "string"}': (texts, "a list of texts"),
    }
    return {entry["name"]: kinds[json.dumps(entry["type"])] for entry in items["fields"]}


def object_list(field: str) -> Reader:
    """Return a reader of the list `field`, whose objects have the keys of the Avro schema; null means not stated.

    Raises, when it reads: FIELD_ERRORS.
    """
    return _list_of(_object_of(_schema_readers(field)), MAX_OBJECTS, "an object")


def _country(value: str) -> str:
    if not _COUNTRY.fullmatch(value):
        raise FieldError
    return value


def handling(levels: Mapping[str, str]) -> Reader:
    """Return a reader of who may see a report, into the Avro record Handling; unknown keys and levels are refused.

    Raises, when it reads: FIELD_ERRORS.
    """
    words = _list_of(text(64, at_least=1), _MAX_ITEMS, "text of 1 to 64 characters")
    countries = _list_of(_country, _MAX_ITEMS, "an ISO 3166-1 alpha-3 code such as MEX")
    read = _object_of(
        {
            "level": (levels.__getitem__, "one of " + ", ".join(levels)),
            "caveats": (words, "a list of texts"),
            "rel_to": (countries, "a list of ISO 3166-1 alpha-3 codes"),
            "categories": (words, "a list of texts"),
            "purposes": (words, "a list of texts"),
        }
    )
    renamed = {"level": "owner_level", "categories": "cui_categories"}

    def read_handling(value: Any) -> dict[str, Any]:
        return {renamed.get(name, name): item for name, item in read(value).items()}

    return read_handling
