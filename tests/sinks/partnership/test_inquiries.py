"""Who may be asked about, and for what; not asked, no answer, no record and a hit are never taken for each other."""

import json
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.agencies import BUNDLED as AGENCIES
from schemas.agreements import BUNDLED, Agreement
from schemas.identity import inquiry_id
from schemas.records import codec
from schemas.records.audit import Dissemination, InquiryRequest, InquiryResponse
from sinks.partnership.inquiries import (
    HOUR_MS,
    Authorization,
    Inquiries,
    InquiryState,
    Refusal,
    authorization,
    decode_inquiries,
    inquiry_times,
    request,
    subjects,
)

FEDERAL_LOCAL = BUNDLED["federal-local"]
NOW = FEDERAL_LOCAL.begins
PURPOSE = "criminal_investigation"
SUSPECT = {"roles": ["SUSPECT"], "name": "EJEMPLO, UNO", "dob": "1990-01-01"}
Report = dict[str, Any]


def report(agency: str = "el_paso_pd", **changes: Any) -> Report:
    made = {
        "report_id": f"{agency}:1",
        "agency": agency,
        "version": 2,
        "traffic": "ACTUAL",
        "status": "ACTIVE",
        "offense": {"concept": "ASSAULT", "family": "ASSAULT"},
        "handling": {"owner_level": "GREEN"},
        "persons": [SUSPECT],
    }
    return {**made, **changes}


def may(
    told: Report,
    service: str = "criminal_history",
    purpose: str = PURPOSE,
    subject: str = "1@2",
    agreements: tuple[Agreement, ...] = tuple(BUNDLED.values()),
    now: int = NOW,
) -> Authorization | Refusal:
    return authorization(told, subject, service, purpose, agreements, AGENCIES.get(told["agency"]), now)


def person(**changes: Any) -> Report:
    return report(persons=[{**SUSPECT, **changes}])


def test_a_party_asks_about_a_suspect_in_its_own_report() -> None:
    under = may(report())

    assert isinstance(under, Authorization)
    assert (under.agreement.agreement_id, under.rule.clause, under.rule.center) == (
        "federal-local",
        "6.1",
        "support_centre",
    )


def test_each_states_rule_pack_has_its_own_services() -> None:
    """California's agencies ask for criminal history alone; Gov. Code 7284.6."""
    found = {
        agency: [service for service in ("background", "biometrics", "criminal_history") if _asked(agency, service)]
        for agency in ("imperial_so", "el_paso_pd", "calexico_pd", "usbp_elc", "nogales_pd")
    }

    assert found == {
        "imperial_so": ["criminal_history"],
        "el_paso_pd": ["background", "biometrics", "criminal_history"],
        "calexico_pd": [],
        "usbp_elc": [],
        "nogales_pd": [],
    }


def _asked(agency: str, service: str) -> bool:
    told = report(agency, offense={"concept": "HOMICIDE", "family": "HOMICIDE"})
    return isinstance(may(told, service), Authorization)


def test_the_calexico_team_has_no_look_ups_by_default() -> None:
    assert BUNDLED["cit"].inquiry_services == ()
    assert may(report("calexico_pd")) is Refusal.NO_AGREEMENT


@pytest.mark.parametrize(
    ("told", "because"),
    [
        (report(offense={"concept": "ILLEGAL_ENTRY", "family": "IMMIGRATION"}), Refusal.OFFENSE),
        (report(offense={}), Refusal.OFFENSE),
        (report(handling={"owner_level": "RED"}), Refusal.RESTRICTED),
        (report(handling={"owner_level": "VIOLET"}), Refusal.RESTRICTED),
        (report(handling={"owner_level": "GREEN", "cui_categories": ["JUVENILE"]}), Refusal.PROTECTED),
        (report(handling={"owner_level": "GREEN", "cui_categories": ["NOT A CATEGORY"]}), Refusal.PROTECTED),
        (report(traffic="EXERCISE"), Refusal.TRAFFIC),
        (report(status="UNFOUNDED"), Refusal.CANCELLED),
        (report(persons=[]), Refusal.NO_SUCH_PERSON),
        (report(version=3), Refusal.NO_SUCH_PERSON),
        (person(roles=[]), Refusal.NO_OFFENSE),
        (person(roles=["VICTIM"]), Refusal.NO_OFFENSE),
        (person(roles=["SUSPECT", "VICTIM"]), Refusal.NO_OFFENSE),
        (person(cui=["IVIC"]), Refusal.PROTECTED),
        (person(cui=["INF"]), Refusal.PROTECTED),
    ],
)
def test_nobody_asks_about_a_victim_or_outside_of_the_agreement(told: Report, because: Refusal) -> None:
    assert may(told) is because


