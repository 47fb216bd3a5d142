"""Comparisons of what is narrated, language apart: injuries, which way, how many, with what, what happened."""

from functools import lru_cache
from typing import NamedTuple

from schemas.text.lexicon import FORMS, Kind
from streams.dedupe.levels import step
from streams.dedupe.profile import Profile

_KIND = {entry.concept: entry.kind for forms in FORMS.values() for entry in forms.values()}
_GRADES = frozenset({"injury", "severe", "minor_injury", "dead"})
_NEAR = 2
_MOST = 0.6
_AMBULANCE = "MEDICAL"
_HURT = {"NONE": "not hurt", "MINOR": "slightly hurt", "SEVERE": "badly hurt", "FATAL": "dead"}


class Told(NamedTuple):
    """The concept words of a narrative by what they are."""

    headings: frozenset[str]
    counts: frozenset[int]
    weapons: frozenset[str]
    deeds: frozenset[str]


@lru_cache(maxsize=65_536)
def told(words: tuple[str, ...]) -> Told:
    """Sort concept words by their kind; grades of injuries are compared by themselves."""

    def of(*kinds: Kind) -> frozenset[str]:
        return frozenset(word for word in words if _KIND.get(word) in kinds)

    counts = frozenset(int(word) for word in of(Kind.NUMBER))
    return Told(of(Kind.DIRECTION), counts, of(Kind.WEAPON), of(Kind.ACTION, Kind.THING, Kind.INJURY) - _GRADES)


def injury(left: Profile, right: Profile) -> str:
    """Whether the injuries are of one degree; whether an ambulance that tells nothing was called for it."""
    if left.injury and right.injury:
        return "same" if left.injury == right.injury else "other"
    if not left.injury and not right.injury:
        return ""
    one, other = (left, right) if left.injury else (right, left)
    called = other.family == _AMBULANCE and one.family != _AMBULANCE and not other.words
    return f"ambulance, {_HURT[one.injury]}" if called else ""


def _either(left: frozenset[str], right: frozenset[str]) -> str:
    if not left or not right:
        return ""
    return "same" if left & right else "other"


def heading(left: Profile, right: Profile) -> str:
    """Whether both narrate the same direction."""
    return _either(told(left.words).headings, told(right.words).headings)


def count(left: Profile, right: Profile) -> str:
    """Whether both narrate the same number of persons or things, or one that a second look would give."""
    some, others = told(left.words).counts, told(right.words).counts
    if not some or not others:
        return ""
    return step(min(abs(a - b) for a in some for b in others), ((0, "same"), (_NEAR, "near")), "other")


def weapon(left: Profile, right: Profile) -> str:
    """Whether both narrate the same weapon."""
    return _either(told(left.words).weapons, told(right.words).weapons)


def deeds(left: Profile, right: Profile) -> str:
    """How much of what happened by the shorter narrative the other tells, too."""
    some, others = told(left.words).deeds, told(right.words).deeds
    least, shared = min(len(some), len(others)), len(some & others)
    if not least:
        return ""
    if not shared:
        return "none shared"
    if shared / least <= _MOST:
        return "some shared"
    return "most shared" if shared > 1 else "one shared"
