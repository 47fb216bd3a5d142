"""The JSON of a report has what it states and leaves out what it does not."""

from typing import Any

import orjson

from schemas.search_document import REPORT_FIELDS
from streams.enrich.report_document import derived, document
from tests.schemas.samples import SAMPLES
from tests.streams.fakes import NOW, report

ENVELOPE = {"report_id": "a_pd:1", "agency_id": "a_pd"}
ENRICHMENT: Any = SAMPLES["enriched_report"]["enrichment"]


def made(enrichment: Any = ENRICHMENT, **changes: Any) -> dict[str, Any]:
    fields: dict[str, Any] = orjson.loads(document(report(**changes), ENVELOPE, enrichment, NOW))
    return fields


def test_a_report_that_states_everything_has_every_field_of_the_contract() -> None:
    fields = made(cancel_reason="DUPLICATE")

    assert fields.keys() == REPORT_FIELDS.keys() - {"withheld"}
    assert (fields["report_id"], fields["agency"], fields["published_at"]) == ("a_pd:1", "a_pd", NOW)


def test_what_a_report_does_not_state_is_left_out() -> None:
    empty = made(persons=[], vehicles=[], weapons=[], cautions=[], narratives=[], cancel_reason="", handling=None)

    left_out = {"persons", "vehicles", "weapons", "cautions", "narratives", "handling"}
    assert made().keys() - empty.keys() == left_out
    assert "cancel_reason" not in empty


def test_zero_and_false_are_stated_and_unknown_is_not() -> None:
    place = {**ENRICHMENT["place"], "side": "UNKNOWN", "port_distance_m": 0, "sector": ""}
    made_at_zero = made({**ENRICHMENT, "lat": 0.0, "occurred_from": 0, "place": place})

    assert (made_at_zero["lat"], made_at_zero["occurred_at"], made_at_zero["place"]["port_distance_m"]) == (0.0, 0, 0)
    assert made_at_zero["place"].keys().isdisjoint({"side", "sector"})


def test_a_report_without_coordinates_and_time_has_none() -> None:
    nowhere = made({**ENRICHMENT, "lat": None, "lon": None, "occurred_from": None, "flags": []})

    assert nowhere.keys().isdisjoint({"lat", "lon", "occurred_at", "flags"})


def test_an_element_of_trafficking_that_is_denied_is_stated() -> None:
    elements = dict.fromkeys(report()["trafficking"])

    assert made(trafficking={**elements, "force": False})["trafficking"] == {"force": False}
    assert "trafficking" not in made(trafficking=elements)
    assert "trafficking" not in made(trafficking=None)


def test_the_values_that_a_report_is_compared_by_are_listed_where_it_has_any() -> None:
    match = {**ENRICHMENT["match"], "number": -1, "duplicate": False, "plates": [], "route_km": 0.0}

    compared_by = made({**ENRICHMENT, "match": match})["match"]
    assert compared_by.keys() == ENRICHMENT["match"].keys() - {"number", "duplicate", "plates"}
    assert made({**ENRICHMENT, "match": {**match, "number": 0, "duplicate": True}})["match"]["number"] == 0


def test_fields_that_are_read_from_a_report_are_none_where_they_are_empty() -> None:
    nothing: Any = {
        **ENRICHMENT,
        "occurred_from": None,
        "language": "",
        "flow": {"direction": "UNKNOWN", "commodities": []},
        "lat": 0.0,
    }
    fields = derived({"offense": {"system": "ca_pc", "code": "10-10R"}}, nothing)

    assert fields["offense"] == {"system": "ca_pc", "code": "10-10R", **ENRICHMENT["offense"]}
    assert (fields["occurred_at"], fields["language"], fields["flow"], fields["lat"]) == (None, None, None, 0.0)
    assert derived({}, nothing)["offense"] == ENRICHMENT["offense"]
