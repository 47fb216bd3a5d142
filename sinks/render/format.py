"""Format values, times and places for the commands that read, each as text in one line; pure.

Text from agencies is printed without control characters: a narrative must not move the reader's cursor.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count, islice, product
from string import ascii_lowercase
from typing import Any

Document = Mapping[str, Any]


def clean(text: object) -> str:
    """Return text in one line, with control and direction characters replaced by spaces."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())


def moment(at: int | None) -> str:
    """Format a time, UTC milliseconds, to the second; None is empty."""
    return "" if at is None else datetime.fromtimestamp(at // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def day(at: int) -> str:
    """Format the day of a time, UTC milliseconds."""
    return moment(at)[:10]


def number(value: float, digits: int, signed: bool = False) -> str:
    """Format a number with this many decimals; a value that rounds to zero has no sign."""
    rounded = round(value, digits) + 0.0
    return f"{rounded:{'+' if signed and rounded else ''}.{digits}f}"


def point(located: Document) -> str:
    """Format coordinates, WGS 84 degrees, to the meter."""
    return f"{number(located['lat'], 5)},{number(located['lon'], 5)}"


def address(document: Document) -> str:
    """Format the address of a report or an incident, and its nearest place in the gazetteer."""
    near = [document["place"]["nearest"]] if document.get("place", {}).get("nearest") else document.get("nearest", [])
    return ", ".join(part for part in (clean(document.get("address", "")), *map(clean, near)) if part)


def place(document: Document) -> str:
    """Format where a report or an incident is: address, nearest place, coordinates and their precision."""
    located = document.get("location") or {name: document[name] for name in ("lat", "lon") if name in document}
    precision = f"({document['precision']})" if located and "precision" in document else ""
    return " ".join(part for part in (address(document), point(located) if located else "", precision) if part)


def offense(report: Document) -> str:
    """Format a report's own text and code for its offense, and the concept that the tables assign to them."""
    stated = report.get("offense", {})
    code = " ".join(stated[name] for name in ("system", "code") if stated.get(name))
    concept = stated.get("concept", "")
    parts = (stated.get("text", ""), f"[{code}]" if code else "", f"= {concept}" if concept else "")
    return clean(" ".join(part for part in parts if part))


def labeled_lines(rows: Iterable[tuple[str, str]], indent: str = "") -> list[str]:
    """Format names and values, one per line, leaving out empty values."""
    return [f"{indent}{name:<10} {value}" for name, value in rows if value]


def labels(reports: Sequence[Document]) -> dict[str, str]:
    """Return a short name for each report of an incident: report id -> a, b, ... z, aa, ab, ..."""
    names = ("".join(letters) for length in count(1) for letters in product(ascii_lowercase, repeat=length))
    ids = [str(report["report_id"]) for report in reports]
    return dict(zip(ids, islice(names, len(ids)), strict=True))
