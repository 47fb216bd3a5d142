"""Days, months and quarters of a fixed calendar in a partnership's time zone; pure."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = (datetime.combine(one, time(), UTC) for one in (date.min, date.max))
_NAMED = re.compile(r"(?P<year>\d{4})-(?:(?P<month>0[1-9]|1[0-2])|Q(?P<quarter>[1-4]))")


class Period(NamedTuple):
    """A whole month or quarter: `2026-10` or `2026-Q4`, its first and its last day."""

    name: str
    since: date
    until: date

    @property
    def months(self) -> tuple[str, ...]:
        """Name the months that it consists of, in order."""
        return tuple(f"{self.since.year:04}-{month:02}" for month in range(self.since.month, self.until.month + 1))


def _local(at: int, zone: str) -> datetime:
    try:
        return (_EPOCH + timedelta(milliseconds=at)).astimezone(ZoneInfo(zone))
    # A moment before the year 1 or after 9999.
    except OverflowError:
        return _FIRST if at < 0 else _LAST


def day_of(at: int, zone: str) -> date:
    """Return the calendar day of a moment, UTC milliseconds, in a time zone (IANA name)."""
    return _local(at, zone).date()


def clock_of(at: int, zone: str) -> str:
    """Return hour and minute of a moment, UTC milliseconds, in a time zone (IANA name)."""
    return _local(at, zone).strftime("%H:%M")


def start_of(day: date, zone: str) -> int:
    """Return the first moment of a day in a time zone, UTC milliseconds.

    Where a change of clocks skips midnight, it is the moment of the change.
    """
    midnight = datetime.combine(day, time(), ZoneInfo(zone))
    return int(midnight.astimezone(UTC).timestamp() * 1000)


def span_of(since: date, until: date, zone: str) -> tuple[int, int]:
    """Return the moments at which a range of days begins and ends, UTC milliseconds, the end excluded."""
    return start_of(since, zone), start_of(until + DAY, zone)


def named(name: str) -> Period:
    """Return the period of a name: `2026-10`, `2026-Q4`. Raises: ValueError."""
    found = _NAMED.fullmatch(name)
    if found is None:
        raise ValueError(f"{name!r} is no month (2026-10) and no quarter (2026-Q4)")
    quarter = found["quarter"]
    first = int(quarter) * 3 - 2 if quarter else int(found["month"])
    last = first + 2 if quarter else first
    year = int(found["year"])
    ends = date(year + last // 12, last % 12 + 1, 1) - DAY
    return Period(name, date(year, first, 1), ends)


def quarter_of(day: date) -> Period:
    """Return the quarter of a day."""
    return named(f"{day.year:04}-Q{(day.month + 2) // 3}")


def _calendar(day: date) -> Iterator[Period]:
    yield named(f"{day.year:04}-{day.month:02}")
    yield quarter_of(day)


def whole(since: date, until: date, begins: date) -> Period | None:
    """Return the month or quarter that a range of days is, as far as a term that `begins` reaches into it.

    None where the days are no whole period of the calendar.
    """
    for period in _calendar(since):
        if until == period.until and since in (period.since, max(period.since, begins)):
            return period
    return None
