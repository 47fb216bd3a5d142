"""Days, months and quarters of a fixed calendar in a partnership's time zone; pure."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = (datetime.combine(day, time(), UTC) for day in (date.min, date.max))
_NAMED = re.compile(r"(?P<year>\d{4})-(?:(?P<month>0[1-9]|1[0-2])|Q(?P<quarter>[1-4]))")


class Period(NamedTuple):
    """A calendar month or quarter: its name, `2026-10` or `2026-Q4`, and its first and last day."""

    name: str
    since: date
    until: date

    @property
    def months(self) -> tuple[str, ...]:
        """Return the names of its months, in order."""
        return tuple(f"{self.since.year:04}-{month:02}" for month in range(self.since.month, self.until.month + 1))


def _local(at: int, zone: str) -> datetime:
    try:
        return (_EPOCH + timedelta(milliseconds=at)).astimezone(ZoneInfo(zone))
    # A time before the year 1 or after 9999.
    except OverflowError:
        return _FIRST if at < 0 else _LAST


def day_of(at: int, zone: str) -> date:
    """Return the calendar day of a time, UTC milliseconds, in a time zone (IANA name)."""
    return _local(at, zone).date()


def time_of_day(at: int, zone: str) -> str:
    """Return the hour and minute of a time, UTC milliseconds, in a time zone (IANA name)."""
    return _local(at, zone).strftime("%H:%M")


def start_of(day: date, zone: str) -> int:
    """Return when a day begins in a time zone (IANA name), UTC milliseconds.

    Where a change to daylight saving time skips midnight, the day begins with the change.
    """
    midnight = datetime.combine(day, time(), ZoneInfo(zone))
    return int(midnight.astimezone(UTC).timestamp() * 1000)


def span_of(since: date, until: date, zone: str) -> tuple[int, int]:
    """Return when a range of days begins and ends in a time zone (IANA name), UTC milliseconds, the end excluded."""
    return start_of(since, zone), start_of(until + DAY, zone)


def period_named(name: str) -> Period:
    """Return the period of a name such as `2026-10` or `2026-Q4`. Raises: ValueError."""
    parts = _NAMED.fullmatch(name)
    if parts is None:
        raise ValueError(f"{name!r} is neither a month (2026-10) nor a quarter (2026-Q4)")
    quarter = parts["quarter"]
    first = int(quarter) * 3 - 2 if quarter else int(parts["month"])
    last = first + 2 if quarter else first
    year = int(parts["year"])
    ends = date(year + last // 12, last % 12 + 1, 1) - DAY
    return Period(name, date(year, first, 1), ends)


def quarter_of(day: date) -> Period:
    """Return the quarter of a day."""
    return period_named(f"{day.year:04}-Q{(day.month + 2) // 3}")


def _calendar(day: date) -> Iterator[Period]:
    yield period_named(f"{day.year:04}-{day.month:02}")
    yield quarter_of(day)


def calendar_period(since: date, until: date, begins: date) -> Period | None:
    """Return the month or quarter that a range of days covers, from the start of the term on where that is later.

    None where the days are not a whole calendar period. `begins` is the first day of the agreement's term.
    """
    for period in _calendar(since):
        if until == period.until and since in (period.since, max(period.since, begins)):
            return period
    return None
