"""Comparisons of who and what was there: licence plates, vehicles, persons, units."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import permutations

from rapidfuzz.distance import OSA

from streams.dedupe.profile import Profile

MOST_VEHICLES = 4
"""Vehicles of one report that are compared: every way of pairing them is tried."""
_SHORTEST_PART = 4
"""Letters of a plate or name from which a part or a slip is taken for the whole."""

_PLATES = ("other", "alike", "same")
_PERSONS = ("other", "a name", "born another day", "surname", "same", "same, born that day")


def _read(plate: str) -> str:
    return plate.replace("?", "")


@lru_cache(maxsize=65_536)
def _plates(one: str, other: str) -> int:
    """Rank two plates: '?' stands for one or more characters that nobody read."""
    if one == other:
        return 1 if "?" in one else 2
    if "?" in one and "?" in other:
        return int(_read(one)[:3] == _read(other)[:3])
    if "?" in one or "?" in other:
        pattern, whole = (one, other) if "?" in one else (other, one)
        return int(re.fullmatch(re.escape(pattern).replace(r"\?", ".+"), whole) is not None)
    if min(len(one), len(other)) < _SHORTEST_PART:
        return 0
    return int(one in other or other in one or OSA.distance(one, other) <= 1)


def plate(left: Profile, right: Profile) -> str:
    """Whether a licence plate is the same, or may be: a part, one slip, characters that were not read."""
    if not left.plates or not right.plates:
        return ""
    return _PLATES[max(_plates(one, other) for one in left.plates for other in right.plates)]


def _parts_agree(one: str, other: str) -> bool:
    """Tell whether two parts of names may be one: the same, its initial, a slip in a long one."""
    if one == other or (min(len(one), len(other)) == 1 and one[0] == other[0]):
        return True
    return min(len(one), len(other)) >= _SHORTEST_PART and OSA.distance(one, other) <= 1


def _split(person: str) -> tuple[list[str], str]:
    """Give the parts of a name, and the digits of the date of birth."""
    parts = person.split()
    return [part for part in parts if not part.isdigit()], next((part for part in parts if part.isdigit()), "")


@lru_cache(maxsize=65_536)
def _persons(one: str, other: str) -> int:
    """Rank two persons. One surname of two may be missing; parts that nothing answers on both sides are another's."""
    parts, born = _split(one)
    others, born_too = _split(other)
    hit = next(((a, b) for a in parts for b in others if len(a) > 1 and len(b) > 1 and _parts_agree(a, b)), None)
    if hit is None:
        return 0
    rest, rest_too = [a for a in parts if a != hit[0]], [b for b in others if b != hit[1]]
    dated = min(len(born), len(born_too))
    if dated and born[:dated] != born_too[:dated]:
        return 2
    if not rest or not rest_too:
        return 4 if one == other and rest else 3
    if not any(_parts_agree(a, b) for a in rest for b in rest_too):
        return 1
    return 5 if dated == 8 else 4


def person(left: Profile, right: Profile) -> str:
    """Whether a person is the same: two names agree, or the one that is told; a date of birth may speak against it."""
    if not left.persons or not right.persons:
        return ""
    return _PERSONS[max(_persons(one, other) for one in left.persons for other in right.persons)]


@lru_cache(maxsize=65_536)
def _vehicles(one: str, other: str) -> int:
    """Count the parts of two descriptions that agree; -1 where one does not."""
    told = [(a, b) for a, b in zip(one.split("/"), other.split("/"), strict=False) if a and b]
    same = sum(a == b for a, b in told)
    return -1 if same < len(told) else same


def _paired(few: Sequence[str], many: Sequence[str]) -> list[int]:
    """Pair vehicles so that as few as can be disagree and as much as can be agrees."""
    ways = (
        [_vehicles(one, other) for one, other in zip(few, chosen, strict=True)]
        for chosen in permutations(many, len(few))
    )
    return max(ways, key=lambda way: (-way.count(-1), sum(same for same in way if same > 0)))


def vehicle(left: Profile, right: Profile) -> str:
    """Whether the vehicles agree in what both tell of them: colour, make, kind."""
    if not left.vehicles or not right.vehicles:
        return ""
    few, many = sorted((left.vehicles[:MOST_VEHICLES], right.vehicles[:MOST_VEHICLES]), key=lambda one: (len(one), one))
    way = _paired(few, many)
    against, agree = way.count(-1), sum(same for same in way if same > 0)
    if not against:
        return "same" if agree > 1 else "alike" if agree else ""
    if agree:
        return "one of several"
    return "other" if against == sum(same != 0 for same in way) else ""


def unit(left: Profile, right: Profile) -> str:
    """Whether both name a unit that was sent; other units say nothing, as each agency sends its own."""
    return "same" if set(left.units) & set(right.units) else ""
