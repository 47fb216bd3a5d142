"""Which views a batch of incidents changes: those with new content, those that end, and those with notices to send."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from schemas.identity import INTERNAL
from schemas.records.audit import Notice
from schemas.records.incident import SentNotice
from streams.sharing.membership import Membership
from streams.sharing.notices import AllowedNotice, settle
from streams.sharing.view_builder import ViewBuilder
from streams.sharing.view_state import ViewEntry, ViewRecord, ViewState, audience_and_view, key_of
from streams.stage import State

Records = dict[str, ViewRecord]
"""View key -> record."""
_UNSEEN = ViewEntry("", 0, "", "")


def changed_views(builder: ViewBuilder, batch: Membership, state: State, now: int) -> Iterator[ViewRecord]:
    """Yield the views to write, each with its revision; `now` is in UTC milliseconds."""
    records: Records = {}
    redirects: Records = {}
    for incident in batch.incidents.values():
        living, merged = builder.build(incident, batch.members(incident), now)
        records.update({record.key: record for record in living})
        redirects.update({record.key: record for record in merged})
    erasures = batch.erased()
    views_of_erased = {key_of(INTERNAL, builder.view_id(INTERNAL, report)): report for report in erasures}
    before = ViewState.read(state, batch, [*records, *redirects, *views_of_erased])
    # A name that was never written was never seen by anybody, so it needs no redirect.
    records.update({key: record for key, record in redirects.items() if key in before.entries and key not in records})
    for key, incident_id in _ended(builder, batch, before, records).items():
        records[key] = builder.stub(batch.incidents[incident_id], *audience_and_view(key), "WITHDRAWN")
    erased = {key: report for key, report in views_of_erased.items() if report in before.noticed}
    for key, report in erased.items():
        ending = builder.stub(batch.incidents[erasures[report]], *audience_and_view(key), "WITHDRAWN")
        records.setdefault(key, ending)
    # In the order of names, which is the same whatever incidents hidden reports form: an index reveals what came first.
    for key, record in sorted(records.items()):
        entry = before.entries.get(key, _UNSEEN)
        notices = _notices(record, before, erased.get(key), now) if record.audience == INTERNAL else _NO_NOTICES
        content_changed = entry.digest != record.digest
        # A view whose reports moved to another incident is written for bookkeeping alone: in its old revision, which
        # the index takes for stale, so that a hidden change leaves no trace in a version. So is a view of which only
        # the notices changed.
        if content_changed or entry.incident_id != record.incident_id or notices.to_send is not None:
            yield record._replace(
                revision=entry.revision + content_changed,
                notices=notices.to_send,
                noticed=notices.on_record,
            )


def _view_keys(builder: ViewBuilder, keys: Iterable[str], reports: Iterable[str]) -> set[str]:
    """Return the keys of the views named after these reports, for the audiences of `keys`."""
    audiences = {audience_and_view(key)[0] for key in keys}
    return {key_of(audience, builder.view_id(audience, report)) for report in reports for audience in audiences}


def _ended(
    builder: ViewBuilder, batch: Membership, before: ViewState, records: Mapping[str, ViewRecord]
) -> dict[str, str]:
    """Return the key of each view that ends, with the incident that ends it."""
    ended: dict[str, str] = {}
    for incident_id in batch.incidents:
        gone = [key for key in before.owned(incident_id) if key not in records]
        # The incident that now has these reports writes their views in a later batch; until then nobody may miss them.
        awaited = _view_keys(builder, gone, batch.awaited(incident_id)) if gone else set()
        ended |= {key: incident_id for key in gone if key not in awaited}
    current = batch.current()
    moved: dict[str, list[str]] = {}
    for report, former in before.former.items():
        if former != current[report]:
            moved.setdefault(former, []).append(report)
    for former, reports in moved.items():
        gone = [key for key in before.owned(former) if key not in records]
        for report in reports if gone else ():
            # The former incident waits for this one, and here the audience no longer sees the report.
            ended |= dict.fromkeys(_view_keys(builder, gone, [report]).intersection(gone), current[report])
    return ended


class _Notices(NamedTuple):
    """What becomes of a view's notices: those to send, None when nothing changes, and those then on record."""

    to_send: Sequence[Notice] | None
    on_record: Sequence[SentNotice]


_NO_NOTICES = _Notices(None, ())


def _notices(record: ViewRecord, before: ViewState, erased: str | None, now: int) -> _Notices:
    """Return the notices of an internal view; `erased` is the report that an order erased from it."""
    allowed: dict[str, list[AllowedNotice]] = {}
    for each in record.allowed:
        allowed.setdefault(each.notice["report_id"], []).append(each)
    reports = [*record.report_ids, *([erased] if erased is not None else [])]
    if not allowed and before.noticed.keys().isdisjoint(reports):
        return _NO_NOTICES
    sent = {report: before.noticed.get(report, []) for report in reports}
    settled = {report: settle(allowed.get(report, ()), past, now, report == erased) for report, past in sent.items()}
    changed = any(to_send or on_record != sent[report] for report, (to_send, on_record) in settled.items())
    return _Notices(
        to_send=[notice for to_send, _ in settled.values() for notice in to_send] if changed else None,
        on_record=[notice for _, on_record in settled.values() for notice in on_record],
    )
