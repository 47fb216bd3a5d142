"""Homes: where a batch of Incident records leaves the reports that it speaks of.

Reports move between incidents, the records of one change come in any order, and a batch may end among them. What a
batch does not tell yet must be told apart from what will never be told.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas.records.incident import STUBS
from streams.incidents.batch import erased_by


def _members(incident: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [] if incident["state"] in STUBS else incident["members"]


def _departed(incident: Mapping[str, Any]) -> set[str]:
    """Give the reports that are now elsewhere: one that was erased is nowhere."""
    return set(incident["departed"]) - {erased_by(incident)}


def _reports(incident: Mapping[str, Any]) -> set[str]:
    return {member["report_id"] for member in _members(incident)}


@dataclass(slots=True)
class Homes:
    """What a batch says: the newest writing of each incident, in their order, and where that leaves the reports.

    `home` is the incident of each report. An incident whose newest writing is in a batch to come may still name a
    report that another one took over since: the later word counts. `moving` are reports that came and left within this
    batch; `vanished` those that came, with the incident in whose newer writing they neither are nor are told to have
    left.
    """

    incidents: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    causes: dict[str, int] = field(default_factory=dict)
    home: dict[str, str] = field(default_factory=dict)
    moving: set[str] = field(default_factory=set)
    vanished: dict[str, str] = field(default_factory=dict)

    def add(self, incident: Mapping[str, Any], cause: int) -> None:
        """Take the next writing of an incident."""
        name = incident["incident_id"]
        before = self.incidents.pop(name, None)
        self.incidents[name], self.causes[name] = incident, cause
        if before is None and not self.vanished:
            return
        members, left = _reports(incident), _departed(incident)
        gone = _reports(before) - members if before is not None else set()
        self.moving |= gone & left
        self.vanished |= dict.fromkeys(gone - left, name)
        self.vanished = {report: last for report, last in self.vanished.items() if report not in members}

    def settle(self) -> None:
        """Give each report its home."""
        for name, incident in self.incidents.items():
            self.home.update(dict.fromkeys(_reports(incident), name))

    def last(self) -> dict[str, str]:
        """Give, for each report that this batch speaks of, the incident whose word on it counts."""
        return self.vanished | self.home

    def erased(self) -> dict[str, str]:
        """Give the reports whose erasure this batch tells, with the incident whose writing tells it."""
        told = ((erased_by(incident), name) for name, incident in self.incidents.items())
        return {report: name for report, name in told if report is not None}

    def members(self, incident: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Give the members that this incident still has."""
        name = incident["incident_id"]
        return [one for one in _members(incident) if self.home[one["report_id"]] == name]

    def awaited(self, incident: str) -> set[str]:
        """Give the reports, of those that this incident had, whose home is in a batch to come."""
        # What an older writing tells to have left is told of by the whole change, which came before the newer one.
        return (_departed(self.incidents[incident]) | self.moving) - self.home.keys() - self.vanished.keys()
