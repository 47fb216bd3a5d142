"""Exposures: what each writing of a view shows an agreement's audience, for the audit; pure."""

from collections.abc import Sequence

from schemas.agreements import Outcome
from schemas.records import codec
from schemas.records.audit import ExposedReport, Exposure
from schemas.records.incident import Noticed
from schemas.topics import EXPOSURES, spread
from streams.sharing.view_state import Made, key_of
from streams.sharing.views import Seen
from streams.stage import Output


def exposed(seen: Seen, report_ids: Sequence[str]) -> list[ExposedReport]:
    """Tell what an audience sees of these reports, and of those that pointers beside them speak of."""
    versions = {one.report_id: int(one.enriched["version"]) for one in seen.reports}
    pointed = {name for report in report_ids for name in seen.pointers.get(report, ())}
    return [
        {
            "report_id": name,
            "version": versions.get(name, 0),
            "outcome": seen.grants[name].outcome.name,
            "withheld": sorted(seen.grants[name].withheld),
            "rules": sorted(seen.grants[name].rules),
        }
        for name in [*report_ids, *sorted(pointed)]
    ]


def output(one: Made, key: bytes, now: int, cause: int) -> Output:
    """Write down what a view shows from `now` on, UTC milliseconds; a stub shows nothing."""
    told: Exposure = {
        "audience": one["audience"],
        "view_id": one["view_id"],
        "generation": one["generation"],
        "revision": one["revision"],
        "at": now,
        "reports": one.get("exposed", ()),
    }
    return _written(told, key, cause)


def of_notice(one: Noticed, generation: int, now: int, cause: int) -> Output:
    """Write down that a notice told its reader of a report, or tells it no longer; its id stands for a view."""
    pointed: ExposedReport = {
        "report_id": one["other_report_id"],
        "version": 0,
        "outcome": Outcome.POINTER.name,
        "withheld": [],
        "rules": ["notice"],
    }
    told: Exposure = {
        "audience": one["audience"],
        "view_id": one["notice_id"],
        "generation": generation,
        "revision": now,
        "at": now,
        "reports": [pointed] if one["standing"] else [],
    }
    return _written(told, key_of(one["audience"], one["notice_id"]).encode(), cause)


def _written(told: Exposure, key: bytes, cause: int) -> Output:
    return Output(EXPOSURES.name, spread(told["audience"], EXPOSURES), key, codec.encode("exposure", told), cause)
