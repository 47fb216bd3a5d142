"""House numbers: before the name, after a mark, or behind a Spanish street; where a block begins counts as one."""

import re

from streams.normalize.street import kind_of

_NUMBER = re.compile(r"(\d{1,6})(?:[A-Z]|BLK|BLOCK|-[A-Z\d]*)?|(\d{1,4})XX")
_LAST_DAY = 31
_NAMED = frozenset({"", "name", "ordinal", "alone"})


def _as_number(word: str) -> int:
    at = _NUMBER.fullmatch(word)
    if at is None:
        return -1
    return int(at[1]) if at[1] else int(at[2]) * 100


def _leads(number: int, words: list[str], kinds: list[str], on_highway: bool) -> bool:
    """Return whether the number at the start of a side is that of a house: 9 ST and 5 DE MAYO are names."""
    if words[1] == "DE" and number <= _LAST_DAY:
        return False
    if on_highway or kinds[1] == "block" or not _NAMED.isdisjoint(kinds[1:]):
        return True
    return kinds[1] == "direction" and len(kinds) > 2


def house_number(words: list[str], on_highway: bool) -> tuple[int, list[str]]:
    """Return the house number of a side and the words without it: before the name, marked, or after a Spanish name."""
    kinds = [kind_of(word) for word in words]
    for at, word in enumerate(words):
        marked = word[0] == "#" or (at > 0 and (kinds[at - 1] == "number" or words[at - 1] == "NO"))
        if marked and (number := _as_number(word.lstrip("#"))) >= 0:
            before = words[: at - (word[0] != "#")]
            return (number, before) if not before or _as_number(before[0]) < 0 else house_number(before, on_highway)
    if (number := _as_number(words[0])) >= 0:
        leads = on_highway if len(words) == 1 else _leads(number, words, kinds, on_highway)
        return (number, words[1:]) if leads else (-1, words)
    if len(words) > 2 and kinds[0] in ("type", "lead") and (number := _as_number(words[-1])) >= 0:
        return number, words[:-1]
    return -1, words


def place_before(words: list[str]) -> int:
    """Return the index in `words` of a house number that follows the name of a place; 0 for none.

    Example: 2 for CITY PARK 1200 MAIN ST.
    """
    if len(words) < 4 or words[0][0].isdigit() or kind_of(words[0]) in ("type", "lead", "highway", "direction"):
        return 0
    for at in range(1, len(words) - 2):
        if words[at].isdigit() and len(words[at]) > 2 and kind_of(words[-1]) == "type":
            return at
    return 0
