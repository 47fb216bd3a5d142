"""The incident records of a batch: read from the state, regrouped by component, and written where they changed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

from schemas.identity import incident_id, pair_key
from schemas.records.audit import Decision
from schemas.records.incident import LINKING_VERDICTS, WHOLE_FORMS, Incident, IncidentState, Member, PairDecision
from schemas.records.order import MODEL
from streams.dedupe.block_index import Overlay
from streams.dedupe.link_graph import Forms
from streams.dedupe.profile import BUCKET_BYTES, name_of
from streams.incidents.incident_record import trusted
from streams.stage import State

INCIDENT = b"i"
REPORT = b"r"
NAME_BYTES = 27
"""Bytes of an incident id, see `identity.incident_id`."""
MEMBER_BYTES = 512
"""Bytes of a member without its report, at most: its ids, position and hash."""
HISTORY_BYTES = 128
"""Bytes of a history line, at most."""


class ReportLocation(NamedTuple):
    """Where the state has a report: its incident, and the time bucket of each of its forms."""

    incident_id: str
    buckets: tuple[bytes, ...]

    @classmethod
    def decode(cls, value: bytes) -> "ReportLocation":
        """Decode what the state keeps under a report id."""
        ends = range(NAME_BYTES, len(value), BUCKET_BYTES)
        return cls(value[:NAME_BYTES].decode(), tuple(value[at : at + BUCKET_BYTES] for at in ends))

    def encode(self) -> bytes:
        """Return what the state keeps under a report id."""
        return self.incident_id.encode() + b"".join(self.buckets)

    def forms(self, report_id: str) -> Iterator[tuple[str, bytes]]:
        """Yield the name and the time bucket of each form in the block index."""
        for form, bucket in enumerate(self.buckets):
            yield name_of(report_id, form), bucket


class Batch:
    """Reports and records as a batch leaves them: those of the state, overlaid with what the batch changed.

    Every method that loads records raises Configuration when one cannot be read.
    """

    def __init__(self, state: State, overlay: Overlay) -> None:
        self._state, self._overlay = state, overlay
        self._loaded: set[str] = set()
        self._locations: dict[str, ReportLocation] = {}
        self.stored: dict[str, Incident] = {}
        self.members: dict[str, Member] = {}
        self.changed: dict[str, Forms] = {}
        self._erased: set[str] = set()

    def load(self, report_ids: Iterable[str]) -> None:
        """Load the records that these reports are in, with all their members."""
        waiting = [name for name in report_ids if name not in self._loaded]
        while waiting:
            self._loaded.update(waiting)
            values = self._state.get_many([REPORT + name.encode() for name in waiting])
            stored = zip(waiting, values, strict=True)
            locations = {name: ReportLocation.decode(value) for name, value in stored if value}
            self._locations |= locations
            self.load_records({location.incident_id for location in locations.values()})
            waiting = [
                member["report_id"]
                for location in locations.values()
                for member in self.stored[location.incident_id]["members"]
                if member["report_id"] not in self._loaded
            ]

    def load_records(self, names: Iterable[str]) -> None:
        """Load these records, as far as they exist. Raises: Configuration when one cannot be read."""
        missing = [name for name in dict.fromkeys(names) if name not in self.stored]
        values = self._state.get_many([INCIDENT + name.encode() for name in missing])
        for name, value in zip(missing, values, strict=True):
            if value is not None:
                record = self.stored[name] = trusted(value)
                for member in record["members"]:
                    self.members.setdefault(member["report_id"], member)

    def put(self, member: Member, forms: Forms = ()) -> None:
        """Put a report as it is now; pass `forms` where its profiles may have changed."""
        name = member["report_id"]
        self.members[name] = member
        if forms:
            self._remove_forms(name)
            self.changed[name] = forms
            for form in forms:
                self._overlay.put(form)

    def _remove_forms(self, report_id: str) -> None:
        """Remove all forms of a report from the block index."""
        before = len(self._locations[report_id].buckets) if report_id in self._locations else 0
        for form in range(max(before, len(self.changed.pop(report_id, ())))):
            self._overlay.remove(name_of(report_id, form))

    def erase(self, report_id: str) -> Member | None:
        """Erase a report; return what it was, None where it was not there."""
        self.load([report_id])
        self.load_records([incident_id([report_id])])
        self._erased.add(report_id)
        self._remove_forms(report_id)
        return self.members.pop(report_id, None)

    def was_erased(self, report_id: str) -> bool:
        """Return whether a report was erased before this batch, as the record under its own name states."""
        self.load_records([incident_id([report_id])])
        before = self.stored.get(incident_id([report_id]))
        return before is not None and before["state"] == "PURGED"

    def find(self, report_id: str) -> Forms:
        """Return the forms of a report; none for a report that is not there or was erased."""
        if report_id in self._erased:
            return ()
        if report_id in self.changed:
            return self.changed[report_id]
        self.load([report_id])
        location = self._locations.get(report_id)
        profiles = (self._overlay.get(*form) for form in location.forms(report_id)) if location else ()
        return tuple(profile for profile in profiles if profile is not None)

    def admitted_or_crowded_out(self) -> set[str]:
        """Return the reports that this batch crowds out of a block, or admits to one."""
        return self._overlay.admitted_or_crowded_out(
            dict(form for name, location in self._locations.items() for form in location.forms(name))
        )

    def size(self, report_id: str) -> int:
        """Return the bytes that a report takes in a record."""
        member = self.members[report_id]
        return len(member["enriched"]) + MEMBER_BYTES + HISTORY_BYTES * len(member["history"])

    def incident_of(self, report_id: str) -> str:
        """Return the record that a report is in; for a report that is new in this batch, the one named after it."""
        return self._locations[report_id].incident_id if report_id in self._locations else incident_id([report_id])

    def stored_with(self, report_ids: Iterable[str]) -> Iterator[str]:
        """Yield the reports that are in the same stored record as any of these."""
        for stored in {self._locations[name].incident_id for name in report_ids if name in self._locations}:
            for member in self.stored[stored]["members"]:
                yield member["report_id"]

    def changed_records(
        self, names: set[str], decided: list[PairDecision], domain: int, generation: int
    ) -> Iterator[Incident]:
        """Yield the records to write for a component: its own, and a redirect for each other name it had."""
        order = sorted(names, key=str.encode)
        own = {name: incident_id([name]) for name in order if name in self._locations or name == order[0]}
        self.load_records(own[name] for name in order if name in self._locations)
        into = own.pop(order[0])
        before = self.stored.get(into)
        record = self._record(into, [self.members[name] for name in order], decided, before, domain, generation)
        if record is not None:
            yield record
        for name in own.values():
            other = self.stored.get(name)
            if other is not None and (other["state"] != "MERGED" or other["into"] != into):
                yield _redirect(other, into, self._departed(other))

    def erasures(self) -> Iterator[Incident]:
        """Yield the record under the name of each erased report: it states the erasure and redirects nowhere."""
        for report in sorted(self._erased):
            name = incident_id([report])
            before = self.stored.get(name) or self.stored.get(self.incident_of(report))
            if before is not None and (before["incident_id"], before["state"]) != (name, "PURGED"):
                departed = self._departed(before) if before["incident_id"] == name else []
                yield _purged(before, name, [*departed, report])

    def _departed(self, before: Incident | None, members: Iterable[Member] = ()) -> list[str]:
        """Return the reports that a record had and another one has now; an erased report is in none."""
        left = {member["report_id"] for member in before["members"]} if before else set()
        return sorted(left - {member["report_id"] for member in members} - self._erased)

    def _record(
        self,
        name: str,
        members: list[Member],
        decided: list[PairDecision],
        before: Incident | None,
        domain: int,
        generation: int,
    ) -> Incident | None:
        state: IncidentState = "CANCELLED" if all(member["cancelled"] for member in members) else "ACTIVE"
        if before and (before["state"], before["members"], before["decisions"]) == (state, members, decided):
            return None
        return {
            "incident_id": name,
            "domain": domain,
            "generation": generation,
            "revision": before["revision"] + 1 if before else 1,
            "state": state,
            "into": None,
            "members": members,
            "decisions": decided,
            "departed": self._departed(before, members),
        }


def _purged(before: Incident, name: str, departed: list[str]) -> Incident:
    """Return the record of an erasure; the report departs with those that were with it and are elsewhere now."""
    revision = before["revision"] + 1 if before["incident_id"] == name else 1
    changes = {"incident_id": name, "revision": revision, "state": "PURGED", "into": None, "departed": sorted(departed)}
    return cast(Incident, {**before, **changes, "members": [], "decisions": []})


def erased_by(incident: Mapping[str, Any]) -> str | None:
    """Return the report whose erasure a record states; None for any other record."""
    if incident["state"] != "PURGED":
        return None
    return next((name for name in incident["departed"] if incident_id([name]) == incident["incident_id"]), None)


def _redirect(before: Incident, into: str, departed: list[str]) -> Incident:
    """Return the stub of a record whose reports are now in another one."""
    changes = {"revision": before["revision"] + 1, "state": "MERGED", "into": into, "departed": departed}
    return cast(Incident, {**before, **changes, "members": [], "decisions": []})


def on_whole_reports(decisions: Iterable[PairDecision]) -> list[PairDecision]:
    """Return the decisions on whole reports."""
    return [decision for decision in decisions if decision["forms"] == WHOLE_FORMS]


def new_decisions(incident: Incident, before: Incident | None) -> Iterator[PairDecision]:
    """Yield the decisions of a record that are new and worth keeping: links, UNSURE pairs and adjudications."""
    former = {
        (pair["left"], pair["right"]): (pair["verdict"], pair["decided_by"])
        for pair in on_whole_reports((before or incident)["decisions"])
    }
    for pair in on_whole_reports(incident["decisions"]):
        if pair["verdict"] == "NOT_SAME" and pair["decided_by"] == MODEL:
            continue
        if before is None or former.get((pair["left"], pair["right"])) != (pair["verdict"], pair["decided_by"]):
            yield pair


def audit_record(pair: PairDecision, versions: Mapping[str, int], incident: str, now: int) -> Decision:
    """Return a pair decision for the audit trail; the same decision on the same versions has the same id.

    `versions`: report id -> version; `now` is in UTC milliseconds.
    """
    left, right = pair["left"], pair["right"]
    weight = round(pair["weight"], 1) + 0.0
    at = f"{versions[left]}.{versions[right]}"
    by_person = pair["decided_by"] != MODEL
    decided = f"{at}|{pair['verdict']}|{pair['tables_version']}|{pair['decided_by']}"
    return {
        "decision_id": f"{pair_key(left, right).decode()}|{decided}",
        "kind": "ADJUDICATION" if by_person else "LINK" if pair["verdict"] in LINKING_VERDICTS else "UNSURE",
        "agency_id": left.partition(":")[0],
        "report_id": left,
        "other_report_id": right,
        "version": versions[left],
        "standing_version": versions[right],
        "incident_id": incident,
        "detail": f"{pair['verdict']} by {pair['decided_by']}: {weight:.1f} of {pair['threshold']:.1f} bits",
        "decided_at": now,
    }


def versions_of(members: Sequence[Member]) -> dict[str, int]:
    """Return report id -> version."""
    return {member["report_id"]: member["version"] for member in members}
