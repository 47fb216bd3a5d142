"""Comparisons of who and what was there: license plates, vehicles, persons, units."""

import re
from collections.abc import Sequence
from enum import IntEnum
from functools import lru_cache
from itertools import permutations

from rapidfuzz.distance import OSA

from streams.dedupe.profile import Profile

MOST_VEHICLES = 4
"""Vehicles of one report that are compared: every way of pairing them is tried."""
_SHORTEST_PART = 4
"""Characters of a plate or name from which a part or a typo is taken for the whole."""
_FULL_DATE = 8
"""Digits of a full date of birth, YYYYMMDD."""


class PlateLevel(IntEnum):
    """How far two license plates agree; a higher level outranks a lower one."""

    OTHER = 0
    ALIKE = 1
    SAME = 2


class PersonLevel(IntEnum):
    """How far two persons agree; a higher level outranks a lower one."""

    OTHER = 0
    ONE_NAME = 1
    OTHER_BIRTH_DATE = 2
    SURNAME = 3
    SAME = 4
    SAME_BORN_THAT_DAY = 5


_PLATES = ("other", "alike", "same")
"""Names of PlateLevel in the table of weights."""
_PERSONS = ("other", "a name", "born another day", "surname", "same", "same, born that day")
"""Names of PersonLevel in the table of weights."""


def _legible(plate: str) -> str:
    return plate.replace("?", "")


@lru_cache(maxsize=65_536)
def _plate_level(left: str, right: str) -> PlateLevel:
    """Compare two plates: '?' stands for one or more characters that could not be read."""
    if left == right:
        return PlateLevel.ALIKE if "?" in left else PlateLevel.SAME
    if "?" in left and "?" in right:
        alike = _legible(left)[:3] == _legible(right)[:3]
    elif "?" in left or "?" in right:
        pattern, whole = (left, right) if "?" in left else (right, left)
        alike = re.fullmatch(re.escape(pattern).replace(r"\?", ".+"), whole) is not None
    elif min(len(left), len(right)) < _SHORTEST_PART:
        alike = False
    else:
        alike = left in right or right in left or OSA.distance(left, right) <= 1
    return PlateLevel.ALIKE if alike else PlateLevel.OTHER


def plate(left: Profile, right: Profile) -> str:
    """Return how far the license plates agree: the same, alike (a part, a typo, unread characters), or other."""
    if not left.plates or not right.plates:
        return ""
    return _PLATES[max(_plate_level(one, other) for one in left.plates for other in right.plates)]


def _parts_agree(left: str, right: str) -> bool:
    """Return whether two parts of names may be the same: equal, an initial of the other, or a typo in a long one."""
    if left == right or (min(len(left), len(right)) == 1 and left[0] == right[0]):
        return True
    return min(len(left), len(right)) >= _SHORTEST_PART and OSA.distance(left, right) <= 1


def _split(person: str) -> tuple[list[str], str]:
    """Return the parts of a name, and the digits of the date of birth."""
    parts = person.split()
    return [part for part in parts if not part.isdigit()], next((part for part in parts if part.isdigit()), "")


@lru_cache(maxsize=65_536)
def _person_level(left: str, right: str) -> PersonLevel:
    """Compare two persons. One of two surnames may be missing; parts left over on both sides are another person's."""
    left_parts, left_born = _split(left)
    right_parts, right_born = _split(right)
    agreed = next(
        ((a, b) for a in left_parts for b in right_parts if len(a) > 1 and len(b) > 1 and _parts_agree(a, b)), None
    )
    if agreed is None:
        return PersonLevel.OTHER
    left_rest = [part for part in left_parts if part != agreed[0]]
    right_rest = [part for part in right_parts if part != agreed[1]]
    dated = min(len(left_born), len(right_born))
    if dated and left_born[:dated] != right_born[:dated]:
        return PersonLevel.OTHER_BIRTH_DATE
    if not left_rest or not right_rest:
        return PersonLevel.SAME if left == right and left_rest else PersonLevel.SURNAME
    if not any(_parts_agree(a, b) for a in left_rest for b in right_rest):
        return PersonLevel.ONE_NAME
    return PersonLevel.SAME_BORN_THAT_DAY if dated == _FULL_DATE else PersonLevel.SAME


def person(left: Profile, right: Profile) -> str:
    """Return how far the persons agree, by the best pair; a date of birth may speak against it."""
    if not left.persons or not right.persons:
        return ""
    return _PERSONS[max(_person_level(one, other) for one in left.persons for other in right.persons)]


_CONFLICT = -1


@lru_cache(maxsize=65_536)
def _agreeing_parts(left: str, right: str) -> int:
    """Count the parts of two vehicle descriptions that agree; _CONFLICT where one does not."""
    stated = [(a, b) for a, b in zip(left.split("/"), right.split("/"), strict=False) if a and b]
    same = sum(a == b for a, b in stated)
    return _CONFLICT if same < len(stated) else same


def _best_pairing(few: Sequence[str], many: Sequence[str]) -> list[int]:
    """Pair vehicles so that as few as possible conflict and as many parts as possible agree."""
    pairings = (
        [_agreeing_parts(one, other) for one, other in zip(few, chosen, strict=True)]
        for chosen in permutations(many, len(few))
    )
    return max(pairings, key=lambda pairing: (-pairing.count(_CONFLICT), sum(same for same in pairing if same > 0)))


def vehicle(left: Profile, right: Profile) -> str:
    """Return how far the vehicles agree in what both reports state: color, make, type."""
    if not left.vehicles or not right.vehicles:
        return ""
    few, many = sorted(
        (left.vehicles[:MOST_VEHICLES], right.vehicles[:MOST_VEHICLES]), key=lambda listed: (len(listed), listed)
    )
    pairing = _best_pairing(few, many)
    conflicts, agree = pairing.count(_CONFLICT), sum(same for same in pairing if same > 0)
    if not conflicts:
        return "same" if agree > 1 else "alike" if agree else ""
    if agree:
        return "one of several"
    return "other" if conflicts == sum(same != 0 for same in pairing) else ""


def unit(left: Profile, right: Profile) -> str:
    """Return 'same' where both state a unit; other units mean nothing, because each agency sends its own."""
    return "same" if set(left.units) & set(right.units) else ""
