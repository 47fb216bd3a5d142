"""The tables of this folder: a strict reader of their rows, and the version that all of them have together."""

import csv
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from io import StringIO

from schemas.errors import Configuration

_NOT_TABLES = (".py", ".pyc", ".md")


def parse(text: str, name: str, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Give line number and fields of every row of a table `name` that has exactly these columns.

    Every row has a value in `source`. Raises: Configuration naming file, line and field.
    """
    reader = csv.DictReader(StringIO(text), strict=True)
    if tuple(reader.fieldnames or ()) != tuple(columns):
        raise Configuration(f"{name}, line 1: the columns are {','.join(columns)}")
    try:
        for row in reader:
            yield reader.line_num, _checked(row, f"{name}, line {reader.line_num}")
    except csv.Error as exc:
        raise Configuration(f"{name}, line {reader.reader.line_num}: {exc}") from exc


def _checked(row: Mapping[str | None, str | None], where: str) -> dict[str, str]:
    if None in row:
        raise Configuration(f"{where}: more fields than columns")
    fields: dict[str, str] = {}
    for field, value in row.items():
        if value is None:
            raise Configuration(f"{where}, {field}: missing")
        if value != value.strip():
            raise Configuration(f"{where}, {field}: space at an end")
        fields[str(field)] = value
    if not fields.get("source"):
        raise Configuration(f"{where}, source: every row tells where it is from")
    return fields


def rows(name: str, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Read a table of this folder as `parse` does."""
    return parse(files("schemas.tables").joinpath(name).read_text("utf-8"), name, columns)


def several(value: str) -> tuple[str, ...]:
    """Give the parts of a field that holds several values, '|' between them."""
    return tuple(value.split("|")) if value else ()


@cache
def tables_version() -> str:
    """Name the state of all tables by 12 hexadecimal digits; whatever a table decides is told with it."""
    digest = hashlib.sha256()
    tables = [one for one in files("schemas.tables").iterdir() if one.is_file() and not one.name.endswith(_NOT_TABLES)]
    for table in sorted(tables, key=lambda one: one.name):
        # Both lengths are told, or bytes could move between a name and a content unnoticed.
        content = table.read_bytes()
        digest.update(f"{len(table.name)} {table.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:12]
