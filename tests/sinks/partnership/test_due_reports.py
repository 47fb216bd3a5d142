"""Which reports are owed: the last whole period, and none from before the agreement."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.agreements import BUNDLED, bundled_text, parse
from schemas.agreements.model import Period
from schemas.errors import Configuration
from sinks.partnership.due_reports import last_period, reports_due

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("every", "today", "since", "until"),
    [
        ("day", "2026-03-01", "2026-02-28", "2026-02-28"),
        ("week", "2026-11-27", "2026-11-16", "2026-11-22"),
        ("month", "2026-01-31", "2025-12-01", "2025-12-31"),
        ("quarter", "2026-11-27", "2026-07-01", "2026-09-30"),
        ("quarter", "2026-01-01", "2025-10-01", "2025-12-31"),
        ("year", "2026-11-27", "2025-01-01", "2025-12-31"),
    ],
)
def test_the_last_whole_period(every: str, today: str, since: str, until: str) -> None:
    assert last_period(every, date.fromisoformat(today)) == (date.fromisoformat(since), date.fromisoformat(until))


@given(st.sampled_from(get_args(Period)), st.dates(date(2020, 1, 1), date(2040, 12, 31)))
def test_periods_follow_each_other_without_a_gap(every: str, today: date) -> None:
    since, until = last_period(every, today)

    assert since <= until < today
    assert last_period(every, until + DAY) == (since, until)
    assert last_period(every, since)[1] == since - DAY


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def test_nothing_is_owed_from_before_the_agreement_began_or_after_it_ended() -> None:
    cit = replace(BUNDLED["cit"], begins=at("2026-08-10T07:00"), ends=at("2027-08-10T07:00"))

    (one,) = reports_due([cit], at("2026-11-27"))
    assert one.command == "interagency report cit --from 2026-08-10 --to 2026-09-30"
    assert reports_due([cit], at("2026-09-30")) == []
    assert reports_due([cit], at("2027-08-10T07:00")) == []


def test_a_partnership_owes_in_periods_that_are_known() -> None:
    with pytest.raises(Configuration, match=r"report .*, every: 'fortnight' is not known"):
        parse(bundled_text("cit").replace('every = "quarter"', 'every = "fortnight"'), "cit.toml")


@pytest.mark.parametrize(
    ("now", "ends"), [("2026-10-01T06:59:59", date(2026, 6, 30)), ("2026-10-01T07:00", date(2026, 9, 30))]
)
def test_what_is_owed_is_cut_where_the_partnership_is(now: str, ends: date) -> None:
    """A quarter of Calexico ends at midnight there, seven hours after that of Greenwich."""
    found = reports_due([BUNDLED["cit"]], at(now))

    assert [one.until for one in found] == [ends]
