"""Strict reader of the tables in this folder, and the version that they share."""

import csv
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from io import StringIO

from schemas.errors import Configuration

_NOT_TABLES = (".py", ".pyc", ".md")


def parse_table(text: str, name: str, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the line number and the fields of every row of table `name`, which has exactly these columns.

    Every row names its `source`. Raises: Configuration naming file, line and field.
    """
    reader = csv.DictReader(StringIO(text), strict=True)
    if tuple(reader.fieldnames or ()) != tuple(columns):
        raise Configuration(f"{name}, line 1: the columns must be {','.join(columns)}")
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
            raise Configuration(f"{where}, {field}: leading or trailing space")
        fields[str(field)] = value
    if not fields.get("source"):
        raise Configuration(f"{where}, source: missing; every row must name its source")
    return fields


def read_table(name: str, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the line number and the fields of every row of a table in this folder. Raises: Configuration."""
    return parse_table(files("schemas.tables").joinpath(name).read_text("utf-8"), name, columns)


def split_values(value: str) -> tuple[str, ...]:
    """Return the values of a field that holds several, separated by '|'."""
    return tuple(value.split("|")) if value else ()


@cache
def tables_version() -> str:
    """Return the version shared by all tables: 12 hexadecimal digits of a SHA-256 over their names and contents.

    Every enriched report and every decision carries it.
    """
    digest = hashlib.sha256()
    folder = files("schemas.tables")
    tables = [entry for entry in folder.iterdir() if entry.is_file() and not entry.name.endswith(_NOT_TABLES)]
    for table in sorted(tables, key=lambda entry: entry.name):
        # Both lengths are hashed, so that bytes cannot move unnoticed between a name and a content.
        content = table.read_bytes()
        digest.update(f"{len(table.name)} {table.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:12]
