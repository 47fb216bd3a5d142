"""Count, protect, issue and read back council reports: the use case behind the command `report`."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from typing import Any
from uuid import uuid4

import orjson

from schemas.agreements import Agreement
from schemas.codes.offenses import tables_version
from schemas.errors import Configuration, Denied, Transient
from schemas.records import codec
from schemas.records.audit import CouncilReport
from schemas.topics import COUNCIL_REPORTS
from sinks.access.agency_rows import countries
from sinks.access.audit_records import dissemination_lines, newest_anchor
from sinks.access.dissemination_log import anchor_text
from sinks.access.ports import Topics
from sinks.access.session import AccessSession
from sinks.index.port import NoAudience
from sinks.partnership.incident_counts import CountingTerms, InquiryTimes, Snapshot, is_counted, snapshot
from sinks.partnership.inquiries import inquiry_times
from sinks.partnership.inquiry_records import inquiry_records
from sinks.partnership.periods import Period, period_named, span_of
from sinks.partnership.report_editions import (
    Draft,
    draft,
    issued_under,
    months_to_count,
    newest_edition,
    pack_snapshots,
    pack_suppressed,
)
from sinks.partnership.statistics import statistics
from sinks.render.format import moment

_ATTEMPTS = 10


async def issued_reports(topics: Topics, agreement_id: str) -> list[CouncilReport]:
    """Return the reports that were issued under an agreement, in order. Raises: Transient, Configuration."""
    if COUNCIL_REPORTS.name not in await topics.names():
        raise Configuration(f"topic {COUNCIL_REPORTS.name} does not exist: create it with `interagency init`")
    return issued_under((await topics.newest(COUNCIL_REPORTS.name)).values(), agreement_id)


async def issue(
    session: AccessSession,
    agreement: Agreement,
    period: Period,
    reports: Sequence[CouncilReport],
    by: str,
    correction: str = "",
) -> CouncilReport:
    """Return the report of a period as it was issued; issue it where there is none, or for a `correction` (the reason).

    Two reports issued at the same time have one number: the first in the topic is valid, the other is drafted again.
    Raises: Denied where it was never issued and the agreement is not in force; Transient, Configuration.
    """
    before = newest_edition(reports, period.name)
    if before is not None and not correction:
        return before
    fresh = dict[str, Snapshot]()
    for _ in range(_ATTEMPTS):
        months = months_to_count(reports, period, bool(correction))
        if missing := [month for month in months if month not in fresh]:
            require_in_force(agreement, period.name, session.now())
            fresh |= await month_snapshots(session, agreement, missing, reporting_zone(agreement, reports))
        drafted = draft(reports, period, {month: fresh[month] for month in months})
        audit = by, correction, await _anchor(session.topics), session.now()
        record = _record(agreement, period, drafted, reporting_zone(agreement, reports), *audit)
        # Every record has a key of its own: compaction would keep the last of two, and the first is the valid one.
        key = f"{agreement.agreement_id}|{period.name}|{drafted.edition}|{drafted.number}|{uuid4().hex}"
        value = codec.encode("council_report", record)
        await session.topics.write(COUNCIL_REPORTS.name, key.encode(), value, record["at"])
        reports = await issued_reports(session.topics, agreement.agreement_id)
        newest = newest_edition(reports, period.name)
        if newest is not None and (newest == record or not correction):
            return newest
    raise Transient("other reports of this agreement are being issued at the same time; run the command again")


def reporting_zone(agreement: Agreement, reports: Sequence[CouncilReport]) -> str:
    """Return the time zone of an agreement's reports, an IANA name: that of the first, so that months stay the same."""
    return reports[0]["time_zone"] if reports else agreement.time_zone


def require_in_force(agreement: Agreement, period: str, at: int) -> None:
    """Raise Denied, naming the `period`, where the audiences of an agreement cannot be read at `at`, UTC ms."""
    name = agreement.agreement_id
    if at < agreement.begins:
        raise Denied(f"{name} begins on {moment(agreement.begins)} UTC: there are no statistics yet")
    if not agreement.in_force(at):
        raise Denied(
            f"{name} ended on {moment(agreement.ends)} UTC and its audiences can no longer be read: there are no "
            f"statistics of {period}, because no report of it was issued before the end"
        )


async def month_snapshots(
    session: AccessSession, agreement: Agreement, months: Sequence[str], zone: str
) -> dict[str, Snapshot]:
    """Count what each audience sees of some months, in a time zone, now. Raises: Transient, Configuration."""
    spans = {month: span_of(period_named(month).since, period_named(month).until, zone) for month in months}
    clipped = {month: (max(first, agreement.begins), last) for month, (first, last) in spans.items()}
    return await span_snapshots(session, agreement, clipped)


async def span_snapshots(
    session: AccessSession, agreement: Agreement, spans: Mapping[str, tuple[int, int]]
) -> dict[str, Snapshot]:
    """Count what each audience sees of some spans, UTC milliseconds, the end excluded. Raises: Transient."""
    views: dict[str, list[dict[str, Any]]] = {audience.name: [] for audience in agreement.audiences}
    for audience in agreement.audiences:
        # In a new partnership nothing may have been released to some audiences yet.
        with suppress(NoAudience):
            async with session.reading(audience.name, audience.purposes[0]) as reading:
                await reading.incidents(views[audience.name].extend)
    focus = {audience.name: agreement.focus(audience) for audience in agreement.audiences}
    terms = CountingTerms(await countries(session.topics), agreement.checkpoints, focus)
    inquiries = await _inquiries(session.topics, agreement)
    return {
        name: snapshot(
            {who: [incident for incident in seen if is_counted(incident, *span)] for who, seen in views.items()},
            terms,
            None
            if inquiries is None
            else {who: [at for at in times if span[0] <= at[0] < span[1]] for who, times in inquiries.items()},
        )
        for name, span in spans.items()
    }


async def _inquiries(topics: Topics, agreement: Agreement) -> dict[str, list[InquiryTimes]] | None:
    """Read when each audience's agencies sent inquiries; None where the agreement has no support center."""
    if not agreement.inquiry_services:
        return None
    log, held = await dissemination_lines(topics), (await inquiry_records(topics)).inquiries
    return {
        audience.name: list(inquiry_times(log, held, agreement.agreement_id, audience.readers))
        for audience in agreement.audiences
    }


async def _anchor(topics: Topics) -> str:
    newest = await newest_anchor(topics)
    return anchor_text(newest) if newest else ""


def _record(
    agreement: Agreement, period: Period, drafted: Draft, zone: str, by: str, correction: str, anchor: str, at: int
) -> CouncilReport:
    # An audience that did not exist when a month was counted gets no statistics of it: unknown is not zero.
    audiences = [audience.name for audience in agreement.audiences if audience.name in drafted.minutes]
    figures = statistics(drafted, period.name, audiences)
    return {
        "agreement_id": agreement.agreement_id,
        "number": drafted.number,
        "period": period.name,
        "edition": drafted.edition,
        "time_zone": zone,
        "agreement_version": agreement.version,
        "counted": dict(drafted.counted),
        "snapshots": pack_snapshots(drafted.snapshots),
        "withheld": pack_suppressed(drafted),
        "figures": orjson.dumps(figures, option=orjson.OPT_SORT_KEYS).decode(),
        "code_version": version("interagency"),
        "tables_version": tables_version(),
        "by": by,
        "why": correction,
        "dissemination_anchor": anchor,
        "at": at,
    }
