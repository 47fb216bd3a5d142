"""An agreement in plain words leaves out no party, audience, rule or look-up, and a reader need not know its file."""

import pytest

from schemas.agreements import BUNDLED
from sinks.partnership.plain_language import markdown


@pytest.mark.parametrize("name", sorted(BUNDLED))
def test_every_row_of_an_agreement_is_told(name: str) -> None:
    one, told = BUNDLED[name], markdown(BUNDLED[name])

    for rule in one.rules:
        assert f"(clause {rule.clause}). {rule.text}" in told
    assert all(f"- {party.agency_id}: {party.role}" in told for party in one.parties)
    assert all(f"- `{who.name}` ({who.country})" in told for who in one.audiences)
    assert all(purpose.replace("_", " ") in told for purpose in one.denied_purposes)
    assert all(f"(clause {look.clause})" in told for look in one.inquiry_services)
    assert all(owed.name in told for owed in one.reports)


def test_cit_the_council_reads_that_nothing_of_immigration_is_shared_and_nobody_is_inquired_about() -> None:
    told = markdown(BUNDLED["cit"])

    assert "**Never shared** (clause 4.1)" in told
    assert "- immigration enforcement" in told
    assert "## Inquiries to a support center about suspects\n\n- nothing\n" in told


def test_a_vetted_audience_and_a_vetted_rule_say_so() -> None:
    assert "only while vetted for background check, otherwise at most whom to call" in markdown(BUNDLED["actt"])
    assert "only with those vetted for arms trafficking unit" in markdown(BUNDLED["best-stx"])
