"""Text and nested objects of a report: persons and vehicles with the fields of the Avro schema, and handling."""

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


class Misfit(Exception):
    """A value does not fit; `path` is relative to the field that is read, `expects` completes 'expected ...'."""

    def __init__(
        self, expects: str = "", path: str = "", reason: Reason = Reason.BAD_VALUE, detail: str = "", hint: str = ""
    ) -> None:
        self.expects, self.path, self.reason, self.detail, self.hint = expects, path, reason, detail, hint


UNFIT = (Misfit, LookupError, TypeError, ValueError, AttributeError, OverflowError)
"""What a reader may raise. Only a Misfit's own words are told: the others quote the value."""


def misfit(exc: BaseException) -> Misfit:
    """Tell any refusal of a reader as a Misfit, without the words of the exception itself."""
    if isinstance(exc, UnicodeError):
        return Misfit(detail="holds half of a surrogate pair, which is no character")
    return exc if isinstance(exc, Misfit) else Misfit()


def text(at_most: int | None = None, at_least: int = 0) -> Reader:
    """Read text of so many characters, without NUL and without lone surrogates."""

    def read(value: str) -> str:
        if not value.isascii():
            value.encode()
        if "\x00" in value:
            raise Misfit(detail="holds the character NUL")
        if not at_least <= len(value) or (at_most is not None and len(value) > at_most):
            raise Misfit
        return value

    return read


def _under(path: str, found: Misfit, expects: str = "") -> Misfit:
    return Misfit(found.expects or expects, path + found.path, found.reason, found.detail, found.hint)


def _inside(path: str, read: Reader, value: Any, expects: str) -> Misfit | None:
    try:
        read(value)
    except UNFIT as exc:
        return _under(path, misfit(exc), expects)
    return None


def _list_of(read: Reader, at_most: int, expects: str) -> Reader:
    def read_all(value: Any) -> list[Any]:
        if not isinstance(value, (list, tuple)):
            raise Misfit
        if len(value) > at_most:
            raise Misfit(reason=Reason.TOO_LARGE, detail=f"{len(value)} entries, at most {at_most} are taken")
        try:
            return [read(item) for item in value]
        except UNFIT:
            found = (_inside(f"[{i}]", read, item, expects) for i, item in enumerate(value))
            raise next(one for one in found if one) from None

    return read_all


def _object_of(readers: Mapping[str, tuple[Reader, str]]) -> Reader:
    bare = {name: reader for name, (reader, _) in readers.items()}

    def read_object(value: Any) -> dict[str, Any]:
        try:
            return {name: bare[name](item) for name, item in value.items() if item is not None}
        except UNFIT:
            if not isinstance(value, Mapping):
                raise Misfit("an object") from None
            for name, item in value.items():
                if name not in readers:
                    raise _under(".", unknown(name, readers)) from None
                found = None if item is None else _inside(f".{name}", bare[name], item, readers[name][1])
                if found:
                    raise found from None
            raise

    return read_object


def shown(name: str) -> str:
    """Return a name as it can be printed, in at most 64 characters."""
    return "".join(char if char.isprintable() else "?" for char in name[:64])


def unknown(name: str, known: Iterable[str]) -> Misfit:
    """Refuse a field by its name, with the known name that looks most like it as the hint."""
    folded = {one.casefold().strip(): one for one in known}
    near = [folded[one] for one in get_close_matches(name[:64].casefold().strip(), folded, n=1)]
    hint = f"did you mean {near[0]}?" if near else "known are " + ", ".join(known)
    return Misfit(path=shown(name), reason=Reason.UNKNOWN_FIELD, detail="no such field", hint=hint)


def _int(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= _INT:
        raise Misfit
    return value


@cache
def _of_schema(field: str) -> dict[str, tuple[Reader, str]]:
    """The schema itself says which keys a person or a vehicle has, so that a new version needs no second list."""
    schema = json.loads(codec.newest("incident_report").text)
    items = next(one for one in schema["fields"] if one["name"] == field)["type"]["items"]
    texts = _list_of(text(256), _MAX_ITEMS, "text of at most 256 characters")
    kinds: dict[str, tuple[Reader, str]] = {
        '"string"': (text(), "text"),
        '"int"': (_int, "a whole number from 0"),
        '{"type": "array", "items": "string"}': (texts, "a list of texts"),
    }
    return {one["name"]: kinds[json.dumps(one["type"])] for one in items["fields"]}


def objects(field: str) -> Reader:
    """Read the list `field` of objects whose keys are those of the Avro schema; null is not told."""
    return _list_of(_object_of(_of_schema(field)), MAX_OBJECTS, "an object")


def _country(value: str) -> str:
    if not _COUNTRY.fullmatch(value):
        raise Misfit
    return value


def handling(levels: Mapping[str, str]) -> Reader:
    """Read who may see a report into the Avro record Handling; a word that is not known is refused, never ignored."""
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
