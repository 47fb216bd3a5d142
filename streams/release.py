"""Release: what each audience may see of an incident, as one view for each.

Fail closed: an audience gets what is explicitly released to it and nothing else. Without agreements that is `internal`,
which sees all, and each agency, which sees its own reports in full. The state is the topic `released-incidents`: what
was last written of each view, so that a view's version rises only when its own bytes change.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import orjson

from schemas import wire
from schemas.errors import Rejected
from schemas.identity import INTERNAL, audience_secret, view_id
from schemas.records import STUBS, ReleasedIncident
from schemas.topics import INCIDENTS, RELEASED_INCIDENTS, spread
from streams import view
from streams.stage import Output, Record, Refusal, Result, Stage, State, Stateful, Written

_VIEW = b"v"
_INCIDENT = b"i"

ViewKey = tuple[str, str]
"""(audience, view id)."""


def key_of(audience: str, name: str) -> str:
    """Give the record key of a view."""
    return f"{audience}/{name}"


def _shown(record: Mapping[str, Any]) -> bytes:
    """Tell two writings of a view apart: its state and its bytes."""
    into = record["into"] or ""
    return hashlib.sha256(f"{record['state']}/{into}/".encode() + record["document"]).digest()


def materialize(written: Sequence[Written], state: State) -> dict[bytes, bytes]:
    """Give what these records change in the state: view -> (incident, revision, hash, state); incident -> its views."""
    released = [record for record, _ in written]
    incidents = list(dict.fromkeys(record["incident_id"] for record in released))
    stored = state.get_many([_INCIDENT + name.encode() for name in incidents])
    views: dict[str, set[str]] = {
        name: set(orjson.loads(value)) if value else set() for name, value in zip(incidents, stored, strict=True)
    }
    changes: dict[bytes, bytes] = {}
    for record in released:
        key = key_of(record["audience"], record["view_id"])
        entry = [record["incident_id"], record["revision"], _shown(record).hex(), record["state"]]
        changes[_VIEW + key.encode()] = orjson.dumps(entry)
        change = set.discard if record["state"] in STUBS else set.add
        change(views[record["incident_id"]], key)
    for name, keys in views.items():
        changes[_INCIDENT + name.encode()] = orjson.dumps(sorted(keys))
    return changes


def audiences_of(members: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Give, for each audience, the members that it may see in full."""
    visible: dict[str, list[Mapping[str, Any]]] = {INTERNAL: list(members)}
    for member in visible[INTERNAL]:
        visible.setdefault(member["agency_id"], []).append(member)
    return visible


class Views:
    """Makes the views of incidents; keeps the secrets that it derived."""

    def __init__(self, master: bytes, generation: int) -> None:
        self._master, self._generation = master, generation
        self._secrets: dict[str, bytes] = {}

    def name(self, audience: str, incident: Mapping[str, Any], members: Sequence[Mapping[str, Any]]) -> str:
        """Name a view; internal, which sees every member, keeps the incident's own id."""
        if audience == INTERNAL:
            return str(incident["incident_id"])
        secret = self._secrets.get(audience) or audience_secret(self._master, audience)
        self._secrets[audience] = secret
        return view_id(secret, (member["report_id"] for member in members))

    def of(self, incident: Mapping[str, Any]) -> dict[str, ReleasedIncident]:
        """Make all views of an incident, key -> view, at revision 0; none for a stub."""
        if incident["state"] in STUBS:
            return {}
        enriched = {m["report_id"]: wire.trusted("enriched_report", m["enriched"]) for m in incident["members"]}
        made: dict[str, ReleasedIncident] = {}
        documents: dict[tuple[str, ...], bytes] = {}
        for audience, members in audiences_of(incident["members"]).items():
            shown = [enriched[member["report_id"]] for member in members]
            state = "CANCELLED" if all(one["cancelled"] for one in shown) else "ACTIVE"
            # Audiences that see the same reports get the same bytes, made once.
            seen = tuple(one["report_id"] for one in shown)
            if seen not in documents:
                fragments = [(one["document"], one["cancelled"]) for one in shown]
                documents[seen] = view.document(fragments, shown[0]["traffic"], state)
            name = self.name(audience, incident, members)
            made[key_of(audience, name)] = {
                "audience": audience,
                "view_id": name,
                "incident_id": incident["incident_id"],
                "domain": incident["domain"],
                "generation": self._generation,
                "revision": 0,
                "state": cast(Any, state),
                "into": None,
                "published_at": max(one["source"]["timestamp"] for one in shown),
                "document": documents[seen],
            }
        return made

    def ended(self, key: str, incident: Mapping[str, Any]) -> ReleasedIncident:
        """Make the stub of a view that this incident no longer gives."""
        audience, name = key.split("/", 1)
        return {
            "audience": audience,
            "view_id": name,
            "incident_id": incident["incident_id"],
            "domain": incident["domain"],
            "generation": self._generation,
            "revision": 0,
            "state": "WITHDRAWN",
            "into": None,
            "published_at": 0,
            "document": view.stub("WITHDRAWN", None),
        }


def _known(state: State, incidents: Mapping[str, Any], made: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Read what was last written: incident -> its views, and view -> its entry."""
    names = list(incidents)
    stored = state.get_many([_INCIDENT + name.encode() for name in names])
    views = {name: orjson.loads(value) if value else [] for name, value in zip(names, stored, strict=True)}
    keys = list(dict.fromkeys([*made, *(key for each in views.values() for key in each)]))
    entries = state.get_many([_VIEW + key.encode() for key in keys])
    return views, {key: orjson.loads(value) for key, value in zip(keys, entries, strict=True) if value}


def stage(master: bytes, generation: int) -> Stage:
    """Build the stage of `generation`; `master` is the key of the audiences' secrets."""
    topic, views = RELEASED_INCIDENTS.at(generation), Views(master, generation)

    def process(records: Sequence[Record], state: State, now: int) -> Result:
        result = Result()
        incidents: dict[str, Mapping[str, Any]] = {}
        causes: dict[str, int] = {}
        for cause, record in enumerate(records):
            read = wire.decode("incident", record.value)
            if isinstance(read, Rejected):
                result.refusals.append(Refusal(cause, read))
                continue
            # Only the newest writing of an incident within a batch is shown.
            incidents[read["incident_id"]] = read
            causes[read["incident_id"]] = cause
        made = {key: one for incident in incidents.values() for key, one in views.of(incident).items()}
        known, entries = _known(state, incidents, made)
        for name, incident in incidents.items():
            gone = [key for key in known[name] if key not in made and entries[key][0] == name]
            made.update({key: views.ended(key, incident) for key in gone})
        for key, one in made.items():
            owner, revision, shown, _ = entries.get(key, ("", 0, "", ""))
            changed = shown != _shown(one).hex()
            # A view whose reports moved to another incident is written for the bookkeeping alone: in its old
            # revision, which the index takes for stale, so that a hidden change leaves no trace in a version.
            if changed or owner != one["incident_id"]:
                one["revision"] = revision + changed
                target = spread(one["audience"], RELEASED_INCIDENTS)
                value = wire.encode("released_incident", one)
                cause = causes[one["incident_id"]]
                result.outputs.append(Output(topic, target, key.encode(), value, cause, made=one))
        return result

    kept = Stateful(
        topic=topic,
        schema="released_incident",
        partitions=lambda _: range(RELEASED_INCIDENTS.partitions),
        belongs=lambda record, domain: bool(record["domain"] == domain),
        materialize=materialize,
    )
    return Stage("release", INCIDENTS.at(generation), process, lambda _: ("", None), state=kept)
