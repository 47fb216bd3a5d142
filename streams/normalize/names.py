"""Names of persons: folded parts in alphabetical order, so that PEREZ, L. and L PEREZ are the same.

Nicknames stand for the names that they are short for. A date of birth follows the name as digits, as far as it is told.
"""

import re
from collections.abc import Mapping
from typing import Any

from schemas.folding import fold
from schemas.tables.reader import read_table
from streams.normalize.address_words import NOT_TOLD

LONGEST = 128
"""Characters of a name that are read."""
MOST_PARTS = 6

COLUMNS = ("nickname", "name", "source", "verified")
_NAMES = {row["nickname"]: row["name"] for _, row in read_table("nicknames.csv", COLUMNS)}
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_PART = re.compile(r"[^\W\d_]+")
_QUOTES = str.maketrans("", "", "'`\u2019")
_NOT_COMPARED = NOT_TOLD["particle"] | NOT_TOLD["title"] | NOT_TOLD["nobody"]


def name(text: str) -> str:
    """Give the parts of a name as they are compared, a space between; '' where it names nobody."""
    parts = _PART.findall(fold(text[:LONGEST].translate(_QUOTES)))
    if "doe" in parts:
        return ""
    told = {_NAMES.get(part, part) for part in parts if part not in _NOT_COMPARED}
    return " ".join(sorted(told)[:MOST_PARTS])


def born(text: str) -> str:
    """Give the digits of an ISO 8601 date, of its year and month, or of its year; '' for anything else."""
    found = _DATE.fullmatch(text.strip()[:LONGEST])
    return "".join(part for part in found.groups() if part) if found else ""


def person(told: Mapping[str, Any]) -> str:
    """Give the name of a person of a report, as written, else of its parts, and the date of birth if one is told."""
    found = name(told["name"] or " ".join((told["given"], told["paternal"], told["maternal"])))
    return f"{found} {born(told['dob'])}".strip() if found else ""
