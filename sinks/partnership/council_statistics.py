"""The statistics of a partnership for a period, as a reader is given them: issued reports, or rounded totals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from schemas.agreements import Agreement
from schemas.agreements.model import Audience
from schemas.errors import Denied, InvalidRequest
from schemas.records.audit import CouncilReport
from sinks.access.orders import current_agreement
from sinks.access.session import AccessSession, reader_name
from sinks.partnership.council_report import issue, issued_reports, reporting_zone, require_in_force, span_snapshots
from sinks.partnership.periods import DAY, Period, calendar_period, day_of, span_of, start_of
from sinks.partnership.statistics import Statistics, rounded_totals
from sinks.render.format import clean, moment
from sinks.search.options import instant

Span = tuple[int | None, int | None]
"""Begin and end of a time, UTC milliseconds, the end excluded; None is open."""


@dataclass(frozen=True, slots=True)
class StatisticsRequest:
    """What is requested: `since` and `until` as ISO 8601 text or a date; an empty `audience` is all of them.

    `correct`: issue a new edition of a period that was issued before, by whom and for what reason.
    """

    agreement_id: str
    audience: str = ""
    since: str | None = None
    until: str | None = None
    correct: bool = False
    by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CouncilStatistics:
    """Statistics by audience, in words the period that they are of and how they came about, and the log's anchor."""

    agreement: Agreement
    by_audience: dict[str, Statistics]
    period: str
    provenance: Sequence[str] = ()
    anchor: str = ""


async def council_statistics(session: AccessSession, request: StatisticsRequest) -> CouncilStatistics:
    """Return the statistics of an issued report for a month or quarter that has ended, else rounded totals.

    Whoever is given an issued report is in the dissemination log before. Raises: InvalidRequest; Denied where the
    agreement is not in force and no report was issued; Transient, Configuration.
    """
    agreement = await current_agreement(session.topics, request.agreement_id)
    audiences = _audiences(agreement, request.audience)
    reports = await issued_reports(session.topics, request.agreement_id)
    zone = reporting_zone(agreement, reports)
    span = _time("from", request.since, False, zone), _time("to", request.until, True, zone)
    period = _ended_period(agreement, span, zone, session.now())
    if period is not None:
        if request.correct and not any(report["period"] == period.name for report in reports):
            raise InvalidRequest("correct", f"no report of {period.name} was issued yet")
        by = request.by or reader_name(session.settings.role)
        report = await issue(session, agreement, period, reports, by, request.reason)
        return await _issued(session, agreement, audiences, report, bool(request.audience))
    if request.correct:
        raise InvalidRequest("correct", "only a month or quarter that has ended has an issued report")
    totals = await _totals(session, agreement, span, zone)
    times = f"from {request.since or 'the beginning'} to {request.until or 'now'}"
    return CouncilStatistics(agreement, {audience.name: totals[audience.name] for audience in audiences}, times)


def _time(field: str, text: str | None, last: bool, zone: str) -> int | None:
    """Return a stated time as UTC milliseconds; `last`: of a date, the first instant after it."""
    try:
        return None if text is None else int(instant(text, last, ZoneInfo(zone)).timestamp() * 1000)
    except ValueError as exc:
        raise InvalidRequest(field, str(exc)) from None


def _audiences(agreement: Agreement, name: str) -> list[Audience]:
    audiences = [audience for audience in agreement.audiences if name in ("", audience.name)]
    if not audiences:
        names = ", ".join(audience.name for audience in agreement.audiences)
        raise InvalidRequest("audience", f"{agreement.agreement_id} has the audiences {names}")
    return audiences


def _ended_period(agreement: Agreement, span: Span, zone: str, now: int) -> Period | None:
    """Return the month or quarter that a span covers, if it has ended. Raises: InvalidRequest before the term."""
    first, last = span
    if first is None or last is None or last <= first:
        return None
    days = day_of(first, zone), day_of(last - 1, zone)
    if span_of(*days, zone) != span:
        return None
    period = calendar_period(*days, day_of(agreement.begins, zone))
    if period is None or span_of(period.since, period.until, zone)[1] > now:
        return None
    if period.until < day_of(agreement.begins, zone):
        raise InvalidRequest("to", f"{agreement.agreement_id} begins after {period.until}")
    return period


async def _totals(session: AccessSession, agreement: Agreement, span: Span, zone: str) -> dict[str, Statistics]:
    """Count a time that is not a calendar period, in whole days."""
    now = session.now()
    require_in_force(agreement, "this time", now)
    first = agreement.begins if span[0] is None else start_of(day_of(span[0], zone), zone)
    last = now if span[1] is None else start_of(day_of(span[1] - 1, zone) + DAY, zone)
    counted = await span_snapshots(session, agreement, {"": (first, last)})
    names = [audience.name for audience in agreement.audiences]
    return rounded_totals(counted[""].patterns, names, bool(agreement.inquiry_services))


async def _issued(
    session: AccessSession, agreement: Agreement, audiences: Sequence[Audience], report: CouncilReport, single: bool
) -> CouncilStatistics:
    """Return the statistics of an issued report for some audiences, or for a `single` one; logged before."""
    statistics = _statistics_of(report)
    shown = [audience for audience in audiences if audience.name in statistics]
    if not shown:
        name = audiences[0].name
        raise Denied(f"it was counted before there was an audience {name}: --correct issues a new edition")
    await _log_disclosure(session, agreement, shown, report)
    # Not for a single partner: the anchor's number reveals how often the others read.
    anchor = "" if single else report["dissemination_anchor"]
    by_audience = {audience.name: statistics[audience.name] for audience in shown}
    period = f"in {report['period']} ({report['time_zone']})"
    return CouncilStatistics(agreement, by_audience, period, _provenance(report, anchor), anchor)


async def _log_disclosure(
    session: AccessSession, agreement: Agreement, audiences: Sequence[Audience], report: CouncilReport
) -> None:
    """Log who is given an issued report; while the agreement is in force, readers of its audiences only."""
    query = {"council_report": agreement.agreement_id, "period": report["period"], "edition": report["edition"]}
    for audience in audiences:
        if agreement.in_force(session.now()):
            await session.admit(audience.name, audience.purposes[0])
        await session.log_disclosure(audience.name, query, [], audience.purposes[0])


def _statistics_of(report: CouncilReport) -> dict[str, dict[str, Any]]:
    """Return the statistics of an issued report by audience, each with the report that it is from."""
    origin = {name: report[name] for name in ("period", "edition", "time_zone")}
    origin |= {"made_at": moment(report["at"]), **({"correction": report["why"]} if report["why"] else {})}
    return {name: {**values, "report": origin} for name, values in orjson.loads(report["figures"]).items()}


def _provenance(report: CouncilReport, anchor: str) -> list[str]:
    lines = [f"Edition {report['edition']}, issued on {moment(report['at'])} UTC and kept unchanged."]
    lines += [f"Correction: {clean(report['why'])}"] if report["why"] else []
    return [*lines, f"Dissemination log, for `dissemination verify --anchor`: {anchor}"] if anchor else lines
