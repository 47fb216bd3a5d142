"""Membership: which incident each report belongs to after a batch of Incident records.

Reports move between incidents, the records of one change arrive in any order, and a batch may end in the middle of a
change. What this batch does not say yet must not be confused with what will never be said.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas.records.incident import TOMBSTONE_STATES
from streams.incidents.batch import erased_by


@dataclass(slots=True)
class Membership:
    """The newest record of each incident in a batch, in order of arrival, and the incident of each report.

    `incident_of` is the incident of each report. When the newest record of an incident is in a later batch, its older
    record here may still list a report that another incident has taken over: the later record wins. `moved` are reports
    that joined and left an incident within this batch. `vanished` are reports that joined an incident and are missing
    from its newer record without being listed as departed, with that incident.
    """

    incidents: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    causes: dict[str, int] = field(default_factory=dict)
    incident_of: dict[str, str] = field(default_factory=dict)
    moved: set[str] = field(default_factory=set)
    vanished: dict[str, str] = field(default_factory=dict)

    def add(self, incident: Mapping[str, Any], cause: int) -> None:
        """Add the next record of an incident; `cause` is its place in the batch."""
        incident_id = incident["incident_id"]
        before = self.incidents.pop(incident_id, None)
        self.incidents[incident_id], self.causes[incident_id] = incident, cause
        if before is None and not self.vanished:
            return
        members, departed = _report_ids(incident), _departed(incident)
        removed = _report_ids(before) - members if before is not None else set()
        self.moved |= removed & departed
        self.vanished |= dict.fromkeys(removed - departed, incident_id)
        self.vanished = {report: former for report, former in self.vanished.items() if report not in members}

    def settle(self) -> None:
        """Assign each report to its incident, once the whole batch is added."""
        for incident_id, incident in self.incidents.items():
            self.incident_of.update(dict.fromkeys(_report_ids(incident), incident_id))

    def current(self) -> dict[str, str]:
        """Return the deciding incident of each report in this batch: the one whose record counts for it."""
        return self.vanished | self.incident_of

    def erased(self) -> dict[str, str]:
        """Return report id -> incident id for each report whose erasure this batch records."""
        pairs = ((erased_by(incident), incident_id) for incident_id, incident in self.incidents.items())
        return {report: incident_id for report, incident_id in pairs if report is not None}

    def members(self, incident: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Return the members that still belong to this incident after the batch."""
        incident_id = incident["incident_id"]
        return [member for member in _members(incident) if self.incident_of[member["report_id"]] == incident_id]

    def awaited(self, incident_id: str) -> set[str]:
        """Return the former reports of an incident whose new incident is in a later batch."""
        # Departures in an older record were completed by the change that came before the newer record.
        departed = _departed(self.incidents[incident_id]) | self.moved
        return departed - self.incident_of.keys() - self.vanished.keys()


def _members(incident: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [] if incident["state"] in TOMBSTONE_STATES else incident["members"]


def _report_ids(incident: Mapping[str, Any]) -> set[str]:
    return {member["report_id"] for member in _members(incident)}


def _departed(incident: Mapping[str, Any]) -> set[str]:
    """Return the reports that now belong to another incident; an erased report belongs to none."""
    return set(incident["departed"]) - {erased_by(incident)}
