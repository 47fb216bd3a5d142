"""Exposures: what each record of a view shows an agreement's audience, for the audit. Pure."""

from collections.abc import Sequence

from schemas.agreements import Outcome
from schemas.records import codec
from schemas.records.audit import ExposedReport, Exposure
from schemas.records.incident import SentNotice
from schemas.topics import EXPOSURES, partition_for
from streams.sharing.view_state import ViewRecord, key_of
from streams.sharing.visible import Visible
from streams.stage import Output


def exposed(visible: Visible, report_ids: Sequence[str]) -> list[ExposedReport]:
    """Return what an audience sees of these reports, and of the reports that the pointers beside them refer to."""
    versions = {report.report_id: int(report.enriched["version"]) for report in visible.reports}
    pointed = {name for report in report_ids for name in visible.pointers.get(report, ())}
    return [
        {
            "report_id": name,
            "version": versions.get(name, 0),
            "outcome": visible.grants[name].outcome.name,
            "withheld": sorted(visible.grants[name].withheld),
            "rules": sorted(visible.grants[name].rules),
        }
        for name in [*report_ids, *sorted(pointed)]
    ]


def of_view(record: ViewRecord, now: int, cause: int) -> Output:
    """Return the exposure of a view from `now` on, UTC milliseconds; a stub exposes nothing.

    `cause` is the place in the batch of the record that led to it.
    """
    exposure: Exposure = {
        "audience": record.audience,
        "view_id": record.view_id,
        "generation": record.generation,
        "revision": record.revision,
        "at": now,
        "reports": record.exposed,
    }
    return _output(exposure, cause)


def of_notice(notice: SentNotice, generation: int, now: int, cause: int) -> Output:
    """Return the exposure of a notice that revealed a report, or of its withdrawal.

    The notice id takes the place of a view id; `now` is in UTC milliseconds, `cause` a place in the batch.
    """
    pointed: ExposedReport = {
        "report_id": notice["other_report_id"],
        "version": 0,
        "outcome": Outcome.POINTER.name,
        "withheld": [],
        "rules": ["notice"],
    }
    exposure: Exposure = {
        "audience": notice["audience"],
        "view_id": notice["notice_id"],
        "generation": generation,
        "revision": now,
        "at": now,
        "reports": [pointed] if notice["standing"] else [],
    }
    return _output(exposure, cause)


def _output(exposure: Exposure, cause: int) -> Output:
    audience = exposure["audience"]
    key = key_of(audience, exposure["view_id"]).encode()
    return Output(EXPOSURES.name, partition_for(audience, EXPOSURES), key, codec.encode("exposure", exposure), cause)
