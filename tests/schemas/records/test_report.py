"""The types of report records have the fields and symbols of the released schemas."""

from typing import get_args, get_type_hints

import pytest

from schemas.records import report
from tests.schemas.records.avro_types import fields, keys, symbols


@pytest.mark.parametrize(
    ("record", "name"),
    [
        (report.EnrichedReport, "EnrichedReport"),
        (report.Enrichment, "Enrichment"),
        (report.Offense, "Offense"),
        (report.Place, "Place"),
        (report.Flow, "FlowOf"),
        (report.MatchKeys, "MatchKeys"),
        (report.RedactedForm, "Form"),
        (report.SourcePosition, "SourcePosition"),
    ],
)
def test_a_record_has_the_fields_of_its_schema(record: type, name: str) -> None:
    assert keys(record) == fields("enriched_report", name)


def test_traffic_and_directions_are_the_symbols_of_their_enums() -> None:
    directions = get_args(get_type_hints(report.Flow)["direction"])

    assert get_args(report.Traffic) == symbols("enriched_report", "Traffic") == symbols("incident_report", "Traffic")
    assert sorted(directions) == sorted(symbols("incident_report", "FlowDirection"))


def test_a_void_report_has_one_of_the_statuses_that_agencies_publish() -> None:
    assert set(symbols("incident_report", "Status")) > report.VOID_STATUSES
