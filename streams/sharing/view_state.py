"""What was last written of each view: the state of release, materialised from the topic `released-incidents`."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NotRequired

import orjson

from schemas.identity import INTERNAL
from schemas.records.audit import ExposedReport, Notice
from schemas.records.incident import STUBS, Noticed, ReleasedIncident
from streams.sharing.membership import Homes
from streams.sharing.notices import Told
from streams.stage import State, Written

_VIEW = b"v"
_INCIDENT = b"i"
_REPORT = b"r"
_ENDED = frozenset({"WITHDRAWN", "PURGED"})
"""States of views that no incident has to care for; a MERGED one must follow its report."""


class Made(ReleasedIncident):
    """A view as it is sent, with what the state keeps of it besides: worked out once."""

    shown: NotRequired[str]
    report_ids: NotRequired[Sequence[str]]
    exposed: NotRequired[Sequence[ExposedReport]]
    told: NotRequired[Sequence[Told]]
    notices: NotRequired[Sequence[Notice]]


def key_of(audience: str, name: str) -> str:
    """Give the record key of a view."""
    return f"{audience}/{name}"


def digest(record: Mapping[str, Any]) -> str:
    """Tell two writings of a view apart: its state and its bytes."""
    into = record["into"] or ""
    return hashlib.sha256(f"{record['state']}/{into}/".encode() + record["document"]).hexdigest()


def _report_ids(record: Mapping[str, Any]) -> Sequence[str]:
    """Tell which reports an incident has: internal sees them all."""
    if record["audience"] != INTERNAL or record["state"] in STUBS:
        return ()
    found: Sequence[str] = record.get("report_ids") or orjson.loads(record["document"])["report_ids"]
    return found


def materialize(written: Sequence[Written], state: State) -> dict[bytes, bytes | None]:
    """Return what these records change in the state.

    View -> (incident, revision, hash, state); incident -> its views; report -> the incident that it is in, and the
    notices that went out for it.
    """
    released = [record for record, _ in written]
    incidents = list(dict.fromkeys(record["incident_id"] for record in released))
    stored = state.get_many([_INCIDENT + name.encode() for name in incidents])
    views: dict[str, set[str]] = {
        name: set(orjson.loads(value)) if value else set() for name, value in zip(incidents, stored, strict=True)
    }
    changes: dict[bytes, bytes | None] = {}
    for record in released:
        incident, key = record["incident_id"], key_of(record["audience"], record["view_id"])
        entry = [incident, record["revision"], record.get("shown") or digest(record), record["state"]]
        changes[_VIEW + key.encode()] = orjson.dumps(entry)
        change = set.discard if record["state"] in _ENDED else set.add
        change(views[incident], key)
        noticed: dict[str, list[Noticed]] = {name: [] for name in _report_ids(record)}
        for one in record.get("noticed", ()):
            noticed.setdefault(one["report_id"], []).append(one)
        for name, each in noticed.items():
            changes[_REPORT + name.encode()] = orjson.dumps([incident, each]) if each else incident.encode()
    for name, keys in views.items():
        changes[_INCIDENT + name.encode()] = orjson.dumps(sorted(keys)) if keys else None
    return changes


def _of_report(value: bytes) -> tuple[str, list[Noticed]]:
    """Read the entry of a report: the incident that it is in alone where no notice went out, else with these."""
    if not value.startswith(b"["):
        return value.decode(), []
    incident, noticed = orjson.loads(value)
    return incident, noticed


@dataclass(slots=True)
class Known:
    """What was last written: incident -> its views, report -> its incident, and its notices, view -> its entry."""

    views: dict[str, list[str]]
    former: dict[str, str]
    noticed: dict[str, list[Noticed]]
    entries: dict[str, list[Any]] = field(default_factory=dict)

    @classmethod
    def read(cls, state: State, batch: Homes, keys: Iterable[str]) -> "Known":
        """Read what is known of a batch and of these views."""
        last = batch.last()
        names, reports = list(batch.incidents), [*last, *batch.erased()]
        stored = state.get_many(
            [_INCIDENT + one.encode() for one in names] + [_REPORT + one.encode() for one in reports]
        )
        of_reports = {one: _of_report(v) for one, v in zip(reports, stored[len(names) :], strict=True) if v}
        former = {one: incident for one, (incident, _) in of_reports.items() if one in last}
        noticed = {one: each for one, (_, each) in of_reports.items() if each}
        views = {one: orjson.loads(v) if v else [] for one, v in zip(names, stored, strict=False)}
        known = cls(views, former, noticed)
        if others := sorted(set(former.values()) - known.views.keys()):
            values = state.get_many([_INCIDENT + one.encode() for one in others])
            known.views |= {one: orjson.loads(v) if v else [] for one, v in zip(others, values, strict=True)}
        wanted = list(dict.fromkeys([*keys, *(key for each in known.views.values() for key in each)]))
        values = state.get_many([_VIEW + key.encode() for key in wanted])
        known.entries = {key: orjson.loads(value) for key, value in zip(wanted, values, strict=True) if value}
        return known

    def owned(self, incident: str) -> list[str]:
        """List the views that an incident was the last to write, and that did not end."""
        return [key for key in self.views[incident] if self.entries[key][0] == incident]
