"""What each partnership's memorandum lets its audiences see: every scenario by its name, and the golden matrix."""

from dataclasses import replace
from typing import Any, cast

import orjson
import pytest

from schemas.agencies import BUNDLED as AGENCIES
from schemas.agreements import BUNDLED, Outcome
from schemas.agreements.register import Vetting
from schemas.records.agency import AgencyRow
from schemas.records.incident import PairDecision
from streams.sharing import views, visible
from streams.sharing.policy import Registry, Withholdings, grant, withholdings
from streams.sharing.visible_reports import reports_shared_under
from tests.streams.make_matrix import GOLDEN, matrix
from tests.streams.marked import (
    DAY,
    NOW,
    REGISTRY,
    UNVETTED,
    audience,
    granted,
    handling,
    linked,
    marked,
    offense,
    report,
)
from tests.streams.worlds import decision, explain

FULL, REDACTED, POINTER, NONE = Outcome.FULL, Outcome.REDACTED, Outcome.POINTER, Outcome.NONE
TO_MEXICO = handling(rel_to=["MEX"])


def seen(name: str, *members: dict[str, Any], links: list[PairDecision], registry: Registry = REGISTRY) -> Any:
    """The documents of an audience, parsed."""
    found = reports_shared_under(BUNDLED.values(), registry)(
        [visible.read_report(one) for one in members], links, NOW
    ).get(name)
    return [orjson.loads(one.document) for one in views.build(found, explain(members))] if found else []


def test_the_matrix_is_as_it_was_agreed() -> None:
    """A change of this file is a change of what leaves an agency: `python -m tests.streams.make_matrix`."""
    assert matrix() == GOLDEN.read_text()


# --- 000: Calexico Investigations Team


@pytest.mark.parametrize("concept", ["HOMICIDE", "GANG", "DRUGS"])
def test_cit_pools_its_focus_crimes_in_full(concept: str) -> None:
    for owner in ("calexico_pd:1", "usbp_elc:1"):
        assert granted("cit-team", report(owner, concept))[0] is FULL


def test_cit_gives_a_pointer_or_nothing_outside_its_focus() -> None:
    assert granted("cit-team", report("calexico_pd:1", "WEAPONS")).outcome is POINTER
    assert granted("cit-team", report("calexico_pd:1", "THEFT")).outcome is NONE
    assert granted("cit-team", report("calexico_pd:1", "THEFT")).rules == ("no-rule",)


def test_cit_sb54_pure_border_crossings_never_task_the_police() -> None:
    for concept in ("ILLEGAL_CROSSING", "LOOKOUT"):
        assert granted("cit-team", report("usbp_elc:1", concept)).outcome is NONE
    beside = report("usbp_elc:1", offense=offense("ILLEGAL_CROSSING", "35A"))
    assert granted("cit-team", beside).outcome is NONE
    assert "cit-4.1" in granted("cit-team", beside).rules


@pytest.mark.parametrize("text", ["victim is undocumented", "la víctima es indocumentada", "citizenship unknown"])
def test_cit_sb54_immigration_status_never_leaves(text: str) -> None:
    one = report("calexico_pd:1", narratives=[{"lang": "en", "text": text}], persons=[{"name": "A B"}])
    found = granted("cit-team", one)

    assert found[:3] == (REDACTED, frozenset({"narrative", "persons"}), ("cit-4.2",))
    (document,) = seen(
        "cit-team",
        marked("calexico_pd:1", narratives=[{"lang": "en", "text": text}], persons=[{"name": "A B"}]),
        links=[],
    )
    assert text.rsplit(maxsplit=1)[-1] not in orjson.dumps(document).decode()
    assert document["reports"][0]["withheld"] == ["narrative", "persons"]


def test_cit_sb54_no_immigration_purpose() -> None:
    assert not {p for one in BUNDLED["cit"].audiences for p in one.purposes} & set(BUNDLED["cit"].denied_purposes)
    only = handling(purposes=["immigration_enforcement"])
    assert granted("cit-team", report("calexico_pd:1", handling=only)).outcome is NONE


def test_cit_agents_act_in_the_team_under_the_city_police() -> None:
    (role,) = BUNDLED["cit"].roles

    assert (role.under, role.reads) == ("calexico_pd", ("cit-team",))


def test_cit_ends_by_itself_after_two_years() -> None:
    cit = BUNDLED["cit"]
    one = report("calexico_pd:1")

    assert cit.extendable
    assert (cit.ends - cit.begins) // DAY == 730
    assert granted("cit-team", one, now=cit.ends - 1).outcome is FULL
    assert granted("cit-team", one, now=cit.ends)[:3] == (NONE, frozenset(), ("term",))


