"""Resolve: which version of a report stands, and which incident it belongs to.

Here every report is its own incident. What is final is the rest: the state is the topic `incidents` itself, a report's
state is that of its highest version whatever came first, and each published record counts exactly once, as current,
superseded or repeated, however often it is delivered: it is known by its place in its source topic.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from schemas import wire
from schemas.errors import Rejected
from schemas.identity import incident_id
from schemas.records import Decision, Incident, Member, SourcePosition
from schemas.topics import DECISIONS, ENRICHED_REPORTS, INCIDENTS, spread
from streams.stage import Output, Record, Refusal, Result, Stage, State, Stateful, Written

_INCIDENT = b"i"
_REPORT = b"r"


def materialize(written: Sequence[Written], _: State) -> dict[bytes, bytes]:
    """Give what these records change in the state: incident id -> Incident, report id -> incident id."""
    changes: dict[bytes, bytes] = {}
    for incident, value in written:
        changes[_INCIDENT + incident["incident_id"].encode()] = value
        for member in incident["members"]:
            changes[_REPORT + member["report_id"].encode()] = incident["incident_id"].encode()
    return changes


def member_of(enriched: Mapping[str, Any], value: bytes) -> Member:
    """Make the member that an enriched report is of its incident."""
    source = enriched["source"]
    return {
        "report_id": enriched["report_id"],
        "agency_id": enriched["agency_id"],
        "version": enriched["version"],
        "content_sha256": enriched["content_sha256"],
        "topic": source["topic"],
        "partition": source["partition"],
        "offset": source["offset"],
        "cancelled": enriched["cancelled"],
        "enriched": value,
    }


def position_of(member: Mapping[str, Any]) -> str:
    """Name the published record behind a member: topic/partition/offset."""
    return f"{member['topic']}/{member['partition']}/{member['offset']}"


def supersede(standing: Member, new: Member) -> tuple[Member, Member | None, str]:
    """Decide between two versions of one report: (stands, falls, what the one that falls is).

    The one that falls is None when both are the same published record, delivered again. Same version with other
    content: the greater SHA-256 stands, so that the order of arrival does not matter.
    """
    if position_of(standing) == position_of(new):
        return standing, None, ""
    if new["version"] != standing["version"]:
        ahead = new["version"] > standing["version"]
        return (new, standing, "SUPERSEDED") if ahead else (standing, new, "SUPERSEDED")
    if new["content_sha256"] == standing["content_sha256"]:
        return standing, new, "REPEATED"
    ahead = new["content_sha256"] > standing["content_sha256"]
    return (new, standing, "CONFLICTING") if ahead else (standing, new, "CONFLICTING")


def decision(kind: str, falls: Member, stands: Member, incident: str, now: int) -> Decision:
    """Write down that a published record does not stand; its id is the record's place, so a repeat counts once."""
    return cast(
        Decision,
        {
            "decision_id": position_of(falls),
            "kind": kind,
            "agency_id": falls["agency_id"],
            "report_id": falls["report_id"],
            "other_report_id": "",
            "version": falls["version"],
            "standing_version": stands["version"],
            "incident_id": incident,
            "detail": "",
            "decided_at": now,
        },
    )


class _Batch:
    """Incidents as this batch leaves them: the state's, overlaid with what the batch changed."""

    def __init__(self, members: Sequence[Member], state: State) -> None:
        report_ids = list(dict.fromkeys(member["report_id"] for member in members))
        incidents = state.get_many([_REPORT + name.encode() for name in report_ids])
        self.incident_of = {n: i.decode() for n, i in zip(report_ids, incidents, strict=True) if i is not None}
        known = list(dict.fromkeys(self.incident_of.values()))
        stored = state.get_many([_INCIDENT + name.encode() for name in known])
        self.incidents = {
            name: cast(Incident, wire.trusted("incident", value))
            for name, value in zip(known, stored, strict=True)
            if value is not None
        }
        self.changed: dict[str, int] = {}


def _incident(name: str, domain: int, generation: int, revision: int, members: list[Member]) -> Incident:
    return {
        "incident_id": name,
        "domain": domain,
        "generation": generation,
        "revision": revision,
        "state": "CANCELLED" if all(member["cancelled"] for member in members) else "ACTIVE",
        "into": None,
        "members": members,
        "decisions": [],
    }


def _settle(batch: _Batch, new: Member, cause: int, domain: int, generation: int, now: int) -> Decision | None:
    """Put one report into its incident; give the decision about the record that does not stand, if one does not."""
    name = batch.incident_of.get(new["report_id"])
    if name is None:
        name = batch.incident_of[new["report_id"]] = incident_id([new["report_id"]])
        batch.incidents[name] = _incident(name, domain, generation, 1, [new])
        batch.changed[name] = cause
        return None
    before = batch.incidents[name]
    standing = next(member for member in before["members"] if member["report_id"] == new["report_id"])
    stands, falls, kind = supersede(standing, new)
    if stands is new:
        members = [new if member is standing else member for member in before["members"]]
        # One record is written for a batch, so one revision is enough for all that the batch changes.
        revision = before["revision"] + (name not in batch.changed)
        batch.incidents[name] = _incident(name, domain, generation, revision, members)
        batch.changed[name] = cause
    return decision(kind, falls, stands, name, now) if falls is not None else None


def trace(record: Record) -> tuple[str, SourcePosition | None]:
    """Tell the published report behind an enriched one."""
    enriched = wire.decode("enriched_report", record.value)
    if isinstance(enriched, Rejected):
        return "", None
    source = enriched["source"]
    return enriched["agency_id"], {name: source[name] for name in ("topic", "partition", "offset")}  # type: ignore[return-value]


def stage(generation: int) -> Stage:
    """Build the stage of `generation`."""
    incidents, decisions = INCIDENTS.at(generation), DECISIONS.at(generation)

    def process(records: Sequence[Record], state: State, now: int) -> Result:
        result = Result()
        members: dict[int, Member] = {}
        for cause, record in enumerate(records):
            enriched = wire.decode("enriched_report", record.value)
            if isinstance(enriched, Rejected):
                result.refusals.append(Refusal(cause, enriched))
            else:
                members[cause] = member_of(enriched, record.value or b"")
        batch = _Batch(list(members.values()), state)
        for cause, member in members.items():
            made = _settle(batch, member, cause, records[cause].partition, generation, now)
            if made is not None:
                key = made["decision_id"]
                value = wire.encode("decision", made)
                result.outputs.append(Output(decisions, spread(key, DECISIONS), key.encode(), value, cause))
        for name, cause in batch.changed.items():
            incident = batch.incidents[name]
            value = wire.encode("incident", incident)
            result.outputs.append(Output(incidents, incident["domain"], name.encode(), value, cause, made=incident))
        return result

    kept = Stateful(
        topic=incidents,
        schema="incident",
        partitions=lambda domain: [domain],
        belongs=lambda _, __: True,
        materialize=materialize,
    )
    return Stage("resolve", ENRICHED_REPORTS.at(generation), process, trace, state=kept)
