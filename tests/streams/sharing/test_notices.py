"""Who is told whose reports theirs were joined with: as agreements allow, once, and never of what they may not see."""

from collections.abc import Sequence
from typing import Any, cast

import pytest

from schemas.agreements import BUNDLED
from schemas.identity import incident_id
from schemas.records import codec
from schemas.records.audit import Notice
from schemas.records.incident import PairDecision
from streams import release
from streams.sharing.notices import FRESH_MS, notices_allowed_under
from streams.sharing.visible_reports import reports_shared_under
from tests.streams.fakes import NOW as PUBLISHED
from tests.streams.fakes import Runner
from tests.streams.marked import NOW, REGISTRY, marked
from tests.streams.test_release import MASTER
from tests.streams.worlds import decision, levels, record

EVERY = BUNDLED.values()
PD, BP = "calexico_pd:1", "usbp_elc:1"
JOINED = decision(PD, BP, 9.0)


def sharing() -> Runner:
    stage = release.stage(
        MASTER, 1, shared=reports_shared_under(EVERY, REGISTRY), notices=notices_allowed_under(EVERY, REGISTRY)
    )
    return Runner(stage)


def told(runner: Runner) -> list[Notice]:
    found = []
    for topic, outputs in runner.topics.items():
        if topic.startswith("notices."):
            found += [cast(Notice, codec.decode_trusted("notice", output.value)) for output in outputs]
            assert all(topic == f"notices.{one['agency_id']}" for one in found[-len(outputs) :])
    return sorted(found, key=lambda one: one["notice_id"])


def joined(left: dict[str, Any], right: dict[str, Any], links: Sequence[PairDecision] = (JOINED,)) -> list[Notice]:
    runner = sharing()
    runner([record([_fresh(left), _fresh(right)], links)], now=NOW)
    return told(runner)


def _fresh(member: dict[str, Any], age_ms: int = 1_000) -> dict[str, Any]:
    """A member that was published so long before NOW."""
    enriched = codec.decode_trusted("enriched_report", member["enriched"])
    enriched["source"]["timestamp"] = NOW - age_ms
    return {**member, "enriched": codec.encode("enriched_report", enriched)}


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

    assert (found["calexico_pd"]["contact"], found["calexico_pd"]["verdict"]) == ("watch desk", "")
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
    runner = Runner(
        release.stage(
            MASTER, 1, shared=reports_shared_under(EVERY, REGISTRY), notices=notices_allowed_under(silent, REGISTRY)
        )
    )
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


@pytest.mark.parametrize(("age_ms", "count"), [(3_600_000, 2), (3_600_001, 0)])
def test_a_report_is_old_an_hour_after_the_later_of_the_two_was_published(age_ms: int, count: int) -> None:
    runner = sharing()
    runner([record([_fresh(marked(PD), 2 * age_ms), _fresh(marked(BP), age_ms)], [JOINED])], now=NOW)

    assert len(told(runner)) == count


def test_what_was_told_is_known_after_a_restart() -> None:
    runner, members = sharing(), [_fresh(marked(PD)), _fresh(marked(BP))]
    runner([record(members, [JOINED])], now=NOW)
    assert runner.rebuilt() == runner.state.values
    runner.state.kept.clear()

    runner([record([_fresh(marked(PD, version=2)), members[1]], [JOINED])], now=NOW + 5)
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


def yellow(number: int) -> dict[str, Any]:
    return _fresh(marked(f"usbp_elc:{number}", handling={**level("YELLOW"), "contact": f"desk {number}"}))


APART = {
    "a plate": levels(plate="same"),
    "a plate at that time": levels(plate="same", time="30 s"),
    "a person at that place": levels(person="same", distance="30 m: 1 x", time="13 min"),
    "a number": levels(reference="claimed"),
    "nothing that was compared": b"",
}


@pytest.mark.parametrize("what", APART)
@pytest.mark.parametrize("verdict", ["SAME", "RELATED", "CONTINUES"])
def test_whether_there_is_something_is_not_answered_by_a_person_a_plate_or_a_number(what: str, verdict: Any) -> None:
    link: PairDecision = {**JOINED, "verdict": verdict, "levels": APART[what]}

    mine = joined(marked(PD), marked(BP, handling=level("YELLOW")), [link])
    assert [one for one in mine if one["agency_id"] == "calexico_pd"] == []
    assert joined(marked(PD, handling=level("RED")), marked(BP), [link]) == []
    assert len(joined(marked(PD), marked(BP), [link])) == 2, "what is visible to both is told to both"


def of(runner: Runner, report_id: str) -> list[Notice]:
    return [one for one in told(runner) if one["report_id"] == report_id]