def test_cit_owes_the_council_a_report_each_quarter() -> None:
    assert [(one.to, one.every) for one in BUNDLED["cit"].reports] == [("Calexico City Council", "quarter")]


def test_cit_nothing_flows_to_mexico_through_it() -> None:
    """No transitive release: what the team shares does not reach whoever one of its members shares with elsewhere."""
    assert all(one.country == "USA" for one in BUNDLED["cit"].audiences)
    found = reports_shared_under(BUNDLED.values(), REGISTRY)([report("calexico_pd:1", handling=TO_MEXICO)], [], NOW)
    assert set(found) == {"cit-team"}


# --- 001: federal-local


def test_federal_local_trafficking_is_not_smuggling() -> None:
    trafficking, smuggling = (
        granted("federal-local-ca", report("imperial_so:1", one, persons=[{"name": "A B"}]))
        for one in ("TRAFFICKING", "SMUGGLING")
    )

    assert trafficking.withheld == {"narrative", "persons", "place"}
    assert smuggling.withheld == {"persons"}
    assert not set(trafficking.rules) & set(smuggling.rules)


def test_federal_local_everybody_is_a_victim_until_an_offense_is_stated() -> None:
    for roles in ([], ["INVOLVED"], ["VICTIM"], ["SUSPECT", "VICTIM"]):
        one = report("el_paso_pd:1", "SMUGGLING", persons=[{"name": "A B", "roles": roles}])
        assert "persons" in granted("federal-local-tx", one).withheld
    stated = report("el_paso_pd:1", "SMUGGLING", persons=[{"name": "A B", "roles": ["SUSPECT"]}])
    assert granted("federal-local-tx", stated).outcome is FULL
    both = report("el_paso_pd:1", "SMUGGLING", persons=[{"roles": ["SUSPECT"]}, {"roles": ["VICTIM"]}])
    assert "persons" in granted("federal-local-tx", both).withheld


def test_federal_local_rule_packs_follow_the_states_of_owner_and_recipient() -> None:
    crossing = report("el_paso_pd:1", "ILLEGAL_CROSSING")

    assert granted("federal-local-tx", crossing).outcome is POINTER
    assert granted("federal-local-ca", crossing).outcome is NONE
    assert granted("federal-local-tx", report("imperial_so:1", "ILLEGAL_CROSSING")).outcome is NONE


# --- 002 and 003: Arizona-Sonora


def test_actt_goes_to_mexico_only_where_the_owner_wrote_rel_to() -> None:
    for told in (None, handling(), handling(rel_to=["CAN"]), handling(rel_to=["MEX"], caveats=["NOFORN"])):
        assert granted("actt-mx", report("nogales_pd:1", "DRUGS", handling=told)).outcome is NONE
    assert granted("actt-mx", report("nogales_pd:1", "DRUGS", handling=TO_MEXICO)).outcome is FULL


def test_actt_the_unvetted_get_a_pointer_at_most() -> None:
    one = report("nogales_pd:1", "DRUGS", handling=TO_MEXICO)

    assert granted("actt-mx", one, UNVETTED)[:3] == (POINTER, frozenset(), ("vetting",))


def test_actt_a_vetting_ends_with_the_clock() -> None:
    one = report("nogales_pd:1", "DRUGS", handling=TO_MEXICO)

    assert granted("actt-mx", one, now=NOW + DAY - 1).outcome is FULL
    assert granted("actt-mx", one, now=NOW + DAY).outcome is POINTER


def test_actt_another_level_of_vetting_is_none() -> None:
    lower = Registry(REGISTRY.agency, [Vetting("actt-mx", "interview", 0, 2 * NOW)])

    assert granted("actt-mx", report("nogales_pd:1", "DRUGS", handling=TO_MEXICO), lower).outcome is POINTER


def test_actt_mexican_police_get_no_pure_border_crossing() -> None:
    pure = report("usbp_tca:1", "ILLEGAL_CROSSING", handling=TO_MEXICO)
    beside = report("usbp_tca:1", offense=offense("ILLEGAL_CROSSING", "35A"), handling=TO_MEXICO)

    assert granted("actt-mx", pure)[:3] == (NONE, frozenset(), ("actt-4.1",))
    assert granted("actt-mx", beside).outcome is FULL
    assert granted("actt-us", pure).outcome is FULL


def test_actt_nationality_is_stripped_for_mexico() -> None:
    one = report("usbp_tca:1", "DRUGS", handling=TO_MEXICO, narratives=[{"lang": "en", "text": "2 mexican nationals"}])

    assert granted("actt-mx", one).withheld == {"narrative", "persons"}
    assert granted("actt-us", one).outcome is FULL


