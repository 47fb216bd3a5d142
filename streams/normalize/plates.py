"""License plates: upper case letters and digits, '?' for what was not read; from fields and from words after PLATE."""

import re

from schemas.folding import fold
from schemas.text.analysis import AnalyzedText
from streams.normalize.address_words import NOT_STATED

LONGEST_FIELD = 32
LONGEST_TEXT = 8_192
"""Characters of a field and of a narrative that are read."""
MOST = 50
_SHORTEST, _LONGEST = 3, 10

_UNREAD = str.maketrans({"*": "?", "_": "?"})
_NOT_PLATE = re.compile(r"[^A-Z0-9?]+")
_RUN = re.compile(r"\?{2,}")
_INTRODUCING = frozenset({"lp", "license", "licence", "lic", "plate", "plates", "plt", "placa", "placas", "tag"})
# After the word at most: a mark, a state, a mark. The plate has a figure or an unread one, or PLATE RED would be one.
_STATED = re.compile(
    r"\b(?:LP|LICENSE|LICENCE|LIC|PLATES?|PLT|PLACAS?|TAG)\b(?: ?(?:PLATES?|NO|NUM)\b)?[ .:#/]{0,3}"
    r"(?:(?:AZ|CA|NM|TX|BC|SON|CHIH|COAH|TAM|NL|MX|MEX)[ /:-]{1,2})?"
    r"((?=[A-Z?*-]{0,9}[0-9?*])[A-Z0-9?*]{1,10}(?:-[A-Z0-9?*]{1,5}){0,3})(?![A-Z0-9?*])"
)


def plate(text: str) -> str:
    """Return the plate that a field holds; '' for none, or one of which too little was read to compare."""
    marks = _NOT_PLATE.sub("", fold(text[:LONGEST_FIELD]).upper().translate(_UNREAD))
    marks = _RUN.sub("?", marks)
    read = len(marks) - marks.count("?")
    return marks if read >= _SHORTEST and len(marks) <= _LONGEST and marks not in NOT_STATED["plate"] else ""


def stated_in(narrative: AnalyzedText) -> list[str]:
    """Return the plates that a narrative introduces by a word for plate, in its order."""
    if _INTRODUCING.isdisjoint(narrative.words):
        return []
    stated = _STATED.findall(fold(narrative.text[:LONGEST_TEXT]).upper())
    return [read for text in stated[:MOST] if (read := plate(text))]
