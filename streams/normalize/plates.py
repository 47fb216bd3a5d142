"""Licence plates: upper case letters and figures, '?' for what was not read; from fields and from words after PLATE."""

import re

from schemas.folding import fold
from streams.normalize.address_words import NOT_TOLD

LONGEST_FIELD = 32
LONGEST_TEXT = 8_192
"""Characters of a field and of a narrative that are read."""
MOST = 50
_SHORTEST, _LONGEST = 3, 10

_UNREAD = str.maketrans({"*": "?", "_": "?"})
_NOT_PLATE = re.compile(r"[^A-Z0-9?]+")
_RUN = re.compile(r"\?{2,}")
# After the word at most: a mark, a state, a mark. The plate has a figure or an unread one, or PLATE RED would be one.
_TOLD = re.compile(
    r"\b(?:LP|LICENSE|LICENCE|LIC|PLATES?|PLT|PLACAS?|TAG)\b(?: ?(?:PLATES?|NO|NUM)\b)?[ .:#/]{0,3}"
    r"(?:(?:AZ|CA|NM|TX|BC|SON|CHIH|COAH|TAM|NL|MX|MEX)[ /:-]{1,2})?"
    r"((?=[A-Z?*-]{0,9}[0-9?*])[A-Z0-9?*]{1,10}(?:-[A-Z0-9?*]{1,5}){0,3})(?![A-Z0-9?*])"
)


def plate(text: str) -> str:
    """Give the plate that a field holds; '' for none, or one of which too little was read to compare."""
    told = _NOT_PLATE.sub("", fold(text[:LONGEST_FIELD]).upper().translate(_UNREAD))
    told = _RUN.sub("?", told)
    read = len(told) - told.count("?")
    return told if read >= _SHORTEST and len(told) <= _LONGEST and told not in NOT_TOLD["plate"] else ""


def told_in(text: str) -> list[str]:
    """Give the plates that a narrative introduces by a word for plate, in its order."""
    found = _TOLD.findall(fold(text[:LONGEST_TEXT]).upper())
    return [one for told in found[:MOST] if (one := plate(told))]
