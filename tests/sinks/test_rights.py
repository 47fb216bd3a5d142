"""A partnership's audience is open while its agreement is in force, and for its own purposes alone."""

import pytest

from schemas.agreements import BUNDLED
from schemas.errors import Denied
from sinks.index import NoAudience
from sinks.rights import WrongPurpose, check

CIT = BUNDLED["cit"]


def told(audience: str, purpose: str = "criminal_investigation", now: int = CIT.begins) -> None:
    check(audience, purpose, BUNDLED.values(), now)


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
    with pytest.raises(Denied, match="no purpose"):
        told(audience, "immigration_enforcement")
