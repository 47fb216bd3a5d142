"""The bulletin of a day: in the language of who reads it, of what it sees alone, and nothing of a person."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.agreements import BUNDLED
from schemas.agreements.model import Focus
from sinks.partnership.bulletin import PHRASES, markdown
from sinks.search.lookouts import LookoutHit

COUNTRIES = {"nogales_pd": "USA", "az_dps": "USA", "c5_sonora": "MEX"}
FOCUS = Focus(frozenset({"DRUGS"}), frozenset({"HOMICIDE"}))
AT = 1_767_571_200_000


def hit(name: str = "v1", minutes: int = 0, **changes: Any) -> dict[str, Any]:
    made = {
        "id": name,
        "occurred_at": AT + minutes * 60_000,
        "offense": ["HOMICIDE"],
        "agencies": ["nogales_pd"],
        "side": ["US"],
        "nearest": ["Nogales"],
        "address": "100 BLK GRAND AVE",
        "names": ["ejemplo uno"],
        "plates": ["TST123"],
        "reports": [{"narratives": [{"lang": "en", "text": "shots heard"}], "persons": [{"name": "EJEMPLO, UNO"}]}],
    }
    return {**made, **changes}


def daily(*hits: dict[str, Any], country: str = "USA", total: int | None = None, seen: Any = ()) -> str:
    return markdown(
        "ACTT", "actt-us", country, "2026-01-05", len(hits) if total is None else total, hits, seen, COUNTRIES, FOCUS
    )


def test_each_side_reads_its_own_language() -> None:
    assert "| 00:00 | Homicide | US, Nogales | nogales_pd | v1 |" in daily(hit())
    assert "| 00:00 | Homicidio | US, Nogales | nogales_pd | v1 |" in daily(hit(), country="MEX")
    assert "Incidentes del 2026-01-05" in daily(hit(), country="MEX")
    assert PHRASES["en"].keys() == PHRASES["es"].keys()


def test_a_day_and_its_hours_are_those_of_the_partnerships_place() -> None:
    told = markdown("ACTT", "actt-us", "USA", "2026-01-04", 1, [hit()], (), COUNTRIES, FOCUS, BUNDLED["actt"].time_zone)

    assert "Incidents of 2026-01-04 (America/Phoenix)" in told
    assert "| 17:00 | Homicide |" in told


def test_what_several_agencies_told_and_where_they_disagree() -> None:
    both = hit("v2", 5, agencies=["c5_sonora", "nogales_pd"], disagree=["offense"])
    told = daily(hit(), both, hit("v3", 6, agencies=["az_dps", "nogales_pd"]))

    assert "3 incidents, 2 reported by several agencies, 1 from both sides of the border." in told
    assert "Homicide (agencies disagree) | US, Nogales | c5_sonora, nogales_pd | v2 |" in told


def test_a_caution_is_told_at_once_even_where_it_came_with_a_pointer() -> None:
    own = hit(reports=[{"cautions": [{"type": "WEAPON"}]}])
    pointed = hit(pointers=[{"agency": "az_dps", "cautions": [{"type": "WEAPON"}]}])

    assert daily(own).count("officer safety") == daily(pointed).count("officer safety") == 1
    assert "officer safety" not in daily(hit())


def test_a_quiet_day_and_one_that_is_too_long_say_so() -> None:
    assert "No incidents that this audience sees." in daily()
    assert "30 incidents" in daily(hit(), total=30)
    assert "The first 1 are listed." in daily(hit(), total=30)


def test_what_the_agreement_is_about_comes_first_whenever_it_occurred() -> None:
    crash = hit("v1", offense=["CRASH"], offense_family=["TRAFFIC"])
    lines = daily(crash, hit("v2", 5, offense=["DRUG_SALE"], offense_family=["DRUGS"]), hit("v3", 9)).splitlines()

    told = [line for line in lines if line.startswith("##") or "| v" in line]
    assert [line.split("|")[-2].strip() if "|" in line else line for line in told] == [
        *("## Focus of the agreement", "v2", "v3"),
        *("## Other incidents", "v1"),
    ]
    assert "## Other" not in daily(hit())


def test_what_was_wanted_and_seen_is_told_without_the_plate() -> None:
    one = LookoutHit("v7", ("laredo_pd:1",), "plate", "v1", AT, ("c5_tamaulipas",), ("Nuevo Laredo",), ("MX",))

    assert "| 00:00 | plate | MX, Nuevo Laredo | c5_tamaulipas | v1 | laredo_pd |" in daily(seen=[one])
    assert "| 00:00 | placa |" in daily(seen=[one], country="MEX")


@given(st.text(max_size=20), st.sampled_from(["USA", "MEX"]))
def test_nothing_of_a_person_is_told_and_no_text_breaks_the_table(text: str, country: str) -> None:
    told = daily(hit(nearest=[text]), country=country)

    assert not any(word in told for word in ("EJEMPLO", "ejemplo", "TST123", "shots", "GRAND"))
    (row,) = [line for line in told.splitlines() if line.endswith("| nogales_pd | v1 |")]
    assert row.count("|") == 6
