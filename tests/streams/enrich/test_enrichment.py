"""Place, flow and language come from the report and from tables, never from a guess."""

from typing import Any

import pytest

from schemas.errors import Configuration
from schemas.text.analysis import narratives_of
from streams.enrich import enrichment
from tests.factories import agency
from tests.streams.fakes import report

CALEXICO = (32.679, -115.499)
POLICE = agency("a_pd", country="USA", corridor="calexico-mexicali")
MEXICAN = agency("c_mx", country="MEX", corridor="calexico-mexicali")
NOWHERE = {"state": "", "country": "", "port_of_entry": "", "checkpoint_id": ""}


def location(**changes: Any) -> dict[str, Any]:
    return {**report()["location"], **NOWHERE, **changes}


def test_a_place_is_told_from_coordinates() -> None:
    found = enrichment.place(location(checkpoint_id="CP-1"), POLICE, *CALEXICO)

    assert (found["side"], found["state"], found["county"]) == ("US", "US-CA", "Imperial")
    assert (found["corridor"], found["sector"], found["checkpoint"]) == ("calexico-mexicali", "ELC", "CP-1")
    assert found["jurisdiction"] == "US/US-CA/Imperial"


def test_coordinates_go_before_what_the_agency_is() -> None:
    found = enrichment.place(location(), agency("a_pd", country="USA", corridor="nogales"), 32.6245, -115.4523)

    assert (found["side"], found["jurisdiction"], found["corridor"]) == ("MX", "MX/MX-BCN", "calexico-mexicali")


@pytest.mark.parametrize(("row", "country"), [(POLICE, "US"), (MEXICAN, "MX")])
def test_without_coordinates_the_agency_tells_jurisdiction_and_corridor_and_no_side(row: Any, country: str) -> None:
    found = enrichment.place(location(), row, None, None)

    assert (found["side"], found["jurisdiction"], found["corridor"]) == ("UNKNOWN", country, "calexico-mexicali")
    assert (found["port_of_entry"], found["port_distance_m"], found["border_distance_m"]) == ("", None, None)


def test_without_coordinates_the_report_may_tell_its_state() -> None:
    found = enrichment.place(location(state="MX-BCN"), POLICE, None, None)

    assert (found["side"], found["state"], found["jurisdiction"]) == ("MX", "MX-BCN", "MX/MX-BCN")
    assert enrichment.place(location(state="Baja", country="MEX"), POLICE, None, None)["jurisdiction"] == "MX"


def test_an_agency_of_no_country_tells_no_jurisdiction() -> None:
    assert enrichment.place(location(), agency("a_pd", country=""), None, None)["jurisdiction"] == ""


def test_at_sea_no_country_has_jurisdiction() -> None:
    found = enrichment.place(location(), POLICE, 30.0, -140.0)

    assert (found["side"], found["jurisdiction"], found["corridor"]) == ("UNKNOWN", "", "")


def test_a_port_that_the_report_tells_goes_before_the_nearest_one() -> None:
    found = enrichment.place(location(port_of_entry="2507"), POLICE, *CALEXICO)

    assert found["port_of_entry"] == "2507"
    assert found["port_distance_m"] == pytest.approx(10_400, abs=200)
    assert enrichment.place(location(port_of_entry="2604"), POLICE, None, None)["corridor"] == "nogales"
    assert enrichment.place(location(port_of_entry="9999"), POLICE, *CALEXICO)["port_of_entry"] == "2503"


def flow(**changes: Any) -> Any:
    return report(**{"flow": None, **changes})


def test_the_source_tells_the_flow() -> None:
    told = {"direction": "LATERAL", "mode": "LAND", "commodities": ["drugs", "cash", "drugs"]}

    assert enrichment.flow(flow(flow=told), "DRUGS", ["northbound"]) == {
        "direction": "LATERAL",
        "commodities": ["cash", "drugs"],
    }


@pytest.mark.parametrize(
    ("concept", "words", "direction", "commodities"),
    [
        ("SMUGGLING", ["northbound"], "NORTHBOUND", ["migrants"]),
        ("DRUGS", ["southbound", "cocaine"], "SOUTHBOUND", ["drugs"]),
        ("CONTRABAND", ["gun", "money", "southbound"], "SOUTHBOUND", ["cash", "firearms"]),
        ("DRUGS", ["northbound"], "UNKNOWN", []),
        ("SMUGGLING", ["northbound", "southbound"], "UNKNOWN", ["migrants"]),
        ("SMUGGLING", ["eastbound"], "UNKNOWN", ["migrants"]),
        ("ASSAULT", ["northbound", "drugs"], "UNKNOWN", []),
        ("TRAFFICKING", ["northbound", "migrant"], "UNKNOWN", []),
        ("", ["northbound"], "UNKNOWN", []),
    ],
)
def test_a_narrative_tells_a_flow_only_beside_what_moves(
    concept: str, words: list[str], direction: str, commodities: list[str]
) -> None:
    assert enrichment.flow(flow(), concept, words) == {"direction": direction, "commodities": commodities}


@pytest.mark.parametrize(
    ("narratives", "expected"),
    [
        ([("und", "x"), ("es", "hola"), ("en", "hello")], "es"),
        ([("und", "el conductor huye hacia el norte")], "es"),
        ([("", "the driver left northbound")], "en"),
        ([("es", "")], ""),
        ([("und", "XYZZY")], ""),
        ([], ""),
    ],
)
def test_the_language_is_the_one_told_or_that_of_the_words(narratives: list[tuple[str, str]], expected: str) -> None:
    told = [{"lang": lang, "text": text} for lang, text in narratives]

    made = report(narratives=told)

    assert enrichment.language(made, narratives_of(made)) == expected


def test_a_flow_is_of_a_known_offense_and_commodity() -> None:
    row = {"offense": "DRUGS", "word": "", "commodity": "drugs"}

    assert enrichment.read_flows([(2, row)], "t.csv") == {"DRUGS": (("", "drugs"),)}
    for wrong in ({"offense": "DRUG"}, {"commodity": "drug"}):
        with pytest.raises(Configuration, match=r"t\.csv, line 2"):
            enrichment.read_flows([(2, {**row, **wrong})], "t.csv")
