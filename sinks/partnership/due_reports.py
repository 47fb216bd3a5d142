"""The reports that partnerships owe: for which time the last one is due, and what makes it; pure."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from schemas.agreements import Agreement
from sinks.partnership.periods import day_of

_MONTHS = {"month": 1, "quarter": 3, "year": 12}
"""How often a report is owed -> months, counted from January."""


class Owed(NamedTuple):
    """A report, the first and the last day it is about in the agreement's time zone, and the command that makes it."""

    agreement_id: str
    name: str
    to: str
    since: date
    until: date
    command: str


def last_period(every: str, today: date) -> tuple[date, date]:
    """Give the first and the last day of the last day, week (Monday first), month, quarter or year before this one."""
    if every == "day":
        return today - timedelta(days=1), today - timedelta(days=1)
    if every == "week":
        ends = today - timedelta(days=today.weekday() + 1)
        return ends - timedelta(days=6), ends
    months = _MONTHS[every]
    begun = date(today.year, (today.month - 1) // months * months + 1, 1)
    years, month = divmod(begun.month - 1 - months, 12)
    return date(begun.year + years, month + 1, 1), begun - timedelta(days=1)


def owed(agreements: Iterable[Agreement], now: int) -> list[Owed]:
    """Give what is owed by the agreements in force at `now`, UTC milliseconds, as far as their terms reach back."""
    found = []
    for one in agreements:
        begins, today = (day_of(at, one.time_zone) for at in (one.begins, now))
        for report in one.reports if one.in_force(now) else ():
            since, until = last_period(report.every, today)
            if until < begins:
                continue
            since = max(since, begins)
            span = f"--day {until}" if report.every == "day" else f"--from {since} --to {until}"
            command = f"interagency {'digest' if report.every == 'day' else 'report'} {one.agreement_id} {span}"
            found.append(Owed(one.agreement_id, report.name, report.to, since, until, command))
    return sorted(found)
