"""The Incident records of one batch: read from the state, regrouped by components, and written where they changed."""

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
"""Of an incident's id, see `identity.incident_id`."""
MEMBER_BYTES = 512
"""Of a member beside its report, at most: its ids, place and hash."""
HISTORY_BYTES = 128
"""Of a line of history, at most."""


class Home(NamedTuple):
    """Where the state has a report: its incident, and the bucket of time of each of its forms."""

    incident: str
    buckets: tuple[bytes, ...]

    @classmethod
    def read(cls, value: bytes) -> "Home":
        """Read what the state keeps under a report's id."""
        ends = range(NAME_BYTES, len(value), BUCKET_BYTES)
        return cls(value[:NAME_BYTES].decode(), tuple(value[at : at + BUCKET_BYTES] for at in ends))

    def written(self) -> bytes:
        """Write what the state keeps under a report's id."""
        return self.incident.encode() + b"".join(self.buckets)

    def forms(self, report_id: str) -> Iterator[tuple[str, bytes]]:
        """Yield the name and the bucket of each form in the block index."""
        for form, bucket in enumerate(self.buckets):
            yield name_of(report_id, form), bucket


class Batch:
    """Reports and records as one batch leaves them: the state's, overlaid with what the batch changed."""

    def __init__(self, state: State, overlay: Overlay) -> None:
        self._state, self._overlay = state, overlay
        self._asked: set[str] = set()
        self._homes: dict[str, Home] = {}
        self.stored: dict[str, Incident] = {}
        self.members: dict[str, Member] = {}
        self.changed: dict[str, Forms] = {}
        self.gone: set[str] = set()

    def load(self, report_ids: Iterable[str]) -> None:
        """Read the records that these reports are in, with all their members."""
        waiting = [name for name in report_ids if name not in self._asked]
        while waiting:
            self._asked.update(waiting)
            found = self._state.get_many([REPORT + name.encode() for name in waiting])
            homes = {name: Home.read(value) for name, value in zip(waiting, found, strict=True) if value}
            self._homes |= homes
            self.load_records({home.incident for home in homes.values()})
            waiting = [
                member["report_id"]
                for home in homes.values()
                for member in self.stored[home.incident]["members"]
                if member["report_id"] not in self._asked
            ]

    def load_records(self, names: Iterable[str]) -> None:
        """Read these records, as far as they exist."""
        missing = [name for name in dict.fromkeys(names) if name not in self.stored]
        values = self._state.get_many([INCIDENT + name.encode() for name in missing])
        for name, value in zip(missing, values, strict=True):
            if value is not None:
                record = self.stored[name] = trusted(value)
                for member in record["members"]:
                    self.members.setdefault(member["report_id"], member)

    def put(self, member: Member, forms: Forms = ()) -> None:
        """Let a report be what it is now; `forms` where what it is compared by may have changed."""
        name = member["report_id"]
        self.members[name] = member
        if forms:
            self._let_go(name)
            self.changed[name] = forms
            for one in forms:
                self._overlay.put(one)

    def _let_go(self, report_id: str) -> None:
        """Let all forms of a report be gone."""
        before = len(self._homes[report_id].buckets) if report_id in self._homes else 0
        for form in range(max(before, len(self.changed.pop(report_id, ())))):
            self._overlay.remove(name_of(report_id, form))

    def take_out(self, report_id: str) -> Member | None:
        """Let a report be gone; gives what it was."""
        self.load([report_id])
        self.load_records([incident_id([report_id])])
        self.gone.add(report_id)
        self._let_go(report_id)
        return self.members.pop(report_id, None)

    def was_erased(self, report_id: str) -> bool:
        """Tell whether the record under a report's own name says that the report was erased before this batch."""
        self.load_records([incident_id([report_id])])
        before = self.stored.get(incident_id([report_id]))
        return before is not None and before["state"] == "PURGED"

    def find(self, report_id: str) -> Forms:
        """Give the forms of a report; none for one that has not come, or is gone."""
        if report_id in self.gone:
            return ()
        if report_id in self.changed:
            return self.changed[report_id]
        self.load([report_id])
        home = self._homes.get(report_id)
        found = (self._overlay.get(*form) for form in home.forms(report_id)) if home else ()
        return tuple(one for one in found if one is not None)

    def moved(self) -> set[str]:
        """Give the reports that this batch crowds out of a block, or lets in."""
        return self._overlay.admitted_or_crowded_out(
            dict(form for name, home in self._homes.items() for form in home.forms(name))
        )

    def size(self, report_id: str) -> int:
        """Return the bytes that a report takes in a record."""
        member = self.members[report_id]
        return len(member["enriched"]) + MEMBER_BYTES + HISTORY_BYTES * len(member["history"])

    def home(self, report_id: str) -> str:
        """Give the record that a report is in; for one that came with this batch, the one that it would name."""
        return self._homes[report_id].incident if report_id in self._homes else incident_id([report_id])

    def beside(self, report_ids: Iterable[str]) -> Iterator[str]:
        """Give the reports that are in one stored record with any of these."""
        for home in {self._homes[name].incident for name in report_ids if name in self._homes}:
            for member in self.stored[home]["members"]:
                yield member["report_id"]

    def regrouped(
        self, names: set[str], decided: list[PairDecision], domain: int, generation: int
    ) -> Iterator[Incident]:
        """Give the records to be written for a component: its own, and a redirect for each other name it had."""
        order = sorted(names, key=str.encode)
        own = {name: incident_id([name]) for name in order if name in self._homes or name == order[0]}
        self.load_records(own[name] for name in order if name in self._homes)
        into = own.pop(order[0])
        before = self.stored.get(into)
        made = self._record(into, [self.members[name] for name in order], decided, before, domain, generation)
        if made is not None:
            yield made
        for name in own.values():
            other = self.stored.get(name)
            if other is not None and (other["state"] != "MERGED" or other["into"] != into):
                yield _redirect(other, into, self._elsewhere(other))

    def erased(self) -> Iterator[Incident]:
        """Give the record under the name of each report that is gone: it says so, and leads nowhere."""
        for report in sorted(self.gone):
            name = incident_id([report])
            before = self.stored.get(name) or self.stored.get(self.home(report))
            if before is not None and (before["incident_id"], before["state"]) != (name, "PURGED"):
                left = self._elsewhere(before) if before["incident_id"] == name else []
                yield _purged(before, name, [*left, report])

    def _elsewhere(self, before: Incident | None, members: Iterable[Member] = ()) -> list[str]:
        """Give the reports that a record had and another one has now; one that is gone is nowhere."""
        left = {member["report_id"] for member in before["members"]} if before else set()
        return sorted(left - {member["report_id"] for member in members} - self.gone)

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
            "departed": self._elsewhere(before, members),
        }


