"""By which plates and names an incident is found, which are looked for, and that nobody looks for a victim."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.agreements.criteria import is_offender
from streams.sharing.person_roles import OPEN_STATUSES, identifiers, lookouts

SUSPECT = {"name": "EJEMPLO, UNO", "dob": "1990-01-01", "roles": ["SUSPECT"]}
VICTIM = {"name": "EJEMPLO, DOS", "dob": "", "roles": ["VICTIM"]}
UNNAMED = {"given": "", "paternal": "", "maternal": ""}
NOBODY: dict[str, list[str]] = {"wanted_by": [], "wanted_plates": [], "wanted_names": []}


def report(concept: str = "ATTEMPT_TO_LOCATE", status: str = "ACTIVE", **changes: Any) -> dict[str, Any]:
    made = {
        "report_id": "laredo_pd:1",
        "offense": {"concept": concept},
        "status": status,
        "match": {"plates": ["TST123"], "persons": ["dos ejemplo", "ejemplo uno 19900101"]},
        "persons": [{**UNNAMED, **SUSPECT}, {**UNNAMED, **VICTIM}],
        "vehicles": [{"plate": "TST-123"}],
    }
    return {**made, **changes}


@pytest.mark.parametrize("concept", ["ATTEMPT_TO_LOCATE", "WARRANT", "FUGITIVE"])
def test_whom_and_what_an_agency_looks_for_and_never_the_victim(concept: str) -> None:
    assert lookouts([report(concept)]) == {
        "wanted_by": ["laredo_pd:1"],
        "wanted_plates": ["TST123"],
        "wanted_names": ["ejemplo uno 19900101"],
    }


def test_other_offenses_and_what_is_closed_are_no_look_outs() -> None:
    assert lookouts([report("ASSAULT"), report("PAPER_SERVICE"), report(status="CLOSED"), report(offense={})]) == NOBODY
    assert all(lookouts([report(status=status)]) != NOBODY for status in OPEN_STATUSES)


def test_of_a_redacted_report_what_it_still_tells() -> None:
    redacted = report(withheld=["persons"], persons=[])
    del redacted["match"]

    assert identifiers([redacted]) == {"plates": ["TST123"], "names": []}
    assert lookouts([redacted])["wanted_names"] == []
    assert lookouts([redacted])["wanted_plates"] == ["TST123"]


@given(st.lists(st.sampled_from(["SUSPECT", "ARRESTEE", "SUBJECT", "WANTED", "VICTIM", "WITNESS", ""]), max_size=3))
def test_who_has_any_other_role_or_none_counts_as_a_victim(roles: list[str]) -> None:
    person = {**UNNAMED, **SUSPECT, "roles": roles}

    assert is_offender(person) == (bool(roles) and not {"VICTIM", "WITNESS", ""} & set(roles))
    assert bool(lookouts([report(persons=[person])])["wanted_names"]) == is_offender(person)