def test_a_report_without_handling_has_its_agencys_default() -> None:
    told = report()
    del told["handling"]
    assert isinstance(may(told), Authorization)

    other = {**told, "offense": {"concept": "SEXUAL_ASSAULT", "family": "SEX_OFFENSE"}}
    assert "SEX_OFFENSE" not in AGENCIES["el_paso_pd"]["default_handling"]
    assert may(other) is Refusal.RESTRICTED
    assert authorization(told, "1@2", "criminal_history", PURPOSE, BUNDLED.values(), None, NOW) is Refusal.RESTRICTED


def test_term_purpose_and_service_are_the_agreements() -> None:
    assert may(report(), now=FEDERAL_LOCAL.begins - 1) is Refusal.NO_AGREEMENT
    assert may(report(), now=FEDERAL_LOCAL.ends) is Refusal.NO_AGREEMENT
    assert may(report(), purpose="operations") is Refusal.PURPOSE
    assert may(report(), service="immigration_status") is Refusal.NO_AGREEMENT
    left = replace(FEDERAL_LOCAL, parties=tuple(p for p in FEDERAL_LOCAL.parties if p.agency_id != "el_paso_pd"))
    assert may(report(), agreements=(left,)) is Refusal.NO_AGREEMENT


roles = st.lists(st.sampled_from(["SUSPECT", "ARRESTEE", "VICTIM", "WITNESS", "INVOLVED", ""]), max_size=3)
marks = st.lists(st.sampled_from(["JUV", "IVIC", "LEI", "INF", "made up"]), max_size=2)
persons = st.fixed_dictionaries({"roles": roles, "cui": marks})
reports = st.builds(
    lambda family, owner_level, persons, categories, traffic, status: report(
        offense={"family": family, "concept": ""},
        handling={"owner_level": owner_level, "cui_categories": categories},
        persons=persons,
        traffic=traffic,
        status=status,
    ),
    st.sampled_from(["ASSAULT", "DRUGS", "IMMIGRATION", ""]),
    st.sampled_from(["GREEN", "YELLOW", "RED", ""]),
    st.lists(persons, max_size=3),
    marks,
    st.sampled_from(["ACTUAL", "TEST"]),
    st.sampled_from(["ACTIVE", "CLOSED", "CANCELLED"]),
)


@given(reports, st.sampled_from(["RED", "category", "person", "role", "traffic", "status"]))
def test_a_restriction_never_lets_more_be_asked(told: Report, restriction: str) -> None:
    handling = told["handling"]
    each: dict[str, Report] = {
        "RED": {"handling": {**handling, "owner_level": "RED"}},
        "category": {"handling": {**handling, "cui_categories": [*handling["cui_categories"], "JUV"]}},
        "person": {"persons": [{**one, "cui": [*one["cui"], "IVIC"]} for one in told["persons"]]},
        "role": {"persons": [{**one, "roles": [*one["roles"], "VICTIM"]} for one in told["persons"]]},
        "traffic": {"traffic": "EXERCISE"},
        "status": {"status": "UNFOUNDED"},
    }

    for subject in subjects(told):
        assert isinstance(may({**told, **each[restriction]}, subject=subject), Refusal)


@given(reports)
def test_who_is_asked_about_is_stated_to_have_committed_an_offense(told: Report) -> None:
    for subject, one in subjects(told).items():
        if isinstance(may(told, subject=subject), Authorization):
            assert one["roles"]
            assert not {"VICTIM", "WITNESS", "INVOLVED", ""} & set(one["roles"])
            assert set(one["cui"]) <= {"LEI"}


def asked(at: int = NOW) -> InquiryRequest:
    under = may(report())
    assert isinstance(under, Authorization)
    return request(report(), "1@2", under, PURPOSE, "detective1", "arrested", at)


NAME = asked()["request_id"]


