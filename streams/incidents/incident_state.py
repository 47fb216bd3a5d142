"""The state of resolve: incident records, where each report is, and the block index, from the topic `incidents`."""

from collections.abc import Mapping, Sequence
from typing import cast

from schemas.records import codec
from streams.dedupe.block_index import PREFIX as BLOCK
from streams.dedupe.block_index import Window
from streams.dedupe.link_graph import Forms
from streams.dedupe.profile import pack, profiles
from streams.incidents import table_migration
from streams.incidents.batch import INCIDENT, REPORT, ReportLocation, erased_by
from streams.incidents.table_migration import mark_changes
from streams.stage import Changes, State, Written


def window_of(state: State) -> Window:
    """Return the block index window of a partition, created once."""
    return cast(Window, state.kept.get("window") or state.kept.setdefault("window", Window(state)))


def materialize(written: Sequence[Written], state: State, version: str) -> Changes:
    """Return what these incident records change in the state.

    Incident id -> Incident; report id -> incident id and time buckets; bucket and form -> profile; and a mark while any
    decision is by another table than `version`. `profiles` of a record are those of the members that the batch changed;
    a record that was read back has none.
    """
    changes = mark_changes((incident for incident, _ in written), version, state)
    for incident, value in written:
        incident_id = incident["incident_id"]
        changes[INCIDENT + incident_id.encode()] = value
        if report_id := erased_by(incident):
            changes |= _removed(report_id, changes, state)
        fresh: dict[str, Forms] | None = incident.get("profiles")
        keys = [REPORT + member["report_id"].encode() for member in incident["members"]]
        stored = [changes.get(key) or before for key, before in zip(keys, state.get_many(keys), strict=True)]
        for key, before, member in zip(keys, stored, incident["members"], strict=True):
            report_id = member["report_id"]
            if fresh is not None and before is not None and report_id not in fresh:
                changes[key] = ReportLocation.decode(before)._replace(incident_id=incident_id).encode()
                continue
            enriched = None if fresh else codec.decode_trusted("enriched_report", member["enriched"])
            forms = fresh[report_id] if fresh else profiles(enriched or {})
            changes |= _placed(report_id, incident_id, forms, before)
    return changes


def follow(written: Sequence[Written], changes: Changes, state: State) -> None:
    """Apply to memory what was written to the state."""
    window_of(state).follow(changes)
    table_migration.follow(state)


def erases(written: Sequence[Written]) -> bool:
    """Return whether any of these records is the erasure of a report."""
    return any(erased_by(incident) is not None for incident, _ in written)


def _placed(report_id: str, incident_id: str, forms: Forms, before: bytes | None) -> Changes:
    """Return the changes that put a report and its forms into the state, in place of what was there."""
    location = ReportLocation(incident_id, tuple(form.bucket for form in forms))
    changes = _without_forms(report_id, before)
    changes |= {_form_key(form.name, form.bucket): pack(form) for form in forms}
    return changes | {REPORT + report_id.encode(): location.encode()}


def _removed(report_id: str, changes: Mapping[bytes, bytes | None], state: State) -> Changes:
    """Return the changes that remove a report and its forms from the state."""
    key = REPORT + report_id.encode()
    before = changes[key] if key in changes else state.get_many([key])[0]
    return _without_forms(report_id, before) | ({key: None} if before is not None else {})


def _without_forms(report_id: str, before: bytes | None) -> Changes:
    if before is None:
        return {}
    return {_form_key(*form): None for form in ReportLocation.decode(before).forms(report_id)}


def _form_key(name: str, bucket: bytes) -> bytes:
    return BLOCK + bucket + name.encode("utf-8", "surrogateescape")
