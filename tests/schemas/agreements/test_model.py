"""An agreement answers from its rules: when it is in force, what it focuses on, which vettings count."""

from dataclasses import replace

import pytest

from schemas.agreements import BUNDLED, Outcome
from schemas.agreements.model import Agreement, Audience, Checkpoint, Focus, Rule


def test_the_term_begins_with_its_first_moment_and_ends_before_its_last() -> None:
    cit = BUNDLED["cit"]

    assert cit.in_force(cit.begins)
    assert not cit.in_force(cit.begins - 1)
    assert not cit.in_force(cit.ends)


def test_the_focus_is_what_an_audience_is_shown_in_full() -> None:
    (team,) = BUNDLED["cit"].audiences
    focus = BUNDLED["cit"].focus(team)
    assert sorted(focus.families) == ["DRUGS", "GANG", "HOMICIDE", "TRAFFICKING"]
    assert focus.covers({"offense_family": ["ASSAULT", "GANG"]})
    assert not focus.covers({"offense_family": ["ASSAULT"], "offense": ["GANG"]})

    summit = BUNDLED["best-stx"]
    armed = {one.name for one in summit.audiences if summit.focus(one).covers({"offense_family": ["WEAPONS"]})}
    assert armed == {"best-stx-us", "best-stx-arms"}
    assert all(summit.focus(one).covers({"offense": ["ATTEMPT_TO_LOCATE"]}) for one in summit.audiences)


def rule(effect: str, outcome: str = "", **changes: object) -> Rule:
    return Rule(rule_id="r", clause="1", text="t", effect=effect, outcome=outcome, **changes)  # type: ignore[arg-type]


TEAM = Audience("x-team", "USA", (), (), "agreed", "2", vetting="background_check")


def agreement(*rules: Rule) -> Agreement:
    return replace(BUNDLED["cit"], audiences=(TEAM,), rules=rules)


def test_outcomes_are_ordered_from_nothing_to_all() -> None:
    assert sorted(Outcome) == [Outcome.NONE, Outcome.POINTER, Outcome.REDACTED, Outcome.FULL]
    assert rule("limit", "POINTER").cap is Outcome.POINTER


@pytest.mark.parametrize(
    ("other", "focused"),
    [
        (rule("release", "FULL", families=("GANG",)), True),
        (rule("release", "FULL", families=("GANG",), audiences=("x-team",)), True),
        (rule("release", "FULL", families=("GANG",), audiences=("y-team",)), False),
        (rule("release", "REDACTED", families=("GANG",)), False),
        (rule("limit", "FULL", families=("GANG",)), False),
    ],
)
def test_only_a_full_release_to_an_audience_is_in_its_focus(other: Rule, focused: bool) -> None:
    assert ("GANG" in agreement(other).focus(TEAM).families) is focused


def test_a_focus_covers_an_incident_of_any_of_its_families_or_offenses() -> None:
    focus = Focus(frozenset({"DRUGS"}), frozenset({"FUGITIVE"}))

    assert focus.covers({"offense_family": ["DRUGS", "TRAFFIC"], "offense": []})
    assert focus.covers({"offense": ["FUGITIVE"]})
    assert not focus.covers({"offense": ["DRUGS"], "offense_family": ["FUGITIVE"]})
    assert not focus.covers({})
    assert not Focus(frozenset(), frozenset()).covers({"offense": ["FUGITIVE"]})


def test_the_vetting_levels_of_an_audience_are_its_own_and_those_of_its_rules() -> None:
    rules = [rule("release", "FULL", vetting="arms"), rule("release", "FULL", vetting="dna", audiences=("y-team",))]

    assert agreement(*rules).levels(TEAM) == {"background_check", "arms"}
    assert agreement().levels(replace(TEAM, vetting="")) == frozenset()


def test_a_checkpoint_is_active_from_its_begin_to_before_its_end() -> None:
    checkpoint = Checkpoint("c", 31.0, -110.0, 10, 20, "5")

    assert [at for at in (9, 10, 19, 20) if checkpoint.active_at(at)] == [10, 19]
