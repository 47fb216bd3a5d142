"""Codes and places of an incident are those of all its reports; other values survive from the best of them."""

from typing import Any

import pytest

from schemas.search_document import FIELDS
from streams.sharing.incident_fields import merged, surviving
from tests.streams.fakes import NOW
from tests.streams.worlds import told


def test_values_of_several_reports_are_distinct_and_sorted() -> None:
    reports = [
        told("b_so:1", place={"state": "US-CA", "side": "US"}, flags=["x", "a"], language="en"),
        told("a_mx:1", place={"state": "MX-BCN", "side": "MX"}, flags=["x"], language="es", narratives=[]),
        told("a_mx:2", place={"state": "MX-BCN", "side": "MX"}, language="es", narratives=[]),
    ]
    fields = merged(reports)

    assert fields["agencies"] == ["a_mx", "b_so"]
    assert (fields["side"], fields["admin1"], fields["flags"]) == (["MX", "US"], ["MX-BCN", "US-CA"], ["a", "x"])
    assert fields["languages"] == ["en", "es"]
    assert merged(reports[::-1]) == fields
    assert fields.keys() <= FIELDS.keys()


def test_what_a_report_does_not_state_is_in_no_list() -> None:
    fields = merged([told("a_pd:1", place={"side": "UNKNOWN", "state": ""}, offense=None, flow=None, language=None)])

    assert fields.keys().isdisjoint({"side", "admin1", "offense", "offense_text", "flow_direction", "commodities"})
    assert merged([]) == {}


def test_each_language_of_a_narrative_counts_and_an_unnamed_one_does_not() -> None:
    narratives = [{"lang": "es", "text": "x"}, {"lang": "", "text": "y"}, {"lang": "en", "text": "z"}]

    assert merged([told("a_pd:1", language="en", narratives=narratives)])["languages"] == ["en", "es"]


def test_the_text_of_an_offense_is_folded() -> None:
    assert merged([told("a_pd:1", offense={"text": "Agresión"})])["offense_text"] == ["agresion"]


@pytest.mark.parametrize("lat", [32.674, None, 0.0])
def test_of_one_report_the_plain_values_are_enough(lat: float | None) -> None:
    fields = surviving([told("a_pd:1", lat=lat)])

    location = None if lat is None else {"lat": lat, "lon": -115.499}
    assert (fields["occurred_at"], fields["location"], fields["address"]) == (
        NOW - 60_000,
        location,
        "200 BLK IMPERIAL AVE",
    )
    assert fields["precision"] == (location and "BLOCK")
    assert "values" not in fields


def test_the_precision_is_that_of_the_report_whose_location_survives() -> None:
    fields = surviving([told("a_pd:1", address="A"), told("b_so:1", precision="GPS", lat=32.7, address=None)])

    assert (fields["precision"], fields["location"]["lat"]) == ("GPS", 32.7)
    assert fields["address"] == "A"


def test_values_are_listed_with_their_source_where_more_than_one_report_states_any() -> None:
    fields = surviving([told("a_pd:1"), told("b_so:1", precision="GPS", lat=33.7)])

    assert fields["disagree"] == ["location"]
    location: Any = fields["values"]["location"]
    assert (location["report_id"], location["because"]) == ("b_so:1", "most_precise")
    assert location["others"] == [{"value": {"lat": 32.674, "lon": -115.499}, "report_id": "a_pd:1"}]


def test_where_one_report_states_everything_and_the_other_nothing_there_is_nothing_to_choose() -> None:
    nothing: dict[str, Any] = dict.fromkeys(("occurred_at", "lat", "lon", "address", "offense", "place"))
    fields = surviving([told("a_pd:1"), told("b_so:1", **nothing)])

    assert fields.keys() == {"occurred_at", "location", "address", "precision"}
    assert surviving([]) == {}