def _purged(before: Incident, name: str, departed: list[str]) -> Incident:
    """Make what stays of a report's own name; the report departs with those that were with it and are elsewhere now."""
    revision = before["revision"] + 1 if before["incident_id"] == name else 1
    changes = {"incident_id": name, "revision": revision, "state": "PURGED", "into": None, "departed": sorted(departed)}
    return cast(Incident, {**before, **changes, "members": [], "decisions": []})


def erased_by(incident: Mapping[str, Any]) -> str | None:
    """Give the report whose erasure a record tells; None for any other record."""
    if incident["state"] != "PURGED":
        return None
    return next((one for one in incident["departed"] if incident_id([one]) == incident["incident_id"]), None)


def _redirect(before: Incident, into: str, departed: list[str]) -> Incident:
    """Make the stub of a record whose reports are now in another one."""
    changes = {"revision": before["revision"] + 1, "state": "MERGED", "into": into, "departed": departed}
    return cast(Incident, {**before, **changes, "members": [], "decisions": []})


def whole(decisions: Iterable[PairDecision]) -> list[PairDecision]:
    """Give the decisions on whole reports."""
    return [one for one in decisions if one["forms"] == WHOLE_FORMS]


def news(made: Incident, before: Incident | None) -> Iterator[PairDecision]:
    """Give the decisions of a record that say something new and are worth keeping: links, doubts, persons' words."""
    known = {
        (one["left"], one["right"]): (one["verdict"], one["decided_by"]) for one in whole((before or made)["decisions"])
    }
    for one in whole(made["decisions"]):
        said = (one["verdict"], one["decided_by"])
        if one["verdict"] == "NOT_SAME" and one["decided_by"] == MODEL:
            continue
        if before is None or known.get((one["left"], one["right"])) != said:
            yield one


def audit(pair: PairDecision, versions: Mapping[str, int], incident: str, now: int) -> Decision:
    """Write a pair decision down for the audit; the same decision on the same versions has the same id."""
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
    """Give report id -> version."""
    return {member["report_id"]: member["version"] for member in members}
