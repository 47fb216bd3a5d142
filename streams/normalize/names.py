"""Names of persons: folded parts in alphabetical order, so that PEREZ, L. and L PEREZ are the same.

Nicknames stand for the names that they are short for. A date of birth follows the name as digits, as far as it is told.
"""

import re
from collections.abc import Mapping
from typing import Any

from schemas.folding import fold
from schemas.tables.reader import read_table
from streams.normalize.address_words import NOT_STATED

LONGEST = 128
"""Characters of a name that are read."""
MOST_PARTS = 6

COLUMNS = ("nickname", "name", "source", "verified")
_NAMES = {row["nickname"]: row["name"] for _, row in read_table("nicknames.csv", COLUMNS)}
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_PART = re.compile(r"[^\W\d_]+")
_QUOTES = str.maketrans("", "", "'`\u2019")
_NOT_COMPARED = NOT_STATED["particle"] | NOT_STATED["title"] | NOT_STATED["nobody"]


def name(text: str) -> str:
    """Return the parts of a name as they are compared, a space between; '' where it names nobody."""
    parts = _PART.findall(fold(text[:LONGEST].translate(_QUOTES)))
    if "doe" in parts:
        return ""
    written = {_NAMES.get(part, part) for part in parts if part not in _NOT_COMPARED}
    return " ".join(sorted(written)[:MOST_PARTS])


def born(text: str) -> str:
    """Return the digits of an ISO 8601 date, of its year and month, or of its year; '' for anything else."""
    date = _DATE.fullmatch(text.strip()[:LONGEST])
    return "".join(part for part in date.groups() if part) if date else ""


def person(fields: Mapping[str, Any]) -> str:
    """Return the name of a person of a report, as written, else of its parts, and the date of birth if one is given."""
    full = name(fields["name"] or " ".join((fields["given"], fields["paternal"], fields["maternal"])))
    return f"{full} {born(fields['dob'])}".strip() if full else ""
