"""What must hold of release in every world: fail closed, no widening by a restriction, no trace of what is hidden."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any, cast

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.agencies import BUNDLED as AGENCIES
from schemas.agreements import BUNDLED, Agreement, Outcome, bundled_text
from schemas.agreements.register import AgreementRegister
from schemas.records.incident import TOMBSTONE_STATES, PairDecision
from schemas.records.order import AgreementOrder
from streams import release
from streams.release import reports_by_owner
from streams.sharing.policy import Registry, grant
from streams.sharing.views import build
from streams.sharing.visible import read_report
from streams.sharing.visible_reports import policy_fingerprint, reports_shared_under
from tests.streams.fakes import Runner
from tests.streams.marked import NOW, REGISTRY, marked, offense
from tests.streams.test_release import MASTER, released, views
from tests.streams.worlds import decision, explain, record

AUDIENCES = [(agreement, audience) for agreement in BUNDLED.values() for audience in agreement.audiences]
OWNERS = ("c5_sonora", "calexico_pd", "el_paso_pd", "laredo_pd", "nogales_pd", "usbp_elc", "usbp_tca", "stranger_pd")
CONCEPTS = (
    "HOMICIDE",
    "TRAFFICKING",
    "SMUGGLING",
    "ILLEGAL_CROSSING",
    "DRUGS",
    "WEAPONS",
    "ASSAULT",
    "THEFT",
    "FUGITIVE",
)
TEXTS = ("silver sedan seen", "subject undocumented", "herido de nacionalidad no dicha")

handlings = st.none() | st.fixed_dictionaries(
    {
        "owner_level": st.sampled_from(["GREEN", "GREEN", "YELLOW", "RED", "PURPLE"]),
        "caveats": st.lists(st.sampled_from(["NOFORN", "FED ONLY", "DL ONLY", "EYES ONLY"]), max_size=1),
        "cui_categories": st.lists(st.sampled_from(["JUVENILE", "WITNESS", "INFORMANT", "NEW ONE"]), max_size=1),
        "rel_to": st.sampled_from([[], ["MEX"], ["USA"], ["MEX", "USA"]]),
        "purposes": st.sampled_from([[], ["criminal_investigation"], ["immigration_enforcement"]]),
    }
)


@st.composite
def told(draw: st.DrawFn) -> dict[str, Any]:
    """What a report tells, and how it is marked."""
    concept = draw(st.sampled_from(CONCEPTS))
    beside = draw(st.sampled_from([(), ("35A",)]))
    person = {"name": "A B", "roles": draw(st.sampled_from([[], ["SUSPECT"], ["VICTIM"]]))}
    return {
        "offense": offense(concept, *beside, text=concept),
        "handling": draw(handlings),
        "narratives": [{"lang": "en", "text": draw(st.sampled_from(TEXTS))}],
        "persons": draw(st.sampled_from([[], [person]])),
        "weapons": draw(st.sampled_from([[], [{"force_category": "11"}]])),
    }


@st.composite
def worlds(draw: st.DrawFn) -> tuple[dict[str, dict[str, Any]], list[PairDecision]]:
    """Reports of several agencies, and what is decided on pairs of them."""
    owners = draw(st.lists(st.sampled_from(OWNERS), min_size=2, max_size=5))
    members = {
        f"{owner}:{at}": marked(f"{owner}:{at}", **draw(told()), **_found_by(at)) for at, owner in enumerate(owners)
    }
    links = [
        decision(left, right, draw(st.sampled_from([-9.0, -1.0, 4.0, 14.0])))
        for left, right in combinations(sorted(members), 2)
    ]
    return members, links


def _found_by(at: int) -> dict[str, Any]:
    """A plate of its vehicles and one of its narrative, and a name: of one report alone."""
    keys = {"plates": [f"CAR{at}", f"SAID{at}"], "persons": [f"ejemplo p{at}"]}
    return {"vehicles": [{"plate": f"car-{at}"}], "match": keys}


def restricted(one: dict[str, Any], how: str) -> dict[str, Any]:
    """The same report under one more restriction."""
    handling = one["handling"] or {"owner_level": "GREEN", "caveats": [], "cui_categories": [], "rel_to": []}
    changes: dict[str, Any] = {
        "yellow": {"owner_level": {"GREEN": "YELLOW"}.get(handling["owner_level"], handling["owner_level"])},
        "red": {"owner_level": "RED"},
        "noforn": {"caveats": [*handling["caveats"], "NOFORN"]},
        "juvenile": {"cui_categories": [*handling["cui_categories"], "JUVENILE"]},
        "purpose": {"purposes": ["victim_services"]},
    }[how]
    # Without a marking of its own a report has the registry's: then only what cannot widen that is compared.
    return {**one, "handling": {**handling, **changes}}


@settings(max_examples=1_000)
@given(
    st.sampled_from(AUDIENCES),
    st.sampled_from(OWNERS),
    told(),
    st.sampled_from(["yellow", "red", "noforn", "juvenile", "purpose"]),
)
def test_adding_a_marking_never_shows_more(
    who: tuple[Agreement, Any], owner: str, one: dict[str, Any], how: str
) -> None:
    if one["handling"] is None:
        one = {**one, "handling": {"owner_level": "GREEN", "caveats": [], "cui_categories": [], "rel_to": []}}
    before, after = (
        grant(read_report(marked(f"{owner}:1", **each)).judged, who[1], who[0], REGISTRY, NOW)
        for each in (one, restricted(one, how))
    )

    assert after.outcome <= before.outcome
    assert after.outcome <= Outcome.POINTER or after.withheld >= before.withheld


@settings(max_examples=1_000)
@given(st.sampled_from(AUDIENCES), st.sampled_from(OWNERS), told(), st.integers(0, 2 * NOW))
def test_no_agreement_no_vetting_no_registry_no_more(
    who: tuple[Agreement, Any], owner: str, one: dict[str, Any], now: int
) -> None:
    agreement, audience = who
    report = read_report(marked(f"{owner}:1", **one)).judged
    full = grant(report, audience, agreement, REGISTRY, NOW)

    assert grant(report, audience, agreement, Registry(REGISTRY.agency), NOW).outcome <= full.outcome
    assert grant(report, audience, agreement, Registry(lambda _: None), NOW).outcome is Outcome.NONE
    fewer = replace(agreement, rules=tuple(rule for rule in agreement.rules if rule.effect != "release"))
    own = audience.readers == (owner,)
    assert own or grant(report, audience, fewer, REGISTRY, NOW).outcome is Outcome.NONE
    if not agreement.begins <= now < agreement.ends:
        assert grant(report, audience, agreement, REGISTRY, now).outcome is Outcome.NONE
    if owner not in agreement.members():
        assert full.outcome is Outcome.NONE


@settings(max_examples=1_000)
@given(worlds())
def test_what_is_shown_is_what_was_granted_field_by_field(
    world: tuple[dict[str, dict[str, Any]], list[PairDecision]],
) -> None:
    members, links = world
    reports = [read_report(one) for one in members.values()]
    by_id = {one.report_id: one for one in reports}
    for name, seen in reports_shared_under(BUNDLED.values(), REGISTRY)(reports, links, NOW).items():
        agreement, audience = next(each for each in AUDIENCES if each[1].name == name)
        for document in (orjson.loads(one.document) for one in build(seen, explain(members.values()))):
            for one in document["reports"]:
                given_ = grant(by_id[one["report_id"]].judged, audience, agreement, REGISTRY, NOW)
                assert given_.outcome >= Outcome.REDACTED
                assert set(one.get("withheld", ())) == given_.withheld
            whole = [one["report_id"][-1] for one in document["reports"] if "withheld" not in one]
            cars = [one["report_id"][-1] for one in document["reports"] if "vehicles" not in one.get("withheld", ())]
            may = {*(f"CAR{at}" for at in cars), *(f"SAID{at}" for at in whole)}
            assert set(document.get("plates", ())) == may
            assert {name[-1] for name in document.get("names", ()) if "ejemplo" in name} == set(whole)
            assert set(document.get("wanted_plates", ())) <= may
            looking = [one for one in document["reports"] if one["report_id"] in document.get("wanted_by", ())]
            suspects = [each for one in looking for each in one.get("persons", ()) if each["roles"] == ["SUSPECT"]]
            assert bool(document.get("wanted_names")) == bool(suspects)
            told_ = orjson.dumps(document)
            hidden = [
                one for one in by_id.values() if grant(one.judged, audience, agreement, REGISTRY, NOW).outcome <= 1
            ]
            assert not any(orjson.dumps(one.report_id) in told_ for one in hidden)


def _run(members: Mapping[str, Any], links: Sequence[PairDecision]) -> Runner:
    """Release a world as one incident record."""
    among = [one for one in links if one["left"] in members and one["right"] in members]
    runner = Runner(release.stage(MASTER, 1, reports_by_owner, reports_shared_under(BUNDLED.values(), REGISTRY)))
    runner([record(list(members.values()), among)] if members else [], now=NOW)
    return runner


@settings(max_examples=1_000)
@given(worlds(), st.sampled_from(AUDIENCES))
def test_what_an_audience_may_not_see_leaves_no_trace(
    world: tuple[dict[str, dict[str, Any]], list[PairDecision]], who: tuple[Agreement, Any]
) -> None:
    """Names, bytes and versions are the same with and without the reports of which it gets nothing at all."""
    agreement, audience = who
    members, links = world
    visible = {
        name: one
        for name, one in members.items()
        if grant(read_report(one).judged, audience, agreement, REGISTRY, NOW).outcome is not Outcome.NONE
    }

    def told_(some: Mapping[str, Any]) -> dict[str, Any]:
        found = views(_run(some, links)).values()
        return {one["view_id"]: (one["revision"], one["document"]) for one in found if one["audience"] == audience.name}

    assert told_(members) == told_(visible)


def test_a_view_of_an_agreement_that_ended_is_withdrawn_when_its_incident_is_looked_at_again() -> None:
    one = [record([marked("calexico_pd:1")])]
    runner = Runner(release.stage(MASTER, 1, reports_by_owner, reports_shared_under(BUNDLED.values(), REGISTRY)))
    runner(one, now=NOW)
    assert {v["audience"] for v in views(runner).values() if v["state"] not in TOMBSTONE_STATES} == {
        "internal",
        "calexico_pd",
        "cit-team",
    }

    runner(one, now=BUNDLED["cit"].ends)
    (ended,) = [v for v in views(runner).values() if v["audience"] == "cit-team"]
    assert (ended["state"], ended["document"]) == ("WITHDRAWN", b'{"state":"WITHDRAWN"}')


def sharing() -> Runner:
    every = BUNDLED.values()
    return Runner(release.stage(MASTER, 1, reports_by_owner, reports_shared_under(every, REGISTRY)))


def open_to(runner: Runner, audience: str) -> int:
    return sum(v["audience"] == audience and v["state"] not in TOMBSTONE_STATES for v in views(runner).values())


@pytest.mark.parametrize(
    "tightened", [{"owner_level": "RED"}, {"owner_level": "YELLOW"}, {"owner_level": "GREEN", "caveats": ["DL ONLY"]}]
)
def test_a_marking_that_is_tightened_withdraws_the_view_with_that_version(tightened: dict[str, Any]) -> None:
    runner = sharing()
    runner([record([marked("calexico_pd:1")])], now=NOW)
    assert open_to(runner, "cit-team") == 1

    runner([record([marked("calexico_pd:1", version=2, handling=tightened)])], now=NOW)
    assert open_to(runner, "cit-team") == 0
    assert open_to(runner, "calexico_pd") == 1


def test_a_replay_after_the_end_does_not_bring_a_view_back() -> None:
    runner, cit, one = sharing(), BUNDLED["cit"], [record([marked("calexico_pd:1")])]
    runner(one, now=NOW)
    assert [o.decoded.state for o in runner(one, now=cit.ends).outputs if o.decoded] == ["WITHDRAWN"]
    assert not runner(one, now=cit.ends).outputs

    fresh = sharing()
    fresh(one, now=cit.ends)
    assert open_to(fresh, "cit-team") == 0


def order(name: str, **changes: Any) -> AgreementOrder:
    made = {"order_id": name, "kind": "AGREEMENT", "text": "", "begins": NOW, "ends": None, "by": "x", "why": "y"}
    return cast(AgreementOrder, {**made, "at": NOW, **changes})


def vetting(ends: int) -> AgreementOrder:
    return order("actt-mx/background_check", kind="VETTING", begins=NOW - 1, ends=ends)


def test_a_vetting_that_ends_leaves_no_view_when_the_incident_is_looked_at_again() -> None:
    orders = AgreementRegister()
    registry = Registry(REGISTRY.agency, orders.vettings.values())
    runner = Runner(
        release.stage(MASTER, 1, reports_by_owner, reports_shared_under(orders.agreements.values(), registry))
    )
    one = [record([marked("nogales_pd:1", handling={"owner_level": "GREEN", "rel_to": ["MEX"]})])]
    runner(one, now=NOW)
    assert open_to(runner, "actt-mx") == 0

    orders.apply(vetting(NOW + 10))
    runner(one, now=NOW)
    (shown,) = [orjson.loads(v["document"]) for v in views(runner).values() if v["audience"] == "actt-mx"]
    assert shown["vetting"] == ["background_check"]
    assert not any(
        "vetting" in orjson.loads(v["document"]) for v in views(runner).values() if v["audience"] != "actt-mx"
    )

    assert not runner(one, now=NOW + 9).outputs
    runner(one, now=NOW + 10)
    assert open_to(runner, "actt-mx") == 0


def test_what_the_shares_rest_on_changes_with_everything_that_decides_and_with_nothing_else() -> None:
    orders, rows, sealed = AgreementRegister(), dict(AGENCIES), set[str]()
    registry = Registry(rows.get, orders.vettings.values())
    cit = BUNDLED["cit"]

    def now(at: int = NOW) -> bytes:
        return policy_fingerprint(orders.agreements.values(), registry, sealed, at)

    told = [now(), now(cit.ends)]
    orders.apply(vetting(NOW + 10))
    told += [now(), now(NOW - 2)]
    rows["nogales_pd"] = {**rows["nogales_pd"], "default_handling": {"*": "RED"}}
    told += [now()]
    orders.apply(order("cit", text=bundled_text("cit").replace("version = 1", "version = 2")))
    told += [now()]

    sealed.add("calexico_pd:1")
    told += [now()]

    assert told[3] == told[0], "a vetting that has not begun decides nothing"
    assert len(set(told)) == len(told) - 1
    rows["nobody_pd"] = rows["nogales_pd"]
    assert now() == told[-1]


def test_released_without_agreements_shares_nothing() -> None:
    assert {v["audience"] for v in views(released([record([marked("calexico_pd:1")])])).values()} == {
        "internal",
        "calexico_pd",
    }
