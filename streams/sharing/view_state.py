"""The state of release: what was last written of each view, materialized from the topic `released-incidents`."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from schemas.identity import INTERNAL
from schemas.records import codec
from schemas.records.audit import ExposedReport, Notice
from schemas.records.incident import TOMBSTONE_STATES, IncidentState, SentNotice
from streams.sharing.membership import Membership
from streams.sharing.notices import AllowedNotice
from streams.stage import Changes, State, Written

_VIEW = b"v"
_INCIDENT = b"i"
_REPORT = b"r"
_ENDED = frozenset({"WITHDRAWN", "PURGED"})
"""States of views that no incident has to maintain; a MERGED view must follow its report."""


class ViewRecord(NamedTuple):
    """One incident as one audience gets it: a record of `released-incidents`, and what release derives with it.

    `published_at` is in UTC milliseconds; `report_ids` and `digest` are empty on a record that was read back.
    `exposed`: what an agreement's audience sees of each report, for the audit. `allowed`: notices that agreements allow
    on these reports. `noticed`: notices that were sent and are on record; `notices`: those to send now, None when
    nothing changes.
    """

    audience: str
    view_id: str
    incident_id: str
    domain: int
    generation: int
    state: IncidentState
    into: str | None
    document: bytes
    published_at: int = 0
    revision: int = 0
    report_ids: Sequence[str] = ()
    exposed: Sequence[ExposedReport] = ()
    allowed: Sequence[AllowedNotice] = ()
    noticed: Sequence[SentNotice] = ()
    notices: Sequence[Notice] | None = None
    digest: str = ""

    @property
    def key(self) -> str:
        """The key of the record."""
        return key_of(self.audience, self.view_id)

    def encoded(self) -> bytes:
        """Return the framed Avro record. Raises: ValueError naming a field that does not fit."""
        record = {
            "audience": self.audience,
            "view_id": self.view_id,
            "incident_id": self.incident_id,
            "domain": self.domain,
            "generation": self.generation,
            "revision": self.revision,
            "state": self.state,
            "into": self.into,
            "published_at": self.published_at,
            "document": self.document,
            "noticed": self.noticed,
        }
        return codec.encode("released_incident", record)


def read_record(value: bytes) -> ViewRecord:
    """Read a framed record of `released-incidents`. Raises: Configuration when it cannot be read."""
    record = codec.decode_trusted("released_incident", value)
    return ViewRecord(
        audience=record["audience"],
        view_id=record["view_id"],
        incident_id=record["incident_id"],
        domain=record["domain"],
        generation=record["generation"],
        state=record["state"],
        into=record["into"],
        document=record["document"],
        published_at=record["published_at"],
        revision=record["revision"],
        noticed=record["noticed"],
    )


def key_of(audience: str, view_id: str) -> str:
    """Return the record key of a view."""
    return f"{audience}/{view_id}"


def audience_and_view(key: str) -> tuple[str, str]:
    """Return the audience and the view id of a record key."""
    audience, _, view_id = key.partition("/")
    return audience, view_id


def digest(state: str, into: str | None, document: bytes) -> str:
    """Return the SHA-256, in hexadecimal, by which two records of a view differ: of its state and its document."""
    return hashlib.sha256(f"{state}/{into or ''}/".encode() + document).hexdigest()


class ViewEntry(NamedTuple):
    """What the state keeps of a view: the incident that wrote it last, its revision, digest and state."""

    incident_id: str
    revision: int
    digest: str
    state: str


def materialize(written: Sequence[Written], state: State) -> Changes:
    """Return what these view records change in the state.

    View -> ViewEntry; incident -> its views; report -> the incident that it is in, and the notices sent for it.
    """
    records: list[ViewRecord] = [record for record, _ in written]
    incidents = list(dict.fromkeys(record.incident_id for record in records))
    stored = state.get_many([_INCIDENT + name.encode() for name in incidents])
    views: dict[str, set[str]] = {
        name: set(orjson.loads(value)) if value else set() for name, value in zip(incidents, stored, strict=True)
    }
    changes: Changes = {}
    for record in records:
        key = record.key
        view_digest = record.digest or digest(record.state, record.into, record.document)
        entry = [record.incident_id, record.revision, view_digest, record.state]
        changes[_VIEW + key.encode()] = orjson.dumps(entry)
        if record.state in _ENDED:
            views[record.incident_id].discard(key)
        else:
            views[record.incident_id].add(key)
        changes |= _report_entries(record)
    for name, keys in views.items():
        changes[_INCIDENT + name.encode()] = orjson.dumps(sorted(keys)) if keys else None
    return changes


def _report_entries(record: ViewRecord) -> Changes:
    """Return the entries of the reports that an internal view has; internal sees every report of an incident."""
    report_ids: Sequence[str] = ()
    if record.audience == INTERNAL and record.state not in TOMBSTONE_STATES:
        # A record that was read back has no list of its own: parsing every document would slow down a takeover.
        report_ids = record.report_ids or orjson.loads(record.document)["report_ids"]
    notices: dict[str, list[SentNotice]] = {name: [] for name in report_ids}
    for notice in record.noticed:
        notices.setdefault(notice["report_id"], []).append(notice)
    return {
        _REPORT + name.encode(): orjson.dumps([record.incident_id, sent]) if sent else record.incident_id.encode()
        for name, sent in notices.items()
    }


def _read_report_entry(value: bytes) -> tuple[str, list[SentNotice]]:
    """Return the incident of a report and the notices sent for it; without notices the entry is the incident alone."""
    if not value.startswith(b"["):
        return value.decode(), []
    incident_id, notices = orjson.loads(value)
    return incident_id, notices


@dataclass(frozen=True, slots=True)
class ViewState:
    """What was last written for a batch: by incident its views, by report its former incident and sent notices."""

    views: dict[str, list[str]]
    former: dict[str, str]
    noticed: dict[str, list[SentNotice]]
    entries: dict[str, ViewEntry]

    @classmethod
    def read(cls, state: State, batch: Membership, keys: Iterable[str]) -> "ViewState":
        """Read the state of a batch and of the views with these keys."""
        current = batch.current()
        incidents, reports = list(batch.incidents), [*current, *batch.erased()]
        stored = state.get_many(
            [_INCIDENT + name.encode() for name in incidents] + [_REPORT + name.encode() for name in reports]
        )
        of_reports = zip(reports, stored[len(incidents) :], strict=True)
        entries = {name: _read_report_entry(value) for name, value in of_reports if value}
        former = {name: incident_id for name, (incident_id, _) in entries.items() if name in current}
        views = _listed(incidents, stored[: len(incidents)])
        if others := sorted(set(former.values()) - views.keys()):
            views |= _listed(others, state.get_many([_INCIDENT + name.encode() for name in others]))
        wanted = list(dict.fromkeys([*keys, *(key for listed in views.values() for key in listed)]))
        values = state.get_many([_VIEW + key.encode() for key in wanted])
        return cls(
            views=views,
            former=former,
            noticed={name: notices for name, (_, notices) in entries.items() if notices},
            entries={
                key: ViewEntry._make(orjson.loads(value)) for key, value in zip(wanted, values, strict=True) if value
            },
        )

    def owned(self, incident_id: str) -> list[str]:
        """Return the views that an incident was the last to write and that have not ended."""
        return [key for key in self.views[incident_id] if self.entries[key].incident_id == incident_id]


def _listed(incidents: Sequence[str], values: Sequence[Any]) -> dict[str, list[str]]:
    return {name: orjson.loads(value) if value else [] for name, value in zip(incidents, values, strict=True)}
