"""What a person types, as values; what is wrong says how to write it."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from sinks.search import options
from sinks.search.query import Query


def query(**given: Any) -> Query:
    return options.query(options.QueryOptions(**given))


@pytest.mark.parametrize(
    ("text", "meters"), [("800m", 800), ("5km", 5000), ("5 KM", 5000), ("2.5km", 2500), ("3mi", 4828.032)]
)
def test_distances(text: str, meters: float) -> None:
    assert options.distance(text) == pytest.approx(meters)


@pytest.mark.parametrize(
    ("text", "last", "instant"),
    [
        ("2026-01-04", False, datetime(2026, 1, 4, tzinfo=UTC)),
        ("2026-01-04", True, datetime(2026, 1, 5, tzinfo=UTC)),
        ("2026-01-04T17:50", True, datetime(2026, 1, 4, 17, 50, tzinfo=UTC)),
        ("2026-01-04T17:50:00-07:00", False, datetime(2026, 1, 5, 0, 50, tzinfo=UTC)),
        ("2026-01-04T17:50:00Z", False, datetime(2026, 1, 4, 17, 50, tzinfo=UTC)),
    ],
)
def test_times_are_utc_unless_they_tell_an_offset_and_a_last_day_counts_whole(
    text: str, last: bool, instant: datetime
) -> None:
    assert options.instant(text, last) == instant
    assert options.instant(text, last).tzinfo is not None


def test_a_query_holds_what_was_asked() -> None:
    made = query(near="31.77,-106.48", since="2026-01-04", until="2026-01-04", traffic="TEST", sort="nearest")

    assert made.near is not None
    assert (made.near.lat, made.near.lon, made.near.within_m) == (31.77, -106.48, 5000)
    assert made.until is not None
    assert made.since is not None
    assert made.until - made.since == timedelta(days=1)
    assert made.since.astimezone(timezone(timedelta(hours=-7))) == made.since
    assert made.traffic == "test"


def test_an_area_is_asked_as_the_index_writes_it() -> None:
    made = query(side="mx", corridor=" calexico-mexicali ", county="Imperial")

    assert (made.side, made.corridor, made.county) == ("MX", "calexico-mexicali", "Imperial")


def test_a_plate_is_asked_as_the_index_writes_it() -> None:
    assert query(plate=" abc-123 ").plate == "ABC123"
    assert query(plate="abc *?").plate == "ABC?"


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ({"within": "5km"}, "--near"),
        ({"near": "31.77"}, "latitude,longitude"),
        ({"near": "x,y"}, "latitude,longitude"),
        ({"near": "91,0"}, "latitude"),
        ({"near": "nan,0"}, "latitude"),
        ({"near": "1,1", "within": "5"}, "5km"),
        ({"near": "1,1", "within": "0km"}, "5km"),
        ({"near": "1,1", "within": "-3km"}, "5km"),
        ({"near": "1,1", "within": "90000km"}, "5km"),
        ({"since": "yesterday"}, "2026-01-04"),
        ({"until": "2026-13-01"}, "2026-01-04"),
        ({"since": "2026-01-05", "until": "2026-01-04"}, "--from"),
        ({"traffic": "all"}, "actual"),
        ({"side": "north"}, "US, MX"),
        ({"sort": "nearest"}, "--near"),
        ({"sort": "random"}, "newest"),
        ({"limit": -1}, "--limit"),
        ({"limit": 10_001}, "--limit"),
    ],
)
def test_a_wrong_option_says_how_to_write_it(told: dict[str, Any], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        query(**told)


@pytest.mark.parametrize(
    ("near", "good"), [("-90,-180", True), ("90,180", True), ("-90.01,0", False), ("0,180.01", False)]
)
def test_the_poles_and_the_date_line_are_places(near: str, good: bool) -> None:
    if good:
        assert query(near=near).near is not None
    else:
        with pytest.raises(ValueError, match="is not a place"):
            query(near=near)


def test_options_are_given_by_name_alone() -> None:
    with pytest.raises(TypeError):
        options.QueryOptions("rocks")  # type: ignore[call-arg]