def test_actt_officer_safety_cautions_come_at_once_even_with_a_pointer() -> None:
    caution = {"type": "OFFICER_SAFETY", "text": "rocks from the fence line"}
    own = marked("c5_sonora:1", "ASSAULT")
    yellow = marked("usbp_tca:2", "ASSAULT", handling=handling("YELLOW", rel_to=["MEX"]), cautions=[caution])
    (document,) = seen("actt-mx", own, yellow, links=[decision("c5_sonora:1", "usbp_tca:2")], registry=UNVETTED)

    name = "US Border Patrol, Tucson Sector"
    assert document["pointers"] == [{"agency": "usbp_tca", "contact": name, "cautions": [caution]}]
    assert document["report_ids"] == ["c5_sonora:1"]
    assert "decisions" not in document


def test_actt_a_pointer_tells_whom_to_call_and_nothing_else() -> None:
    desk = handling("YELLOW", rel_to=["MEX"], contact="Watch desk, extension 12")
    yellow = marked("usbp_tca:2", "DRUGS", handling=desk)
    (document,) = seen("actt-mx", marked("c5_sonora:1"), yellow, links=[decision("c5_sonora:1", "usbp_tca:2")])

    assert document["pointers"] == [{"agency": "usbp_tca", "contact": "Watch desk, extension 12"}]
    assert b"usbp_tca:2" not in orjson.dumps(document)


def test_actt_a_pointer_to_a_red_or_unlinked_report_is_none() -> None:
    red = marked("usbp_tca:2", "DRUGS", handling=handling("RED", rel_to=["MEX"]))
    yellow = marked("usbp_tca:3", "DRUGS", handling=handling("YELLOW", rel_to=["MEX"]))
    drill = marked("usbp_tca:4", "DRUGS", handling=handling("YELLOW", rel_to=["MEX"]), traffic="EXERCISE")
    gone = marked("usbp_tca:5", "DRUGS", handling=handling("YELLOW", rel_to=["MEX"]), cancelled=True)
    links = [decision("c5_sonora:1", f"usbp_tca:{at}", -4.0 if at == 3 else 4.0) for at in (2, 3, 4, 5)]
    (document,) = seen("actt-mx", marked("c5_sonora:1"), red, yellow, drill, gone, links=links)

    assert "pointers" not in document


def test_actt_a_child_shot_in_nogales_is_one_incident_and_stays_protected() -> None:
    text = [{"lang": "es", "text": "comandante y su hija heridos"}]
    son = marked("c5_sonora:1", "SHOOTING", narratives=text, persons=[{"name": "X Y", "cui": ["CVIC"]}])
    az = marked("nogales_pd:2", "SHOOTING", persons=[{"name": "X Y", "cui": ["JUV"]}])
    (document,) = seen("actt-us", son, az, links=[linked("actt-us", son, az)])

    assert document["report_ids"] == ["c5_sonora:1", "nogales_pd:2"]
    assert not {"location", "address", "disagree"} & document.keys()
    assert all(not {"persons", "narratives", "lat", "address", "match"} & one.keys() for one in document["reports"])
    assert "hija" not in orjson.dumps(document).decode()


def test_actt_a_liaison_reads_both_sides_and_widens_nothing() -> None:
    (liaison,) = BUNDLED["actt"].roles

    assert liaison.reads == ("actt-us", "actt-mx")
    assert all("liaison" not in (*rule.audiences, rule.vetting) for rule in BUNDLED["actt"].rules)


@pytest.mark.parametrize(
    ("geography", "place", "outcome"),
    [
        ((), {}, FULL),
        (("TCA", "MX-SON"), {"state": "US-AZ", "county": "Santa Cruz", "sector": "TCA"}, FULL),
        (("US-AZ/Santa Cruz",), {"state": "US-AZ", "county": "Santa Cruz", "sector": "TCA"}, FULL),
        (("US-AZ",), {"state": "US-AZ", "county": "", "sector": ""}, FULL),
        (("US-AZ/Santa Cruz",), {"state": "US-AZ", "county": "Cochise", "sector": "TCA"}, NONE),
        (("US-AZ/Santa Cruz",), {"state": "US-TX", "county": "Santa Cruz", "sector": ""}, NONE),
        (("US-AZ/Santa Cruz",), {"state": "US-AZ", "county": "", "sector": ""}, NONE),
        (("TCA", "MX-SON"), {"state": "", "county": "", "sector": ""}, NONE),
        (("TCA", "MX-SON"), {}, NONE),
    ],
)
def test_an_agreement_holds_for_its_geography_and_what_lies_nowhere_is_outside(
    geography: tuple[str, ...], place: dict[str, str], outcome: Outcome
) -> None:
    agreement, who = audience("actt-us")
    one = report("usbp_tca:1", "DRUGS", place=place).judged

    assert grant(one, who, replace(agreement, geography=geography), REGISTRY, NOW).outcome is outcome


