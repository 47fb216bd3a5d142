"""What the newest released schemas declare: fields of records and symbols of enums, by their Avro names."""

import json
from collections.abc import Iterator
from typing import Any, get_type_hints

from schemas.records import codec


def _declared(kind: Any) -> Iterator[dict[str, Any]]:
    """Yield the named types of a schema, nested ones included."""
    if isinstance(kind, list):
        for branch in kind:
            yield from _declared(branch)
    elif isinstance(kind, dict):
        if "name" in kind:
            yield kind
        for inner in (kind.get("items"), kind["type"], *(field["type"] for field in kind.get("fields", ()))):
            yield from _declared(inner)


def _type(schema: str, name: str) -> dict[str, Any]:
    return next(kind for kind in _declared(json.loads(codec.newest(schema).text)) if kind["name"] == name)


def fields(schema: str, name: str) -> set[str]:
    """Return the names of a record's fields."""
    return {field["name"] for field in _type(schema, name)["fields"]}


def symbols(schema: str, name: str) -> tuple[str, ...]:
    """Return the symbols of an enum, in order."""
    return tuple(_type(schema, name)["symbols"])


def keys(record: type) -> set[str]:
    """Return the keys of a TypedDict."""
    return set(get_type_hints(record))
