"""Comparisons of narratives, independent of language: injuries, heading, counts, weapons, actions."""

from functools import lru_cache
from typing import NamedTuple

from schemas.text.lexicon import FORMS, Kind
from streams.dedupe.levels import level_for
from streams.dedupe.profile import Profile

_KIND = {entry.concept: entry.kind for forms in FORMS.values() for entry in forms.values()}
_DEGREES = frozenset({"injury", "severe", "minor_injury", "dead"})
_NEAR = 2
_MOST = 0.6
_AMBULANCE = "MEDICAL"
_INJURIES = {"NONE": "not hurt", "MINOR": "slightly hurt", "SEVERE": "badly hurt", "FATAL": "dead"}


class NarrativeConcepts(NamedTuple):
    """The concepts of a narrative by kind."""

    headings: frozenset[str]
    counts: frozenset[int]
    weapons: frozenset[str]
    actions: frozenset[str]


@lru_cache(maxsize=65_536)
def concepts_by_kind(words: tuple[str, ...]) -> NarrativeConcepts:
    """Sort concepts by their kind; degrees of injury are left out, since they are compared on their own."""

    def of(*kinds: Kind) -> frozenset[str]:
        return frozenset(word for word in words if _KIND.get(word) in kinds)

    return NarrativeConcepts(
        headings=of(Kind.DIRECTION),
        counts=frozenset(int(word) for word in of(Kind.NUMBER)),
        weapons=of(Kind.WEAPON),
        actions=of(Kind.ACTION, Kind.THING, Kind.INJURY) - _DEGREES,
    )


def injury(left: Profile, right: Profile) -> str:
    """Return whether the injuries are of one degree, or an ambulance call without a narrative fits the injury."""
    if left.injury and right.injury:
        return "same" if left.injury == right.injury else "other"
    if not left.injury and not right.injury:
        return ""
    injured, other = (left, right) if left.injury else (right, left)
    ambulance = other.family == _AMBULANCE and injured.family != _AMBULANCE and not other.words
    return f"ambulance, {_INJURIES[injured.injury]}" if ambulance else ""


def _any_in_common(left: frozenset[str], right: frozenset[str]) -> str:
    if not left or not right:
        return ""
    return "same" if left & right else "other"


def heading(left: Profile, right: Profile) -> str:
    """Return whether both narratives state the same direction."""
    return _any_in_common(concepts_by_kind(left.words).headings, concepts_by_kind(right.words).headings)


def count(left: Profile, right: Profile) -> str:
    """Return whether both narratives state the same number of persons or things, or nearly the same."""
    left_counts, right_counts = concepts_by_kind(left.words).counts, concepts_by_kind(right.words).counts
    if not left_counts or not right_counts:
        return ""
    smallest = min(abs(a - b) for a in left_counts for b in right_counts)
    return level_for(smallest, ((0, "same"), (_NEAR, "near")), "other")


def weapon(left: Profile, right: Profile) -> str:
    """Return whether both narratives state the same weapon."""
    return _any_in_common(concepts_by_kind(left.words).weapons, concepts_by_kind(right.words).weapons)


def actions(left: Profile, right: Profile) -> str:
    """Return how much of the shorter narrative's actions the other one states, too."""
    left_actions, right_actions = concepts_by_kind(left.words).actions, concepts_by_kind(right.words).actions
    fewest, shared = min(len(left_actions), len(right_actions)), len(left_actions & right_actions)
    if not fewest:
        return ""
    if not shared:
        return "none shared"
    if shared / fewest <= _MOST:
        return "some shared"
    return "most shared" if shared > 1 else "one shared"
