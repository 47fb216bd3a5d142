"""Counting, protecting, keeping and reading back council reports: what the command `report` asks of the services."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from importlib.metadata import version
from typing import Any
from uuid import uuid4

import orjson

from schemas.agreements import Agreement
from schemas.codes.offenses import tables_version
from schemas.errors import Configuration, Denied, Transient
from schemas.records import codec
from schemas.records.audit import CouncilReport
from schemas.runtime.clock import now_ms
from schemas.topics import COUNCIL_REPORTS
from sinks.access.dissemination_log import anchor_text
from sinks.access.order_writer import asking, write
from sinks.access.past import countries, disclosed, looked_up, newest_anchor
from sinks.access.session import read
from sinks.index.port import NoAudience
from sinks.partnership import council_reports as kept
from sinks.partnership.council_counts import Asked, Snapshot, Terms, counted, snapshot
from sinks.partnership.council_reports import Made
from sinks.partnership.periods import Period, named, span_of
from sinks.partnership.statistics import figures
from sinks.render.format import moment

_ATTEMPTS = 10


def given_out(agreement_id: str) -> list[CouncilReport]:
    """Read the reports that were given out under an agreement. Raises: Transient, Configuration."""
    with asking() as admin:
        if COUNCIL_REPORTS.name not in admin.topic_names():
            raise Configuration(f"there is no topic {COUNCIL_REPORTS.name}: make it with `interagency init`")
        return kept.standing(admin.read_compacted(COUNCIL_REPORTS.name).values(), agreement_id)


def report_of(
    agreement: Agreement, period: Period, reports: Sequence[CouncilReport], by: str, correction: str = ""
) -> CouncilReport:
    """Return the report of a period, as it was given out or, at first and for a `correction` (why), made and kept now.

    Two that are made at once have one number: the first in the topic stands, and the other is made again beside it.
    Raises: Denied where it was not made and the agreement is not in force; Transient, Configuration.
    """
    before = kept.newest(reports, period.name)
    if before is not None and not correction:
        return before
    fresh = dict[str, Snapshot]()
    for _ in range(_ATTEMPTS):
        months = kept.to_count(reports, period, bool(correction))
        if missing := [month for month in months if month not in fresh]:
            check_in_force(agreement, period.name)
            fresh |= snapshots(agreement, missing, zone_of(agreement, reports))
        made = kept.make(reports, period, {month: fresh[month] for month in months})
        record = _record(agreement, period, made, zone_of(agreement, reports), by, correction)
        # No record has the key of another: compaction would keep the last of them, and the first is what stands.
        key = f"{agreement.agreement_id}|{period.name}|{made.edition}|{made.number}|{uuid4().hex}"
        write(COUNCIL_REPORTS.name, key.encode(), codec.encode("council_report", record), record["at"])
        reports = given_out(agreement.agreement_id)
        found = kept.newest(reports, period.name)
        if found is not None and (found == record or not correction):
            return found
    raise Transient("other reports of this agreement are being made at the same time; run the command again")


def zone_of(agreement: Agreement, reports: Sequence[CouncilReport]) -> str:
    """Return the time zone of an agreement's reports: that of the first one, or its months would not be the same."""
    return reports[0]["time_zone"] if reports else agreement.time_zone


def check_in_force(agreement: Agreement, period: str) -> None:
    """Raise Denied where the audiences of an agreement cannot be read now, naming what is asked for."""
    at, name = now_ms(), agreement.agreement_id
    if at < agreement.begins:
        raise Denied(f"{name} begins on {moment(agreement.begins)} UTC: there are no figures yet")
    if not agreement.in_force(at):
        raise Denied(
            f"{name} ended on {moment(agreement.ends)} UTC and its audiences cannot be read any more: there are no "
            f"figures of {period}, because no report that has them was made before the end"
        )


def snapshots(agreement: Agreement, months: Sequence[str], zone: str) -> dict[str, Snapshot]:
    """Count what each audience sees of some months now. Raises: Transient, Configuration."""
    spans = {month: span_of(named(month).since, named(month).until, zone) for month in months}
    return counted_in(
        agreement, {month: (max(first, agreement.begins), last) for month, (first, last) in spans.items()}
    )


def counted_in(agreement: Agreement, spans: Mapping[str, tuple[int, int]]) -> dict[str, Snapshot]:
    """Count what each audience sees of some times, UTC milliseconds, the end excluded. Raises: Transient."""
    views: dict[str, list[dict[str, Any]]] = {one.name: [] for one in agreement.audiences}
    for one in agreement.audiences:
        # For some audiences of a partnership that has just begun nothing may have come.
        with suppress(NoAudience):
            read(one.name, partial(_incidents, views[one.name]), one.purposes[0])
    focus = {one.name: agreement.focus(one) for one in agreement.audiences}
    terms, asked = Terms(countries(), agreement.checkpoints, focus), _asked(agreement)
    return {
        name: snapshot(
            {who: [one for one in seen if counted(one, *span)] for who, seen in views.items()},
            terms,
            None
            if asked is None
            else {who: [ask for ask in all_ if span[0] <= ask[0] < span[1]] for who, all_ in asked.items()},
        )
        for name, span in spans.items()
    }


async def _incidents(found: list[dict[str, Any]], reading: Any) -> None:
    await reading.incidents(found.extend)


def _asked(agreement: Agreement) -> dict[str, list[Asked]] | None:
    """Read when each audience's agencies asked a support center, where the agreement has one."""
    from sinks.partnership.inquiries import request_times

    if not agreement.lookups:
        return None
    log, held = disclosed(), looked_up()[0]
    return {
        one.name: list(request_times(log, held, agreement.agreement_id, one.readers)) for one in agreement.audiences
    }


def _anchor() -> str:
    newest = newest_anchor()
    return anchor_text(newest) if newest else ""


def _record(agreement: Agreement, period: Period, made: Made, zone: str, by: str, correction: str) -> CouncilReport:
    # Of an audience that came after a month was counted nothing is known there: none is not zero.
    told = figures(made, period.name, [one.name for one in agreement.audiences if one.name in made.minutes])
    return {
        "agreement_id": agreement.agreement_id,
        "number": made.number,
        "period": period.name,
        "edition": made.edition,
        "time_zone": zone,
        "agreement_version": agreement.version,
        "counted": dict(made.counted),
        "snapshots": kept.packed(made.snapshots),
        "withheld": kept.suppressed(made),
        "figures": orjson.dumps(told, option=orjson.OPT_SORT_KEYS).decode(),
        "code_version": version("interagency"),
        "tables_version": tables_version(),
        "by": by,
        "why": correction,
        "dissemination_anchor": _anchor(),
        "at": now_ms(),
    }
