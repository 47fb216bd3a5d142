"""Narratives at the edges of their levels; the concepts are those of the lexicon."""

import pytest

from schemas.text.lexicon import FORMS, Kind
from streams.dedupe import compare_narrative
from streams.dedupe.compare_narrative import actions, concepts_by_kind, count, heading, injury, weapon
from streams.dedupe.profile import Profile
from tests.streams.dedupe.profiles_of import profile


def narrated(*words: str) -> Profile:
    return profile(words=words)


ACTIONS = sorted({each.concept for each in FORMS["en"].values() if each.kind is Kind.ACTION})


@pytest.mark.parametrize(
    ("one", "other", "level"), [("2", "2", "same"), ("2", "3", "near"), ("2", "4", "near"), ("2", "5", "other")]
)
def test_counts_are_near_up_to_two_apart(one: str, other: str, level: str) -> None:
    assert count(narrated(one), narrated(other)) == count(narrated(other), narrated(one)) == level
    assert count(narrated(one), narrated()) == ""


def test_the_nearest_of_several_counts_decides() -> None:
    assert count(narrated("1", "9"), narrated("4", "9")) == "same"


def test_the_share_of_the_shorter_narratives_actions_decides() -> None:
    assert len(ACTIONS) >= 7, "the lexicon has these actions"
    one, two, three, four, five, six, seven = ACTIONS[:7]

    assert actions(narrated(one), narrated(one, two, three)) == "one shared"
    assert actions(narrated(one, two), narrated(one, two, three)) == "most shared"
    assert actions(narrated(one, two), narrated(one, three)) == "some shared"
    assert actions(narrated(one, two, three), narrated(one, two, four)) == "most shared"
    three_of_five = narrated(one, two, three, six, seven)
    assert actions(narrated(one, two, three, four, five), three_of_five) == "some shared"
    assert actions(narrated(one), narrated(two)) == "none shared"
    assert actions(narrated(one), narrated()) == ""


def test_degrees_of_injury_are_no_actions() -> None:
    assert concepts_by_kind(("injury", "severe", "minor_injury", "dead")).actions == frozenset()


def test_what_only_one_narrative_states_counts_neither_way() -> None:
    north, south = narrated("northbound"), narrated("southbound")

    assert (heading(north, north), heading(north, south), heading(north, narrated())) == ("same", "other", "")
    assert weapon(narrated(), narrated()) == ""


@pytest.mark.parametrize(("degree", "text"), compare_narrative._INJURIES.items())
def test_an_ambulance_call_without_a_narrative_fits_an_injury(degree: str, text: str) -> None:
    hurt, call = profile(injury=degree, family="ASSAULT"), profile(family="MEDICAL")

    assert injury(hurt, call) == injury(call, hurt) == f"ambulance, {text}"
    assert injury(hurt, call._replace(words=("flee",))) == ""
    assert injury(hurt._replace(family="MEDICAL"), call) == ""
    assert injury(hurt, profile(family="FIRE")) == ""


def test_two_stated_injuries_are_of_one_degree_or_of_two() -> None:
    minor, severe = profile(injury="MINOR"), profile(injury="SEVERE")

    assert (injury(minor, minor), injury(minor, severe), injury(profile(), profile())) == ("same", "other", "")
