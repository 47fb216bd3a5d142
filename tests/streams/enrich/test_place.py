"""Where a point lies: twin cities apart by a river or a fence, and what is far from all of it."""

from itertools import pairwise

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from schemas.geo import meters_between
from streams.enrich import map_tables
from streams.enrich.geometry import Spot
from streams.enrich.place import Where, where

TWINS = [
    ("Calexico", 32.6790, -115.4990, "US", "US-CA", "Imperial", "Calexico", "2503", "ELC", "calexico-mexicali"),
    ("Mexicali", 32.6245, -115.4523, "MX", "MX-BCN", "", "Mexicali", "2503", "", "calexico-mexicali"),
    ("Nogales AZ", 31.3404, -110.9343, "US", "US-AZ", "Santa Cruz", "Nogales", "2604", "TCA", "nogales"),
    ("Nogales SON", 31.3190, -110.9440, "MX", "MX-SON", "", "Nogales", "2604", "", "nogales"),
    ("El Paso", 31.7587, -106.4869, "US", "US-TX", "El Paso", "El Paso", "2402", "EPT", "el-paso-juarez"),
    ("Juárez", 31.7202, -106.4608, "MX", "MX-CHH", "", "Ciudad Juárez", "2402", "", "el-paso-juarez"),
    ("Laredo", 27.5064, -99.5075, "US", "US-TX", "Webb", "Laredo", "2304", "LRT", "laredo-nuevo-laredo"),
    ("Nuevo Laredo", 27.4763, -99.5164, "MX", "MX-TAM", "", "Nuevo Laredo", "2304", "", "laredo-nuevo-laredo"),
]


@pytest.mark.parametrize("twin", TWINS, ids=[twin[0] for twin in TWINS])
def test_twin_cities_lie_on_their_sides(twin: tuple[str, float, float, str, str, str, str, str, str, str]) -> None:
    _, lat, lon, side, state, county, nearest, port, sector, corridor = twin
    found = where(lat, lon)

    assert (found.side, found.state, found.county) == (side, state, county)
    assert (found.nearest, found.port_of_entry, found.sector, found.corridor) == (nearest, port, sector, corridor)
    assert found.port_distance_m is not None
    assert found.port_distance_m < 8_000
    assert found.border_distance_m is not None
    assert found.border_distance_m < 5_000


FAR = [
    ("Houston", 29.76, -95.37, Where("US", "US-TX", "Harris")),
    ("a city in Missouri", 38.95, -92.33, Where("US", "US-MO")),
    ("Mexico City", 19.43, -99.13, Where("MX")),
    ("mid-Pacific", 30.0, -140.0, Where()),
    ("the pole", 90.0, 180.0, Where()),
    ("Madrid", 40.42, -3.70, Where()),
]


@pytest.mark.parametrize(("lat", "lon", "expected"), [row[1:] for row in FAR], ids=[row[0] for row in FAR])
def test_far_from_the_border_there_is_no_port_no_sector_and_no_corridor(
    lat: float, lon: float, expected: Where
) -> None:
    assert where(lat, lon) == expected


def test_at_sea_a_point_has_no_side_but_what_is_near() -> None:
    found = where(32.60, -117.40)

    assert (found.side, found.state, found.sector) == ("UNKNOWN", "", "")
    assert (found.port_of_entry, found.corridor) == ("2504", "san-diego-tijuana")


def test_tucson_is_farther_from_a_place_of_the_border_than_from_its_port() -> None:
    found = where(32.22, -110.93)

    assert (found.nearest, found.port_of_entry, found.sector, found.corridor) == ("Tucson", "2604", "TCA", "nogales")
    assert found.border_distance_m == pytest.approx(97_200, abs=500)


def test_a_port_of_entry_stands_at_the_border() -> None:
    distances = [where(spot.lat, spot.lon).border_distance_m for spot in map_tables.PORT_OF.values()]

    assert all(distance is not None and distance < 1_600 for distance in distances)
    assert sum(distance < 300 for distance in distances if distance is not None) >= 20


@pytest.mark.parametrize("port", map_tables.PORT_OF.values(), ids=map_tables.PORT_OF)
def test_three_kilometers_to_each_side_of_a_port_lie_two_countries(port: Spot) -> None:
    """The bank runs any way, so that both sides are looked for all around."""
    around = [(0.03, 0.0), (-0.03, 0.0), (0.0, 0.035), (0.0, -0.035), (0.02, 0.02), (-0.02, -0.02)]

    assert {"US", "MX"} <= {where(port.lat + up, port.lon + right).side for up, right in around}


LAT, LON = st.floats(24.5, 34.5), st.floats(-119, -95.5)


@given(LAT, LON)
def test_what_is_nearest_is_what_looking_at_all_finds(lat: float, lon: float) -> None:
    """Within 4 %: the lookup is in shrunk degrees, whose shape is right in the middle of the border."""
    least = min(meters_between(lat, lon, spot.lat, spot.lon) for spot in map_tables.PORT_OF.values())

    assert map_tables.PORTS_OF_ENTRY.nearest(lat, lon)[1] <= least * 1.04
    coordinates = map_tables.features("border_line.geojson")[0]["geometry"]["coordinates"]
    feet = [
        shapely.LineString(pair).interpolate(shapely.LineString(pair).project(shapely.Point(lon, lat)))
        for pair in pairwise(coordinates)
    ]
    assert (
        map_tables.BORDER.distance_m(lat, lon) <= min(meters_between(lat, lon, foot.y, foot.x) for foot in feet) * 1.04
    )


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_every_point_has_an_answer(lat: float, lon: float) -> None:
    found = where(lat, lon)

    assert (found.state[:2] or found.side) == found.side
    assert (found.port_distance_m is None) == (found.port_of_entry == "")


def test_the_answer_is_that_of_the_rounded_point() -> None:
    assert where(32.67904, -115.49896) is where(32.679, -115.499)
