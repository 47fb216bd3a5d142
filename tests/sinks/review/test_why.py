"""What explains two reports: the recorded decision, else comparing them now; and why they are where they are."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from schemas.records.incident import ExplainedDecision
from sinks.index.port import Hit
from sinks.review.why import Explanation, explain_pair, explanation
from sinks.search.reader import NotFound, ReportView
from streams.dedupe.explain import explain
from tests.sinks.joined import BP, DOCUMENT, OTHER, PD, decision, fill, member
from tests.sinks.world import World


class Apart(NamedTuple):
    """Why two reports are never compared."""

    rule: str = "time window"
    detail: str = "66 min apart"


def view(name: str, incident: str, *decisions: ExplainedDecision) -> ReportView:
    return ReportView(member(name, 0), Hit(incident, {"decisions": list(decisions)}))


def recorded(verdict: str, together: bool) -> Explanation:
    return explanation(view(PD, "i1", decision(PD, BP, verdict)), view(BP, "i1" if together else "i2"), unexpected)


def unexpected(left: Mapping[str, Any], right: Mapping[str, Any]) -> Apart:
    pytest.fail("a recorded decision is not made again")


@pytest.mark.parametrize("place", [0, 1])
def test_a_decision_may_be_recorded_in_the_incident_of_either_report(place: int) -> None:
    own = decision(PD, BP, "UNSURE", 5.5)
    decisions = [[own], []] if place == 0 else [[decision(PD, OTHER)], [own]]

    found = explanation(view(PD, "i1", *decisions[0]), view(BP, "i2", *decisions[1]), unexpected)
    assert (found.decision, found.recorded, found.together) == (own, True, False)


def test_without_a_recorded_decision_the_two_are_compared_now() -> None:
    compared: list[tuple[str, str]] = []

    def compare(left: Mapping[str, Any], right: Mapping[str, Any]) -> ExplainedDecision:
        compared.append((left["report_id"], right["report_id"]))
        return decision(PD, BP, "NOT_SAME", -3.0)

    now = explanation(view(PD, "i1", decision(PD, OTHER)), view(BP, "i2"), compare)
    assert (compared, now.recorded) == ([(PD, BP)], False)
    assert "no decision is recorded; this is what comparing them gives now" in now.lines()
    assert now.as_json()["recorded"] is False


def test_a_recorded_decision_is_not_marked_as_made_now() -> None:
    assert not [line for line in recorded("SAME", together=True).lines() if "no decision is recorded" in line]


@pytest.mark.parametrize(
    ("verdict", "together", "whereabouts"),
    [
        ("SAME", True, "in one incident now, i1"),
        ("NOT_SAME", True, "in one incident now, i1: other reports connect them"),
        ("NOT_SAME", False, "in two incidents now, i1 and i2"),
        ("SAME", False, "in two incidents now, i1 and i2: what is known of other reports keeps them apart"),
    ],
)
def test_where_the_reports_are_is_explained_where_their_own_decision_says_otherwise(
    verdict: str, together: bool, whereabouts: str
) -> None:
    assert whereabouts in recorded(verdict, together).lines()


def test_what_is_never_compared_shows_the_rule_and_no_evidence() -> None:
    apart = explanation(view(PD, "i1"), view(BP, "i2"), lambda *_: Apart())

    assert apart.lines()[2:] == ["", "never compared: time window: 66 min apart", "in two incidents now, i1 and i2"]
    fields = apart.as_json()
    assert (fields["decision"], fields["not_compared"]) == (None, {"rule": "time window", "detail": "66 min apart"})
    assert recorded("SAME", together=True).as_json()["not_compared"] is None


def test_control_characters_of_a_report_do_not_reach_the_terminal() -> None:
    apart = explanation(view("a_pd:1\x1b[2J", "i1"), view(BP, "i2"), lambda *_: Apart(detail="\x1b[2J"))

    assert not [line for line in apart.lines() if "\x1b" in line]


@pytest.mark.parametrize("pair", [(PD, BP), (BP, PD)])
async def test_the_smaller_report_is_left_whichever_is_named_first(world: World, pair: tuple[str, str]) -> None:
    found = await explain_pair(world.session, pair, unexpected, "internal", "operations")

    assert (found.left.report["report_id"], found.right.report["report_id"]) == (PD, BP)
    assert found.decision == decision(PD, BP)


async def test_a_report_that_an_audience_does_not_see_is_as_one_that_does_not_exist(world: World) -> None:
    await fill(world.index, {"v1": {**DOCUMENT, "reports": DOCUMENT["reports"][:1], "report_ids": [PD]}}, "calexico_pd")

    for name in (BP, "a_pd:nothing"):
        with pytest.raises(NotFound):
            await explain_pair(world.session, (PD, name), unexpected, "calexico_pd", "operations")


async def test_the_matcher_explains_reports_as_the_index_has_them(world: World) -> None:
    found = explain(DOCUMENT["reports"][0], DOCUMENT["reports"][2])

    assert isinstance(found, dict) or (found.rule and found.detail)
