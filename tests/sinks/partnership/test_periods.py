"""Days, months and quarters begin where the partnership is, also when its clocks change."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinks.partnership.periods import DAY, calendar_period, day_of, period_named, span_of, start_of, time_of_day

ZONES = st.sampled_from(["UTC", "America/Phoenix", "America/Los_Angeles", "America/Chicago", "America/Santiago"])
DAYS = st.dates(date(2000, 1, 1), date(2040, 12, 31))
HOUR_MS = 3_600_000
BEGINS = date(2025, 8, 10)


@given(DAYS, ZONES)
def test_days_follow_each_other_without_a_gap(day: date, zone: str) -> None:
    first, until = span_of(day, day, zone)

    assert until == start_of(day + DAY, zone)
    assert (until - first) // HOUR_MS in (23, 24, 25)
    assert day_of(first, zone) == day_of(until - 1, zone) == day
    assert day_of(first - 1, zone) == day - DAY


@pytest.mark.parametrize(("day", "hours"), [("2026-03-08", 23), ("2026-11-01", 25), ("2026-07-01", 24)])
def test_the_day_on_which_the_clocks_change_is_shorter_or_longer(day: str, hours: int) -> None:
    first, until = span_of(date.fromisoformat(day), date.fromisoformat(day), "America/Los_Angeles")

    assert until - first == hours * HOUR_MS
    assert time_of_day(first, "America/Los_Angeles") == "00:00"
    phoenix = span_of(date.fromisoformat(day), date.fromisoformat(day), "America/Phoenix")
    assert phoenix[1] - phoenix[0] == 24 * HOUR_MS


@given(DAYS, ZONES)
def test_a_quarter_is_its_three_months(day: date, zone: str) -> None:
    quarter = period_named(f"{day.year}-Q{(day.month + 2) // 3}")
    months = [period_named(name) for name in quarter.months]

    assert len(months) == 3
    assert months[0].since == quarter.since
    assert months[2].until == quarter.until
    assert all(one.until + DAY == after.since for one, after in pairwise(months))
    assert f"{day_of(start_of(day, zone), zone):%Y-%m}" in quarter.months


def test_a_range_of_days_is_a_period_of_the_calendar_or_none() -> None:
    q3 = period_named("2026-Q3")
    assert calendar_period(q3.since, q3.until, BEGINS) == q3
    assert calendar_period(date(2026, 2, 1), date(2026, 2, 28), BEGINS) == period_named("2026-02")
    assert calendar_period(date(2026, 2, 1), date(2026, 2, 27), BEGINS) is None
    assert calendar_period(date(2026, 2, 1), date(2026, 3, 31), BEGINS) is None
    assert calendar_period(date(2026, 2, 1), date(2026, 4, 30), BEGINS) is None
    assert calendar_period(date(2026, 1, 1), date(2026, 12, 31), BEGINS) is None


def test_a_term_that_begins_within_a_period_cuts_it() -> None:
    assert calendar_period(date(2025, 8, 10), date(2025, 9, 30), BEGINS) == period_named("2025-Q3")
    assert calendar_period(date(2025, 8, 10), date(2025, 8, 31), BEGINS) == period_named("2025-08")
    assert calendar_period(date(2025, 7, 1), date(2025, 9, 30), BEGINS) == period_named("2025-Q3")
    assert calendar_period(date(2025, 8, 9), date(2025, 9, 30), BEGINS) is None


@pytest.mark.parametrize("name", ["2026", "2026-13", "2026-Q5", "2026-Q0", "2026-00", "x", "2026-1", "", "2026-Q4 "])
def test_what_names_no_period(name: str) -> None:
    with pytest.raises(ValueError, match="is neither a month"):
        period_named(name)


def test_a_moment_that_no_calendar_has_falls_on_its_first_or_last_day() -> None:
    assert (day_of(-(2**52), "UTC"), day_of(2**52, "UTC")) == (date.min, date.max)
    assert timedelta(days=1) == DAY
