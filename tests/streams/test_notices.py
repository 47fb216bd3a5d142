"""Who is told whose reports theirs were joined with: as agreements allow, once, and never of what they may not see."""

from collections.abc import Sequence
from typing import Any, cast

import pytest

from schemas import wire
from schemas.agreements import BUNDLED
from schemas.audited import Notice
from schemas.records import PairDecision
from streams import release
from streams.notices import FRESH_MS, tells
from streams.shares import shares
from tests.streams.fakes import NOW as PUBLISHED
from tests.streams.fakes import Runner
from tests.streams.marked import NOW, REGISTRY, marked
from tests.streams.test_release import MASTER
from tests.streams.worlds import decision, record

EVERY = BUNDLED.values()
PD, BP = "calexico_pd:1", "usbp_elc:1"
JOINED = decision(PD, BP, 9.0)


def sharing() -> Runner:
    stage = release.stage(MASTER, 1, shares=shares(EVERY, REGISTRY), tells=tells(EVERY, REGISTRY))
    return Runner(stage)


def told(runner: Runner) -> list[Notice]:
    found = []
    for topic, outputs in runner.topics.items():
        if topic.startswith("notices."):
            found += [cast(Notice, wire.trusted("notice", output.value)) for output in outputs]
            assert all(topic == f"notices.{one['agency_id']}" for one in found[-len(outputs) :])
    return sorted(found, key=lambda one: one["notice_id"])


def joined(left: dict[str, Any], right: dict[str, Any], links: Sequence[PairDecision] = (JOINED,)) -> list[Notice]:
    runner = sharing()
    runner([record([_fresh(left), _fresh(right)], links)], now=NOW)
    return told(runner)


def _fresh(member: dict[str, Any], age_ms: int = 1_000) -> dict[str, Any]:
    """A member that was published so long before NOW."""
    enriched = wire.trusted("enriched_report", member["enriched"])
    enriched["source"]["timestamp"] = NOW - age_ms
    return {**member, "enriched": wire.encode("enriched_report", enriched)}


def level(name: str) -> dict[str, Any]:
    return {"owner_level": name}


def test_two_dispatchers_whose_reports_were_joined_are_each_told_of_the_other() -> None:
    first, second = joined(marked(PD), marked(BP))

    assert (first["agency_id"], first["report_id"], first["other_report_id"]) == ("calexico_pd", PD, BP)
    assert (second["agency_id"], second["report_id"], second["other_report_id"]) == ("usbp_elc", BP, PD)
    assert {(one["kind"], one["verdict"], one["at"]) for one in (first, second)} == {("JOINED", "SAME", NOW)}
    assert "cit-team" in (first["audience"], second["audience"])


def test_a_red_report_is_told_to_its_owner_alone() -> None:
    (one,) = joined(marked(PD, handling=level("RED")), marked(BP))

    assert (one["agency_id"], one["kind"], one["other_report_id"]) == ("calexico_pd", "DECONFLICTION", BP)


def test_of_two_red_reports_nobody_is_told() -> None:
    assert joined(marked(PD, handling=level("RED")), marked(BP, handling=level("RED"))) == []


def test_of_a_yellow_report_its_owner_is_to_be_called_and_nothing_else_is_told() -> None:
    contact = {**level("YELLOW"), "contact": "watch desk"}
    found = {one["agency_id"]: one for one in joined(marked(PD), marked(BP, handling=contact))}

    assert found["calexico_pd"]["contact"] == "watch desk"
    assert (found["calexico_pd"]["other_report_id"], found["usbp_elc"]["other_report_id"]) == ("", PD)
    assert BP not in str(found["calexico_pd"])


def test_the_owner_of_a_red_report_learns_whom_to_call_about_a_yellow_one() -> None:
    (one,) = joined(marked(PD, handling=level("RED")), marked(BP, handling=level("YELLOW")))
    assert (one["agency_id"], one["kind"], one["other_report_id"]) == ("calexico_pd", "DECONFLICTION", "")


@pytest.mark.parametrize("verdict", ["UNSURE", "NOT_SAME"])
def test_what_was_not_joined_is_not_told(verdict: Any) -> None:
    assert joined(marked(PD), marked(BP), [{**JOINED, "verdict": verdict}]) == []


def test_agencies_without_a_common_agreement_are_told_nothing() -> None:
    links = [decision("calexico_pd:1", "laredo_pd:1", 9.0)]
    assert joined(marked("calexico_pd:1"), marked("laredo_pd:1"), links) == []


def test_an_agreement_that_does_not_say_so_tells_nobody() -> None:
    silent = [one for one in EVERY if one.agreement_id != "cit"]
    runner = Runner(release.stage(MASTER, 1, shares=shares(EVERY, REGISTRY), tells=tells(silent, REGISTRY)))
    runner([record([_fresh(marked(PD)), _fresh(marked(BP))], [JOINED])], now=NOW)
    assert told(runner) == []


def test_a_notice_is_told_once_and_of_old_reports_none() -> None:
    runner = sharing()
    members = [_fresh(marked(PD)), _fresh(marked(BP))]
    runner([record(members, [JOINED])], now=NOW)
    runner([record([_fresh(marked(PD, version=2)), members[1]], [JOINED])], now=NOW + 5)
    assert len(told(runner)) == 2

    old = sharing()
    old([record([_fresh(marked(PD), FRESH_MS + 1), _fresh(marked(BP), FRESH_MS + 1)], [JOINED])], now=NOW)
    assert told(old) == []
    assert PUBLISHED < NOW - FRESH_MS, "what the fakes publish is old"


def test_what_was_not_delivered_is_told_again() -> None:
    runner, members = sharing(), [_fresh(marked(PD)), _fresh(marked(BP))]
    records = [record(members, [JOINED])]
    lost = runner.stage.process(records, runner.state, NOW)
    assert sum(output.topic.startswith("notices.") for output in lost.outputs) == 2

    runner(records, now=NOW)
    assert len(told(runner)) == 2


def test_hidden_reports_change_no_notice() -> None:
    """With and without a RED report of another agency, an agency is told the same."""
    hidden = marked("imperial_so:1", handling=level("RED"))
    links = [JOINED, decision(PD, "imperial_so:1", 9.0), decision(BP, "imperial_so:1", 9.0)]
    runner = sharing()
    members = sorted([_fresh(marked(PD)), _fresh(marked(BP)), _fresh(hidden)], key=lambda one: one["report_id"])
    runner([record(members, links)], now=NOW)

    mine = [one for one in told(runner) if one["agency_id"] in ("calexico_pd", "usbp_elc")]
    assert mine == joined(marked(PD), marked(BP))