def answered(outcome: Any, at: int, asked_at: int = NOW) -> InquiryResponse:
    return {
        "request_id": NAME,
        "asked_at": asked_at,
        "outcome": outcome,
        "reference": "",
        "contact": "",
        "by": "clerk1",
        "at": at,
    }


@pytest.mark.parametrize(
    ("requests", "answers", "now", "state"),
    [
        ({}, {}, NOW, InquiryState.NOT_ASKED),
        ({}, {NAME: answered("HIT", NOW)}, NOW, InquiryState.NOT_ASKED),
        ({NAME: asked()}, {}, NOW, InquiryState.NO_ANSWER),
        ({NAME: asked()}, {NAME: answered("UNAVAILABLE", NOW)}, NOW, InquiryState.NO_ANSWER),
        ({NAME: asked()}, {NAME: answered("UNKNOWN", NOW)}, NOW, InquiryState.NO_ANSWER),
        ({NAME: asked()}, {NAME: answered("NO_RECORD", NOW)}, NOW, InquiryState.NO_RECORD),
        ({NAME: asked()}, {NAME: answered("HIT", NOW)}, NOW, InquiryState.HIT),
        ({NAME: asked()}, {NAME: answered("HIT", NOW + 5)}, NOW + 4 + HOUR_MS, InquiryState.HIT),
        ({NAME: asked()}, {NAME: answered("HIT", NOW + 5)}, NOW + 5 + HOUR_MS, InquiryState.NOT_ASKED),
        ({NAME: asked(NOW + 9)}, {NAME: answered("HIT", NOW)}, NOW + 9, InquiryState.NO_ANSWER),
    ],
)
def test_four_states_that_nobody_may_take_for_each_other(
    requests: dict[str, InquiryRequest], answers: dict[str, InquiryResponse], now: int, state: InquiryState
) -> None:
    assert Inquiries(requests, answers).state(NAME, 1, now) is state


def test_what_is_no_answer_says_nothing() -> None:
    good = codec.encode("lookup_request", asked())

    held = decode_inquiries([good, None], [b"nonsense", None, good])

    assert held.state(NAME, 1, NOW) is InquiryState.NO_ANSWER
    assert held.waiting("support_centre") == [asked()]
    assert held.waiting("another") == []


def test_a_center_is_asked_once_whatever_it_said() -> None:
    for outcome in ("UNAVAILABLE", "NO_RECORD", "HIT"):
        assert Inquiries({NAME: asked()}, {NAME: answered(outcome, NOW)}).waiting("support_centre") == []


def test_a_request_tells_no_person() -> None:
    """What a purge would have to reach is not copied: the center reads the report itself, while it may."""
    assert not {"EJEMPLO, UNO", "1990-01-01"} & {str(value) for value in asked().values()}


def test_a_person_without_an_id_of_the_source_is_of_one_version() -> None:
    assert list(subjects(report())) == ["1@2"]
    assert list(subjects(person(pid="P7"))) == ["P7"]
    assert inquiry_id("a:1", "1@2", "background") != inquiry_id("a:1", "1@3", "background")


def line(at: int, audience: str = "el_paso_pd", **asked: str) -> Dissemination:
    told = {"number": at, "reader": "desk", "audience": audience, "purpose": "criminal_investigation", "ids": []}
    return cast(Dissemination, {**told, "at": at, "asked": json.dumps(asked), "outcome": "GIVEN"})


def test_requests_and_their_answers_are_counted_from_the_log_and_what_a_center_wrote_itself() -> None:
    log = [
        line(1, lookup="one", agreement="federal-local"),
        line(2, lookup="two", agreement="federal-local"),
        line(3, lookup="other", agreement="cit"),
        line(4, "b_so", lookup="theirs", agreement="federal-local"),
        line(5, lookup_unavailable="two"),
        line(7, lookup_answer="one"),
        line(9, lookup="one", agreement="federal-local"),
        line(9, lookups="el_paso_pd:1"),
        line(10, lookup="three", agreement="federal-local"),
    ]
    held = Inquiries({}, {"three": answered("NO_RECORD", 12), "two": answered("UNAVAILABLE", 13)})

    found = sorted(inquiry_times(log, held, "federal-local", ("el_paso_pd",)))
    assert found == [(1, 7), (2, None), (9, None), (10, 12)]
