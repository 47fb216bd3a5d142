"""Maps and tables of places name their sources, fit together and are read strictly."""

import csv
from importlib.resources import files
from pathlib import Path

import orjson
import pytest
import shapely

from schemas.agencies import BUNDLED
from schemas.errors import Configuration
from streams.enrich import map_tables


def test_every_corridor_of_a_port_and_of_an_agency_has_its_row() -> None:
    of_agencies = {row["corridor"] for row in BUNDLED.values() if row["corridor"]}

    assert {spot.group for spot in map_tables.PORT_OF.values()} == set(map_tables.CORRIDOR_NAMES)
    assert of_agencies <= map_tables.CORRIDOR_NAMES


@pytest.mark.parametrize("name", ["us_states.geojson", "us_counties.geojson", "mexico.geojson", "border_line.geojson"])
def test_every_map_tells_where_it_is_from(name: str) -> None:
    told = orjson.loads(files("schemas.tables").joinpath(name).read_bytes())

    assert all(told[field] for field in ("source", "edition", "verified", "made"))
    assert all(shapely.is_valid(shapely.from_geojson(orjson.dumps(one["geometry"]))) for one in told["features"])


def test_geonames_are_attributed_in_every_row() -> None:
    lines = files("schemas.tables").joinpath("places.csv").read_text("utf-8").splitlines()

    assert {row["source"] for row in csv.DictReader(lines)} == {"GeoNames (CC BY 4.0)"}


def test_a_table_without_degrees_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        map_tables, "read_table", lambda *_: [(2, {"code": "1", "corridor": "c", "lat": "x", "lon": "1"})]
    )

    with pytest.raises(Configuration, match=r"ports\.csv, line 2"):
        map_tables.spots("ports.csv", map_tables.PORTS, "code", "corridor")


def test_a_map_without_a_source_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(map_tables, "files", lambda _: tmp_path)
    (tmp_path / "named.geojson").write_text('{"source": "a survey", "features": [1]}')
    (tmp_path / "unnamed.geojson").write_text('{"source": "", "features": [1]}')

    assert map_tables.features("named.geojson") == [1]
    with pytest.raises(Configuration, match=r"unnamed\.geojson: a map has to name its source"):
        map_tables.features("unnamed.geojson")


def test_a_place_is_looked_for_on_its_side_and_on_both_where_the_side_is_not_known() -> None:
    lat, lon = 32.66, -115.49  # between Calexico and Mexicali
    names = {side: spots.nearest(lat, lon)[0].name for side, spots in map_tables.PLACES_OF.items()}

    assert (names["US"], names["MX"]) == ("Calexico", "Mexicali")
    assert names["UNKNOWN"] in {"Calexico", "Mexicali"}