def test_a_red_report_hears_of_three_for_ever_whatever_becomes_of_it() -> None:
    runner, own = sharing(), _fresh(marked(PD, handling=level("RED")))
    others = [_fresh(marked(f"usbp_elc:{number}"), 5_000 - number) for number in range(1, 6)]

    def near(*members: dict[str, Any]) -> None:
        links = [decision(PD, one["report_id"], 9.0) for one in members]
        runner([record([own, *members], links)], now=NOW)

    near(*others[:2])
    near(*others[2:])
    near(*others)
    heard = [one["other_report_id"] for one in of(runner, PD) if one["kind"] == "DECONFLICTION"]
    assert set(heard) == {one["report_id"] for one in others[:3]}


def test_of_several_that_cannot_be_seen_one_notice_tells_the_agency_and_whom_to_call() -> None:
    runner = sharing()
    links = [decision(PD, f"usbp_elc:{number}", 9.0) for number in (1, 2)]
    runner([record([_fresh(marked(PD)), yellow(1), yellow(2)], links)], now=NOW)

    (one,) = of(runner, PD)
    assert (one["other_agency_id"], one["other_report_id"], one["verdict"]) == ("usbp_elc", "", "")
    assert one["contact"] in ("desk 1", "desk 2")


def test_no_notice_rests_on_a_vetting() -> None:
    """The unit reads the report; a notice would go to its whole agency."""
    own, arms = marked("c5_tamaulipas:1", "WEAPONS"), marked("laredo_pd:1", "WEAPONS", handling={"rel_to": ["MEX"]})
    link = decision("c5_tamaulipas:1", "laredo_pd:1", 9.0)

    assert [one for one in joined(own, arms, [link]) if one["agency_id"] == "c5_tamaulipas"] == []


def withdrawn(runner: Runner) -> set[str]:
    return {one["report_id"] for one in told(runner) if one["kind"] == "WITHDRAWN"}


@pytest.mark.parametrize("gone", [PD, BP])
def test_what_is_sealed_is_withdrawn_once(gone: str) -> None:
    sealed: set[str] = set()
    stage = release.stage(
        MASTER,
        1,
        shared=reports_shared_under(EVERY, REGISTRY),
        sealed=sealed,
        notices=notices_allowed_under(EVERY, REGISTRY),
    )
    runner, written = Runner(stage), [record([_fresh(marked(PD)), _fresh(marked(BP))], [JOINED])]
    runner(written, now=NOW)
    assert withdrawn(runner) == set()

    sealed.add(gone)
    for later in (1, 2):
        runner(written, now=NOW + later)
    assert withdrawn(runner) == {PD, BP}
    assert len(told(runner)) == 4
    assert all(one["other_report_id"] == one["contact"] == "" for one in told(runner) if one["kind"] == "WITHDRAWN")


@pytest.mark.parametrize(("gone", "left"), [(PD, BP), (BP, PD)])
@pytest.mark.parametrize("order", [1, -1])
def test_what_is_purged_is_withdrawn_from_both(gone: str, left: str, order: int) -> None:
    runner, members = sharing(), {PD: _fresh(marked(PD)), BP: _fresh(marked(BP))}
    runner([record(list(members.values()), [JOINED])], now=NOW)

    erased = record([], departed=[gone], name=incident_id([gone]), state="PURGED")
    standing = record([members[left]], name=incident_id([left]))
    runner([erased, standing][::order], now=NOW + 1)
    assert withdrawn(runner) == {PD, BP}


def test_what_an_agreement_let_be_told_is_withdrawn_when_it_ends() -> None:
    runner, written = sharing(), [record([_fresh(marked(PD)), _fresh(marked(BP))], [JOINED])]
    runner(written, now=NOW)
    runner(written, now=max(one.ends for one in EVERY))

    assert withdrawn(runner) == {PD, BP}


def test_what_is_linked_no_longer_is_withdrawn_and_told_again_when_it_is() -> None:
    runner, members = sharing(), [_fresh(marked(PD)), _fresh(marked(BP))]
    for links in ([JOINED], [], [JOINED]):
        runner([record(members, links)], now=NOW)

    kinds = [one["kind"] for one in told(runner) if one["report_id"] == PD]
    assert sorted(kinds) == ["JOINED", "JOINED", "WITHDRAWN"]


def test_a_notice_on_what_cannot_be_seen_is_an_exposure_until_it_is_withdrawn() -> None:
    runner, members = sharing(), [_fresh(marked(PD)), _fresh(marked(BP, handling=level("YELLOW")))]

    def exposed() -> list[list[str]]:
        made = [codec.decode_trusted("exposure", output.value) for output in runner.topics["exposures"]]
        return [[report["report_id"] for report in one["reports"]] for one in made if one["view_id"].startswith(PD)]

    runner([record(members, [JOINED])], now=NOW)
    assert exposed() == [[BP]]
    runner([record(members, [])], now=NOW + 1)
    assert exposed() == [[BP], []]
