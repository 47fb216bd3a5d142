"""The types of incident records have the fields and symbols of the released schemas, and sets of states fit them."""

from typing import get_args

import pytest

from schemas.records import incident
from streams.dedupe.compare import COMPARISONS
from tests.schemas.records.avro_types import fields, keys, symbols


@pytest.mark.parametrize(
    ("record", "schema", "name"),
    [
        (incident.Member, "incident", "Member"),
        (incident.ReportVersion, "incident", "VersionSeen"),
        (incident.Comparison, "incident", "Comparison"),
        (incident.ExplainedDecision, "incident", "PairDecision"),
        (incident.ReleasedIncident, "released_incident", "ReleasedIncident"),
        (incident.SentNotice, "released_incident", "Noticed"),
    ],
)
def test_a_record_has_the_fields_of_its_schema(record: type, schema: str, name: str) -> None:
    assert keys(record) == fields(schema, name)


def test_states_and_verdicts_are_the_symbols_of_their_enums() -> None:
    assert get_args(incident.Verdict) == symbols("incident", "Verdict")
    assert get_args(incident.IncidentState) == symbols("incident", "IncidentState")
    assert get_args(incident.IncidentState) == symbols("released_incident", "ViewState")


def test_a_verdict_links_two_reports_unless_it_denies_or_doubts_it() -> None:
    assert set(get_args(incident.Verdict)) - incident.LINKING_VERDICTS == {"NOT_SAME", "UNSURE"}


def test_a_record_keeps_data_while_it_is_active_or_cancelled() -> None:
    assert set(get_args(incident.IncidentState)) - incident.TOMBSTONE_STATES == {"ACTIVE", "CANCELLED"}


def test_every_identifying_comparison_is_made() -> None:
    assert set(incident.IDENTIFYING_COMPARISONS) <= COMPARISONS.keys()
