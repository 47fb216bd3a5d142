"""Names of persons: folded parts in alphabetical order, so that PEREZ, L. and L PEREZ are the same."""

import re
from collections.abc import Mapping
from typing import Any

from schemas.search_document import fold
from streams.normalize.words import NOT_TOLD

LONGEST = 128
"""Characters of a name that are read."""
MOST_PARTS = 6

_PART = re.compile(r"[^\W\d_]+")
_QUOTES = str.maketrans("", "", "'`\u2019")
_NOT_COMPARED = NOT_TOLD["particle"] | NOT_TOLD["title"] | NOT_TOLD["nobody"]


def name(text: str) -> str:
    """Give the parts of a name as they are compared, a space between; '' where it names nobody."""
    parts = _PART.findall(fold(text[:LONGEST].translate(_QUOTES)))
    if "doe" in parts:
        return ""
    return " ".join(sorted({part for part in parts if part not in _NOT_COMPARED})[:MOST_PARTS])


def person(told: Mapping[str, Any]) -> str:
    """Give the name of a person of a report: as written, else of its parts."""
    return name(told["name"] or " ".join((told["given"], told["paternal"], told["maternal"])))
