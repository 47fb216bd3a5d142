"""Words, times and places as the reading commands print them: pure, text in one line.

What agencies wrote is printed without control characters: a narrative must not move the cursor of who reads it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count, islice, product
from string import ascii_lowercase
from typing import Any

Document = Mapping[str, Any]


def clean(text: object) -> str:
    """Give text in one line, control and direction characters as spaces."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())


def moment(at: int | None) -> str:
    """Tell a time, UTC milliseconds, to the second."""
    return "" if at is None else datetime.fromtimestamp(at // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def day(at: int) -> str:
    """Tell the day of a time, UTC milliseconds."""
    return moment(at)[:10]


def number(value: float, digits: int, signed: bool = False) -> str:
    """Tell a number to so many decimals; what rounds to nothing has no sign."""
    rounded = round(value, digits) + 0.0
    return f"{rounded:{'+' if signed and rounded else ''}.{digits}f}"


def point(located: Document) -> str:
    """Tell coordinates, WGS 84 degrees, to a metre."""
    return f"{number(located['lat'], 5)},{number(located['lon'], 5)}"


def address(document: Document) -> str:
    """Tell the address of a report or an incident, and the nearest place of the gazetteer."""
    near = [document["place"]["nearest"]] if document.get("place", {}).get("nearest") else document.get("nearest", [])
    return ", ".join(part for part in (clean(document.get("address", "")), *map(clean, near)) if part)


def place(document: Document) -> str:
    """Tell where a report or an incident is: address, nearest place, coordinates and what they stand for."""
    located = document.get("location") or {name: document[name] for name in ("lat", "lon") if name in document}
    precision = f"({document['precision']})" if located and "precision" in document else ""
    return " ".join(part for part in (address(document), point(located) if located else "", precision) if part)


def offense(report: Document) -> str:
    """Tell a report's own words and code for its offense, and what the tables make of them."""
    told = report.get("offense", {})
    code = " ".join(told[name] for name in ("system", "code") if told.get(name))
    concept = told.get("concept", "")
    parts = (told.get("text", ""), f"[{code}]" if code else "", f"= {concept}" if concept else "")
    return clean(" ".join(part for part in parts if part))


def pairs(rows: Iterable[tuple[str, str]], indent: str = "") -> list[str]:
    """Tell names and values, one a line; what is empty is left out."""
    return [f"{indent}{name:<10} {value}" for name, value in rows if value]


def labels(reports: Sequence[Document]) -> dict[str, str]:
    """Give each report of an incident a short name: report id -> a, b, ... z, aa, ab, ..."""
    names = ("".join(letters) for length in count(1) for letters in product(ascii_lowercase, repeat=length))
    ids = [str(report["report_id"]) for report in reports]
    return dict(zip(ids, islice(names, len(ids)), strict=True))
