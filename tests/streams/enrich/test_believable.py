"""What of a report can be believed, at the bounds."""

from typing import Any

import pytest

from streams.enrich.believable import (
    Flag,
    coordinates,
    heading_deg,
    occurred_from,
    received_at,
    updated_at,
    width_s,
)
from tests.streams.fakes import NOW, report

DAY_MS = 86_400_000
FIVE_MINUTES_MS = 300_000
IN_1900 = -2_208_988_800_000


@pytest.mark.parametrize(
    ("timestamp", "received"),
    [(0, NOW), (-1, NOW), (1, 1), (NOW + FIVE_MINUTES_MS, NOW + FIVE_MINUTES_MS), (NOW + FIVE_MINUTES_MS + 1, NOW)],
)
def test_the_time_of_kafka_counts_unless_a_sender_made_it_up(timestamp: int, received: int) -> None:
    assert received_at(timestamp, NOW) == received


@pytest.mark.parametrize(
    ("occurred", "believed", "flags"),
    [
        (None, None, [Flag.NO_TIME]),
        (IN_1900, IN_1900, []),
        (IN_1900 - 1, None, [Flag.TIME_UNBELIEVABLE]),
        (NOW + FIVE_MINUTES_MS, NOW + FIVE_MINUTES_MS, []),
        (NOW + FIVE_MINUTES_MS + 1, NOW + FIVE_MINUTES_MS + 1, [Flag.TIME_IN_FUTURE]),
        (NOW + 366 * DAY_MS, NOW + 366 * DAY_MS, [Flag.TIME_IN_FUTURE]),
        (NOW + 366 * DAY_MS + 1, None, [Flag.TIME_UNBELIEVABLE]),
    ],
)
def test_a_time_lies_between_1900_and_a_year_ahead(
    occurred: int | None, believed: int | None, flags: list[str]
) -> None:
    noted: list[str] = []

    assert occurred_from(report(occurred_from=occurred, occurred_ambiguous=False), NOW, noted) == believed
    assert noted == flags


def test_an_hour_that_occurs_twice_is_flagged() -> None:
    noted: list[str] = []

    assert occurred_from(report(occurred_from=NOW, occurred_ambiguous=True), NOW, noted) == NOW
    assert noted == [Flag.TIME_AMBIGUOUS]


@pytest.mark.parametrize(
    ("stated", "width"), [(1, 1), (0, 1), (-5, 1), (366 * 86_400, 366 * 86_400), (366 * 86_400 + 1, 366 * 86_400)]
)
def test_a_width_is_between_a_second_and_a_year(stated: int, width: int) -> None:
    noted: list[str] = []

    assert width_s(report(occurred_precision_s=stated), noted) == width
    assert noted == ([] if stated == width else [Flag.TIME_WIDTH_UNBELIEVABLE])


@pytest.mark.parametrize(
    ("stated", "updated"),
    [
        (IN_1900, IN_1900),
        (IN_1900 - 1, NOW),
        (NOW + FIVE_MINUTES_MS, NOW + FIVE_MINUTES_MS),
        (NOW + FIVE_MINUTES_MS + 1, NOW),
    ],
)
def test_an_update_is_not_later_than_kafka_got_it(stated: int, updated: int) -> None:
    noted: list[str] = []

    assert updated_at(report(updated_at=stated), NOW, noted) == updated
    assert noted == ([] if stated == updated else [Flag.UPDATED_UNBELIEVABLE])


@pytest.mark.parametrize(
    ("lat", "lon", "flags"),
    [
        (90.0, 180.0, []),
        (-90.0, -180.0, []),
        (0.0, 1.0, []),
        (90.1, 0.0, [Flag.COORDINATES_UNBELIEVABLE]),
        (-90.1, 0.0, [Flag.COORDINATES_UNBELIEVABLE]),
        (1.0, 180.1, [Flag.COORDINATES_UNBELIEVABLE]),
        (1.0, -180.1, [Flag.COORDINATES_UNBELIEVABLE]),
        (0.0, 0.0, [Flag.COORDINATES_UNBELIEVABLE]),
        (float("nan"), 1.0, [Flag.COORDINATES_UNBELIEVABLE]),
        (None, 1.0, [Flag.NO_COORDINATES]),
        (1.0, None, [Flag.NO_COORDINATES]),
    ],
)
def test_coordinates_are_degrees_and_not_the_zero_of_a_missing_geocode(
    lat: float | None, lon: float | None, flags: list[str]
) -> None:
    location: dict[str, Any] = {**report()["location"], "lat": lat, "lon": lon}
    noted: list[str] = []

    assert coordinates(report(location=location), noted) == ((None, None) if flags else (lat, lon))
    assert noted == flags


@pytest.mark.parametrize(
    ("stated", "heading"),
    [(0.0, 0.0), (359.0, 359.0), (360.0, 0.0), (-90.0, 270.0), (-360.0, 0.0), (360.1, None), (float("nan"), None)],
)
def test_a_heading_is_taken_round_the_circle_once(stated: float, heading: float | None) -> None:
    noted: list[str] = []

    assert heading_deg(report(motion={"heading_deg": stated}), noted) == heading
    assert noted == ([] if heading is not None else [Flag.HEADING_UNBELIEVABLE])
    assert heading_deg(report(motion=None), noted := []) is None
    assert noted == []
