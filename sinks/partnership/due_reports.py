"""The reports that agreements require: for which period the last one is due, and the command that makes it; pure."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from schemas.agreements import Agreement
from sinks.partnership.periods import day_of

_MONTHS = {"month": 1, "quarter": 3, "year": 12}
"""How often a report is due -> months, counted from January."""


class DueReport(NamedTuple):
    """A report that is due: its first and last day in the agreement's time zone, and the command that makes it."""

    agreement_id: str
    name: str
    to: str
    since: date
    until: date
    command: str


def last_period(every: str, today: date) -> tuple[date, date]:
    """Return the first and last day of the last whole day, week (Monday first), month, quarter or year before today."""
    if every == "day":
        return today - timedelta(days=1), today - timedelta(days=1)
    if every == "week":
        ends = today - timedelta(days=today.weekday() + 1)
        return ends - timedelta(days=6), ends
    months = _MONTHS[every]
    current = date(today.year, (today.month - 1) // months * months + 1, 1)
    years, month = divmod(current.month - 1 - months, 12)
    return date(current.year + years, month + 1, 1), current - timedelta(days=1)


def reports_due(agreements: Iterable[Agreement], now: int) -> list[DueReport]:
    """Return the reports due under the agreements in force at `now`, UTC milliseconds, for days within their terms."""
    due = []
    for agreement in agreements:
        begins, today = (day_of(at, agreement.time_zone) for at in (agreement.begins, now))
        for report in agreement.reports if agreement.in_force(now) else ():
            since, until = last_period(report.every, today)
            if until < begins:
                continue
            since = max(since, begins)
            span = f"--day {until}" if report.every == "day" else f"--from {since} --to {until}"
            command = f"interagency {'digest' if report.every == 'day' else 'report'} {agreement.agreement_id} {span}"
            due.append(DueReport(agreement.agreement_id, report.name, report.to, since, until, command))
    return sorted(due)
