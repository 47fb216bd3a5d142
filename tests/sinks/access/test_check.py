"""A partnership's audience is open while its agreement is in force, and for its own purposes alone."""

import pytest

from schemas.agreements import BUNDLED, bundled_text
from schemas.agreements.register import AgreementRegister
from schemas.agreements.report_orders import ReportOrderRegister, report_order
from schemas.errors import Denied
from sinks.access.check import WrongPurpose, check_access, supervising_agency
from sinks.index.port import NoAudience
from tests.schemas.agreements.test_register import order

CIT = BUNDLED["cit"]


def told(
    audience: str,
    purpose: str = "criminal_investigation",
    now: int = CIT.begins,
    orders: AgreementRegister | None = None,
) -> frozenset[str]:
    return check_access(audience, purpose, orders or AgreementRegister(), ReportOrderRegister(), now).levels


def test_internal_and_agencies_are_not_an_agreements_business() -> None:
    told("internal", "operations")
    told("calexico_pd", "operations", now=CIT.ends)


def test_a_partnership_is_read_for_its_purpose_in_its_term() -> None:
    told("cit-team")
    told("cit-team", now=CIT.ends - 1)


@pytest.mark.parametrize("purpose", ["operations", "", "CRIMINAL_INVESTIGATION"])
def test_any_other_purpose_is_denied(purpose: str) -> None:
    with pytest.raises(WrongPurpose, match="criminal_investigation") as denied:
        told("cit-team", purpose)

    assert denied.value.exit_code == 77


@pytest.mark.parametrize("now", [CIT.begins - 1, CIT.ends])
def test_an_agreement_that_is_not_in_force_is_not_told_from_one_that_is_none(now: int) -> None:
    with pytest.raises(NoAudience) as ended:
        told("cit-team", now=now)
    with pytest.raises(NoAudience) as none:
        told("no-such", now=now)

    assert str(ended.value) == str(none.value)


@pytest.mark.parametrize("audience", ["cit-team", "internal", "calexico_pd"])
def test_immigration_enforcement_is_no_purpose_of_any_audience(audience: str) -> None:
    with pytest.raises(Denied, match="not permitted"):
        told(audience, "immigration_enforcement")


def test_an_agreement_that_was_ended_is_closed_from_that_moment_and_a_renewed_one_open() -> None:
    orders = AgreementRegister()
    orders.apply(order("cit", text=bundled_text("cit"), ends=CIT.begins + 5))
    told("cit-team", now=CIT.begins + 4, orders=orders)
    with pytest.raises(NoAudience):
        told("cit-team", now=CIT.begins + 5, orders=orders)

    orders.apply(order("cit", text=bundled_text("cit")))
    told("cit-team", now=CIT.begins + 5, orders=orders)


def test_no_order_lifts_a_denied_purpose() -> None:
    orders = AgreementRegister()
    orders.apply(order("cit", text=bundled_text("cit").replace("denied_purposes", "#")))
    for agreement in ("actt", "best-stx", "federal-local"):
        orders.discard(agreement)
    with pytest.raises(Denied, match="not permitted"):
        told("internal", "immigration_enforcement", orders=orders)


def test_levels_that_an_audience_lacks_are_told_by_the_clock() -> None:
    orders = AgreementRegister()
    begins = order("actt-mx/background_check", "VETTING")["begins"]
    orders.apply(order("actt-mx/background_check", "VETTING", ends=begins + 5))

    assert not told("actt-us", now=begins, orders=orders)
    assert [told("actt-mx", now=at, orders=orders) for at in (begins - 1, begins, begins + 5)] == [
        {"background_check"},
        set(),
        {"background_check"},
    ]
    assert told("best-stx-arms", now=begins, orders=orders) == {"arms_trafficking_unit"}


def test_a_purged_report_is_barred_from_everybody_and_a_sealed_one_from_all_but_internal() -> None:
    custody = ReportOrderRegister()
    custody.apply(report_order("PURGE", "p:1", "x", "y", 0))
    custody.apply(report_order("SEAL", "s:1", "x", "y", 0))

    barred = {
        audience: check_access(audience, purpose, AgreementRegister(), custody, CIT.begins).reports
        for audience, purpose in (
            ("internal", "operations"),
            ("calexico_pd", "operations"),
            ("cit-team", "criminal_investigation"),
        )
    }
    assert barred == {"internal": {"p:1"}, "calexico_pd": {"p:1", "s:1"}, "cit-team": {"p:1", "s:1"}}

    custody.apply(report_order("HOLD", "p:1", "x", "y", 1))
    custody.apply(report_order("SEAL", "s:1", "x", "y", 1, ordered=False))
    assert check_access("calexico_pd", "operations", AgreementRegister(), custody, CIT.begins).reports == set(), (
        "the purge waits"
    )
    custody.apply({**report_order("PURGE", "p:1", "x", "y", 0), "effective_at": 1})
    assert check_access("calexico_pd", "operations", AgreementRegister(), custody, CIT.begins).reports == {"p:1"}, (
        "a purge is final"
    )


def test_cit_an_agent_acts_in_the_team_under_the_city_police_and_not_for_the_home_agency() -> None:
    assert supervising_agency("team-agent", "cit-team", AgreementRegister(), deciding=True) == "calexico_pd"
    for audience in ("usbp_elc", "internal", "actt-us"):
        with pytest.raises(Denied, match="do not read"):
            supervising_agency("team-agent", audience, AgreementRegister(), deciding=False)


def test_actt_a_liaison_reads_both_sides_and_nothing_else() -> None:
    for audience in ("actt-us", "actt-mx"):
        assert supervising_agency("liaison", audience, AgreementRegister(), deciding=True) == ""
    for audience in ("cit-team", "internal", "no-such"):
        with pytest.raises(Denied):
            supervising_agency("liaison", audience, AgreementRegister(), deciding=False)


def test_a_role_reads_those_audiences_of_its_agreement_that_this_names_and_no_other() -> None:
    text = bundled_text("actt").replace('reads = ["actt-us", "actt-mx"]', 'reads = ["actt-us"]')
    orders = AgreementRegister()
    orders.apply(order("actt", text=text))

    assert supervising_agency("liaison", "actt-us", orders, deciding=False) == ""
    with pytest.raises(Denied, match="do not read"):
        supervising_agency("liaison", "actt-mx", orders, deciding=False)


def test_a_role_decides_on_links_only_where_its_agreement_says_so() -> None:
    text = (
        bundled_text("cit").replace("adjudicates = true", "adjudicates = false").replace("version = 1", "version = 2")
    )
    orders = AgreementRegister()
    orders.apply(order("cit", text=text))

    assert supervising_agency("team-agent", "cit-team", orders, deciding=False) == "calexico_pd"
    with pytest.raises(Denied, match="do not adjudicate"):
        supervising_agency("team-agent", "cit-team", orders, deciding=True)