def test_actt_replicated_elsewhere_is_another_file() -> None:
    agreement, _ = audience("actt-us")
    one = report("nogales_pd:1")

    assert reports_shared_under([], REGISTRY)([one], [], NOW) == {}
    assert reports_shared_under([agreement], REGISTRY)([one], [], NOW)["actt-us"].grants["nogales_pd:1"].outcome is FULL


# --- 004: South Texas-Tamaulipas


@pytest.mark.parametrize(
    "concept", ["KIDNAPPING", "ASSAULT", "HOMICIDE", "BURGLARY", "FUGITIVE", "VEHICLE_THEFT", "ATTEMPT_TO_LOCATE"]
)
def test_best_stx_shares_its_crimes_and_the_wanted_on_both_sides(concept: str) -> None:
    assert granted("best-stx-us", report("c5_tamaulipas:1", concept)).outcome is FULL
    assert granted("best-stx-mx", report("laredo_pd:1", concept, handling=TO_MEXICO)).withheld == {"firearms"}


@pytest.mark.parametrize("concept", ["SEARCH_WARRANT", "RESISTING", "ORDER_VIOLATION"])
def test_best_stx_no_search_and_no_protection_order_passes_for_a_wanted_person(concept: str) -> None:
    for one in ("best-stx-us", "best-stx-mx", "best-stx-arms"):
        assert granted(one, report("tx_dps:1", concept, handling=TO_MEXICO)).outcome is NONE


def test_best_stx_firearm_data_goes_to_the_vetted_unit_alone() -> None:
    gun = report("laredo_pd:1", "WEAPONS", handling=TO_MEXICO, weapons=[{"force_category": "11", "serial": "X1"}])
    beside = report("laredo_pd:2", "HOMICIDE", handling=TO_MEXICO, weapons=[{"force_category": "11", "serial": "X1"}])

    assert granted("best-stx-arms", gun).outcome is FULL
    assert granted("best-stx-arms", gun, UNVETTED).outcome is NONE
    assert granted("best-stx-mx", gun).outcome is NONE
    assert granted("best-stx-mx", beside).withheld == {"firearms"}


def test_best_stx_is_many_to_many() -> None:
    assert {one.role for one in BUNDLED["best-stx"].parties} == {"local", "state", "federal", "Mexican partner"}


# --- what holds for all


def test_an_agency_that_the_registry_does_not_know_is_not_released() -> None:
    assert granted("cit-team", report("calexico_pd:1"), Registry(lambda _: None)).rules == ("registry",)


def test_an_agency_that_did_not_sign_is_not_released() -> None:
    assert granted("cit-team", report("laredo_pd:1")).outcome is NONE


def test_an_error_while_deciding_releases_nothing() -> None:
    broken = report("calexico_pd:1", handling={"owner_level": "GREEN", "caveats": [1]})

    assert granted("cit-team", broken)[:3] == (NONE, frozenset(), ("error",))


def test_missing_handling_takes_the_registrys_default_and_else_the_most_restrictive() -> None:
    assert granted("cit-team", report("calexico_pd:1", handling=None)).outcome is FULL
    rows = {name: cast(AgencyRow, {**row, "default_handling": {}}) for name, row in AGENCIES.items()}
    bare = Registry(rows.get)
    assert granted("cit-team", report("calexico_pd:1", handling=None), bare).outcome is NONE
    assert granted("cit-team", report("calexico_pd:1", handling={}), REGISTRY).outcome is NONE


def test_federal_only_needs_every_reader_to_be_federal() -> None:
    assert granted("cit-team", report("usbp_elc:1", handling=handling(caveats=["FED ONLY"]))).outcome is NONE


def test_what_is_withheld_is_looked_up_again_once_it_is_forgotten() -> None:
    agreements = list(BUNDLED.values())
    known, one = Withholdings(agreements, REGISTRY), report("calexico_pd:1", "TRAFFICKING").judged
    before = known(one)
    assert before == withholdings(one, agreements, REGISTRY) != set()

    agreements.clear()
    assert known(one) == before
    known.forget()
    assert known(one) == set()
