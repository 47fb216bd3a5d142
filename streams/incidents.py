"""The Incident records of one batch: read from the state, regrouped by components, and written where they changed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from schemas.audited import Decision
from schemas.identity import incident_id, pair_key
from schemas.records import LINKS, Incident, LifeState, Member, PairDecision
from streams.dedupe.cluster import MODEL
from streams.dedupe.profiles import BUCKET_BYTES, Profile
from streams.dedupe.window import Overlay
from streams.incident_record import trusted
from streams.stage import State

INCIDENT = b"i"
REPORT = b"r"
MEMBER_BYTES = 512
"""Of a member beside its report, at most: its ids, place and hash."""
HISTORY_BYTES = 128
"""Of a line of history, at most."""


class Batch:
    """Reports and records as one batch leaves them: the state's, overlaid with what the batch changed."""

    def __init__(self, state: State, overlay: Overlay) -> None:
        self._state, self._overlay = state, overlay
        self._asked: set[str] = set()
        self._homes: dict[str, tuple[str, bytes]] = {}
        self.stored: dict[str, Incident] = {}
        self.members: dict[str, Member] = {}
        self.changed: dict[str, Profile] = {}
        self.gone: set[str] = set()

    def load(self, report_ids: Iterable[str]) -> None:
        """Read the records that these reports are in, with all their members."""
        waiting = [name for name in report_ids if name not in self._asked]
        while waiting:
            self._asked.update(waiting)
            found = self._state.get_many([REPORT + name.encode() for name in waiting])
            homes = {
                n: (v[:-BUCKET_BYTES].decode(), v[-BUCKET_BYTES:]) for n, v in zip(waiting, found, strict=True) if v
            }
            self._homes |= homes
            self.load_records({incident for incident, _ in homes.values()})
            waiting = [
                member["report_id"]
                for incident, _ in homes.values()
                for member in self.stored[incident]["members"]
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

    def put(self, member: Member, one: Profile | None) -> None:
        """Let a report be what it is now; `one` where what it is compared by may have changed."""
        self.members[member["report_id"]] = member
        if one is not None:
            self.changed[one.report_id] = one
            self._overlay.put(one)

    def take_out(self, report_id: str) -> Member | None:
        """Let a report be gone; gives what it was."""
        self.load([report_id])
        self.load_records([incident_id([report_id])])
        self.gone.add(report_id)
        self.changed.pop(report_id, None)
        self._overlay.remove(report_id)
        return self.members.pop(report_id, None)

    def find(self, report_id: str) -> Profile | None:
        """Give the profile of a report; None for one that has not come, or is gone."""
        if report_id in self.gone:
            return None
        if report_id in self.changed:
            return self.changed[report_id]
        self.load([report_id])
        home = self._homes.get(report_id)
        return self._overlay.get(report_id, home[1]) if home else None

    def moved(self) -> set[str]:
        """Give the reports that this batch crowds out of a block, or lets in."""
        return self._overlay.moved({name: bucket for name, (_, bucket) in self._homes.items()})

    def size(self, report_id: str) -> int:
        """Return the bytes that a report takes in a record."""
        member = self.members[report_id]
        return len(member["enriched"]) + MEMBER_BYTES + HISTORY_BYTES * len(member["history"])

    def home(self, report_id: str) -> str:
        """Give the record that a report is in; for one that came with this batch, the one that it would name."""
        return self._homes[report_id][0] if report_id in self._homes else incident_id([report_id])

    def beside(self, report_ids: Iterable[str]) -> Iterator[str]:
        """Give the reports that are in one stored record with any of these."""
        for home in {self._homes[name][0] for name in report_ids if name in self._homes}:
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
            home = self._homes.get(report, (name, b""))[0]
            before = self.stored.get(name) or self.stored.get(home)
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
        state: LifeState = "CANCELLED" if all(member["cancelled"] for member in members) else "ACTIVE"
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


def news(made: Incident, before: Incident | None) -> Iterator[PairDecision]:
    """Give the decisions of a record that say something new and are worth keeping: links, doubts, persons' words."""
    known = {(one["left"], one["right"]): (one["verdict"], one["decided_by"]) for one in (before or made)["decisions"]}
    for one in made["decisions"]:
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
        "kind": "ADJUDICATION" if by_person else "LINK" if pair["verdict"] in LINKS else "UNSURE",
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
