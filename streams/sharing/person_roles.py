"""Persons and vehicles of an incident: identifiers for search, and lookouts (BOLO) of agencies. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from schemas.agreements.criteria import is_offender
from streams.normalize.names import person
from streams.normalize.plates import plate

LOOKOUT_OFFENSES = frozenset({"WARRANT", "FUGITIVE", "ATTEMPT_TO_LOCATE"})
"""Offense concepts of a lookout: whoever sees this person or vehicle notifies the agency."""
OPEN_STATUSES = frozenset({"ACTIVE", "PENDING", "REOPENED"})
"""Statuses in which a lookout is still open."""
_UNNAMED = dict.fromkeys(("name", "given", "paternal", "maternal", "dob"), "")

Report = Mapping[str, Any]
"""A report's JSON as the audience sees it."""


def identifiers(counted: Sequence[Report]) -> dict[str, list[str]]:
    """Return the plates and names of these reports; of a redacted report, those that it still has."""
    plates: set[str] = set()
    names: set[str] = set()
    for report in counted:
        match = report.get("match", {})
        plates.update(match.get("plates", ()))
        names.update(match.get("persons", ()))
        if "withheld" in report:
            plates.update(plate(vehicle.get("plate", "")) for vehicle in report.get("vehicles", ()))
            names.update(_names(report.get("persons", ())))
    return {"plates": sorted(plates - {""}), "names": sorted(names - {""})}


def lookouts(counted: Sequence[Report]) -> dict[str, list[str]]:
    """Return the reports that are open lookouts, with their plates and names.

    A person is included only where an offense is stated of them: no victim or witness belongs on a list that all read.
    """
    lookout_reports = [
        report
        for report in counted
        if report.get("offense", {}).get("concept") in LOOKOUT_OFFENSES and report["status"] in OPEN_STATUSES
    ]
    names = {name for report in lookout_reports for name in _names(filter(is_offender, report.get("persons", ())))}
    return {
        "wanted_by": sorted(report["report_id"] for report in lookout_reports),
        "wanted_plates": identifiers(lookout_reports)["plates"],
        "wanted_names": sorted(names - {""}),
    }


def _names(persons: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    return (person({**_UNNAMED, **stated}) for stated in persons)
