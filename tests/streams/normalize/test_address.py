"""Addresses that agencies write in their own ways come out the same; all of them are invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.folding import fold
from streams.normalize import address, address_words, street
from streams.normalize.address import LONGEST, MOST_STREETS, Address, parse

CASES: list[tuple[str, tuple[str, ...], int]] = [
    # House numbers and blocks.
    ("2417 BENTLEY CT", ("BENTLEY",), 2417),
    ("2400 BLK BENTLEY CT", ("BENTLEY",), 2400),
    ("2400BLK  BENTLEY CT", ("BENTLEY",), 2400),
    ("2400 BLOCK OF BENTLEY COURT", ("BENTLEY",), 2400),
    ("24XX BENTLEY CT", ("BENTLEY",), 2400),
    ("2400 CUADRA BENTLEY CALLE", ("BENTLEY",), 2400),
    ("0 BLOCK BENTLEY RD", ("BENTLEY",), 0),
    ("0 BENTLEY RD", ("BENTLEY",), -1),
    ("3301-A W BENTLEY", ("BENTLEY",), 3301),
    ("1812-11 BENTLEY LN", ("BENTLEY",), 1812),
    ("123 1/2 BENTLEY ST #4", ("BENTLEY",), 123),
    ("123 BENTLEY ST APT 4B, SPRINGVALE, CA 92000", ("BENTLEY",), 123),
    ("7500 BLK SOUTHWEST FWY IB", ("SW HWY",), 7500),
    ("1013 N WEST BLVD", ("N W",), 1013),
    ("3301 DEL SOL DR", ("DEL SOL",), 3301),
    ("CITY PARK 1200 BENTLEY ST", ("BENTLEY", "CITY PARK"), 1200),
    # Kinds and directions.
    ("N BENTLEY AVE", ("BENTLEY",), -1),
    ("BENTLEY AVENUE SOUTH", ("BENTLEY",), -1),
    ("W LOOP S", ("W LOOP S",), -1),
    ("S LOOP W", ("S LOOP W",), -1),
    ("SOUTHWEST CARRETERA OB", ("SW HWY",), -1),
    ("COURT ST", ("COURT",), -1),
    ("AVENUE E", ("E",), -1),
    ("E ST", ("E",), -1),
    ("C STREET", ("C",), -1),
    ("AVENUE Y", ("Y",), -1),
    ("BENTLEY STRET", ("BENTLEY",), -1),
    ("BENTLEY CLALE", ("BENTLEY",), -1),
    # Ordinals and saints.
    ("NINTH ST", ("9",), -1),
    ("9TH ST", ("9",), -1),
    ("9 ST", ("9",), -1),
    ("500 N 09TH AVE", ("9",), 500),
    ("CALLE NOVENA", ("9",), -1),
    ("5600 BLOCK E ST CHARLES RD", ("SAINT CHARLES",), 5600),
    ("SAINT CHARLES ST", ("SAINT CHARLES",), -1),
    # Spanish.
    ("AV. REFORMA 1250, COL. CENTRO, VALLE", ("REFORMA",), 1250),
    ("AV REFORMA #1250", ("REFORMA",), 1250),
    ("CALLE 5 NO. 120", ("5",), 120),
    ("C. HIDALGO", ("HIDALGO",), -1),
    ("CALLE DE LA ROSA", ("ROSA",), -1),
    ("BLVD. DE LOS INSURGENTES S/N", ("INSURGENTES",), -1),
    ("5 DE MAYO", ("5 DE MAYO",), -1),
    ("AV. 16 DE SEPTIEMBRE 250", ("16 DE SEPTIEMBRE",), 250),
    ("CALZADA JUÁREZ PONIENTE", ("JUAREZ",), -1),
    # What is no street.
    ("BENTLEY DR / DEAD-END", ("BENTLEY",), -1),
    ("BENTLEY RD / UNKNOWN", ("BENTLEY",), -1),
    ("BENTLEY RD (NORTH LOT)", ("BENTLEY",), -1),
    ("O'BENTLEY DR", ("OBENTLEY",), -1),
    ("", (), -1),
    ("/", (), -1),
    ("STREET", (), -1),
]

INTERSECTIONS = [
    "SECOND ST / BENTLEY AVE",
    "BENTLEY AV/2ND ST",
    "BENTLEY AVE & 2 ST",
    "2nd Street @ Bentley Avenue",
    "E 2ND ST AND N BENTLEY AVE",
    "BENTLEY AV. ESQ. CUADRA SEGUNDA CALLE",
    "CALLE SEGUNDA ESQUINA AVENIDA BENTLEY",
    "CALLE 2 Y AV BENTLEY",
    "BLK BENTLEY AVE / 2ND ST RAMP",
]

HIGHWAYS: list[tuple[str, tuple[str, ...], str, float | None]] = [
    ("US-83 WB MP 36.6", ("ROUTE 83",), "US-83", 58.902),
    ("U.S. 83 MILE MARKER 12", ("ROUTE 83",), "US-83", 19.312),
    ("US HIGHWAY 83 MM 12", ("ROUTE 83",), "US-83", 19.312),
    ("SR-98 EB MP 32..6", ("ROUTE 98",), "SR-98", 52.465),
    ("CA-98", ("ROUTE 98",), "SR-98", None),
    ("TX 359", ("ROUTE 359",), "SR-359", None),
    ("SH 359", ("ROUTE 359",), "SR-359", None),
    ("FM 1472 RD", ("ROUTE 1472",), "FM-1472", None),
    ("LOOP 20 NB", ("ROUTE 20",), "LOOP-20", None),
    ("1900 E BUSINESS LOOP 70", ("ROUTE 70",), "BUS-70", None),
    ("I70E", ("ROUTE 70",), "I-70", None),
    ("IH10OB", ("ROUTE 10",), "I-10", None),
    ("N HWY 63 NB", ("ROUTE 63",), "HWY-63", None),
    ("WB 118 JWO BENTLEY", ("BENTLEY", "ROUTE 118"), "HWY-118", None),
    ("HWY WW", ("ROUTE WW",), "HWY-WW", None),
    ("CO RD 12A", ("ROUTE 12A",), "CR-12A", None),
    ("10770-10851 Sr4", ("ROUTE 4",), "SR-4", None),
    ("MEX-2D KM 12.5", ("ROUTE 2D",), "MEX-2D", 12.5),
    ("CARRETERA FEDERAL 2 KM 12+500", ("ROUTE 2",), "MEX-2", 12.5),
    ("CARR. FED. 2 KILÓMETRO 12", ("ROUTE 2",), "MEX-2", 12.0),
    ("CARRETERA 2 KM. 12+050", ("ROUTE 2",), "HWY-2", 12.05),
    ("CARRETERA VALLE-PUERTO KM 33", ("PUERTO VALLE",), "", 33.0),
    ("CARR. PUERTO - VALLE KILOMETRO 33", ("PUERTO VALLE",), "", 33.0),
    ("I-5 N / I-805 NO", ("ROUTE 5", "ROUTE 805"), "I-5", None),
    ("I-805 / I-5", ("ROUTE 5", "ROUTE 805"), "I-5", None),
    ("EXIT 751 W IH 10 FWY OB / SH 6 EXIT", ("ROUTE 10", "ROUTE 6"), "I-10", None),
    ("BENTLEY RD / US 83", ("BENTLEY", "ROUTE 83"), "US-83", None),
]


@pytest.mark.parametrize(("text", "streets", "number"), CASES)
def test_an_address_gives_streets_and_number(text: str, streets: tuple[str, ...], number: int) -> None:
    assert parse(text) == Address(streets, number, "", None)


@pytest.mark.parametrize("text", INTERSECTIONS)
def test_an_intersection_is_the_same_however_it_is_written(text: str) -> None:
    assert parse(text) == Address(("2", "BENTLEY"), -1, "", None)


@pytest.mark.parametrize(("text", "streets", "route", "kilometer"), HIGHWAYS)
def test_a_highway_has_its_system_and_its_kilometer(
    text: str, streets: tuple[str, ...], route: str, kilometer: float | None
) -> None:
    found = parse(text)

    assert (found.streets, found.route, found.route_km) == (streets, route, kilometer)


def test_a_highway_of_unknown_system_shares_its_name_with_the_one_that_tells_it() -> None:
    assert parse("HWY 63").streets == parse("US-63").streets
    assert parse("HWY 63").route != parse("US-63").route


def test_a_street_between_two_others_gives_three() -> None:
    assert parse("CALLE ROSA ENTRE 5 DE MAYO Y AV REFORMA").streets == ("5 DE MAYO", "REFORMA", "ROSA")


NAMES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZÑÁ", min_size=2, max_size=8).filter(
    lambda name: fold(name).upper() not in address_words.WORDS
)
STREETS = st.tuples(NAMES, st.sampled_from(["ST", "AVE", "CALLE", "RD"])).map(" ".join)
WRITTEN = st.text(st.sampled_from("ABEINSTWY0129 -/&@#,.+()'ÑÉ\x00🚓٣"), max_size=60)
PARTS = "ST AVE N W CALLE DE LA LOOP ST. COURT THE BLK 9TH 12 HWY BENTLEY STRET EXIT COL C Y NO 5 SAINT EXT"
WORDS = st.lists(st.sampled_from(PARTS.split()), max_size=9)


@given(STREETS, STREETS, st.sampled_from([" / ", "/", " & ", " @ ", " AND ", " ESQ. ", " Y ", " AT "]))
def test_the_order_of_an_intersection_does_not_matter(one: str, other: str, between: str) -> None:
    assert parse(f"{one}{between}{other}") == parse(f"{other} / {one}")


@given(st.one_of(st.text(max_size=400), WRITTEN, WORDS.map(" ".join)))
def test_any_text_is_read(text: str) -> None:
    found = parse(text)

    assert list(found.streets) == sorted(set(found.streets))
    assert len(found.streets) <= MOST_STREETS
    assert -1 <= found.number < 1_000_000
    assert found.route_km is None or 0 <= found.route_km < 20_000


@given(WORDS)
def test_a_normalized_name_stays_as_it_is(told: list[str]) -> None:
    name = street.name([word.strip(".") for word in told])

    assert street.name(name.split()) == name


@pytest.mark.parametrize(
    "piece",
    ["(", "-", "1-", "HWY ", "EXIT 1 ", "MP 1.", "ST ", "N ", "#", "AND ", "1/2 ", ", AVE", "DE ", "\x00", "ﷺ", "1"],
)
def test_no_text_is_read_for_ever(piece: str) -> None:
    parse(piece * 32_768)


def test_a_long_address_is_not_remembered_whole() -> None:
    """Or a feed of long addresses would fill the memory."""
    before = address._remembered.cache_info().misses
    parse("BENTLEY ST / " * 100)
    parse("BENTLEY ST / " * 200)

    assert address._remembered.cache_info().misses <= before + 1


def test_what_is_far_behind_is_not_read() -> None:
    assert parse("BENTLEY ST" + " " * LONGEST + "/ OTHER ST").streets == ("BENTLEY",)
