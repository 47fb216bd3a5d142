"""What was last written of each view: the state of release, materialised from the topic `released-incidents`."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NotRequired

import orjson

from schemas.audited import ExposedReport, Notice
from schemas.identity import INTERNAL
from schemas.records import STUBS, ReleasedIncident
from streams.homes import Homes
from streams.notices import note
from streams.stage import Changes, State, Written

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

    View -> (incident, revision, hash, state); incident -> its views; report -> the incident that it is in.
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
        for name in _report_ids(record):
            changes[_REPORT + name.encode()] = incident.encode()
    for name, keys in views.items():
        changes[_INCIDENT + name.encode()] = orjson.dumps(sorted(keys)) if keys else None
    return changes


def follow(written: Sequence[Written], changes: Changes, state: State) -> None:
    """Remember the notices that went out with what was written."""
    note((told for record, _ in written for told in record.get("notices", ())), state)


@dataclass(slots=True)
class Known:
    """What was last written: incident -> its views, report -> its incident, view -> its entry."""

    views: dict[str, list[str]]
    former: dict[str, str]
    entries: dict[str, list[Any]] = field(default_factory=dict)

    @classmethod
    def read(cls, state: State, batch: Homes, keys: Iterable[str]) -> "Known":
        """Read what is known of a batch and of these views."""
        names, reports = list(batch.incidents), list(batch.last())
        stored = state.get_many(
            [_INCIDENT + one.encode() for one in names] + [_REPORT + one.encode() for one in reports]
        )
        former = {one: v.decode() for one, v in zip(reports, stored[len(names) :], strict=True) if v}
        known = cls({one: orjson.loads(v) if v else [] for one, v in zip(names, stored, strict=False)}, former)
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
