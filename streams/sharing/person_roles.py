"""Persons and vehicles of an incident: by which it is found, which an agency looks for, and who is no victim; pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from schemas.agreements.criteria import is_offender
from streams.normalize.names import person
from streams.normalize.plates import plate

LOOK_OUTS = frozenset({"WARRANT", "FUGITIVE", "ATTEMPT_TO_LOCATE"})
"""Offense concepts that say: whoever sees this person or vehicle tells us."""
STANDING = frozenset({"ACTIVE", "PENDING", "REOPENED"})
"""Statuses in which an agency still looks for it."""
_UNNAMED = dict.fromkeys(("name", "given", "paternal", "maternal", "dob"), "")

Report = Mapping[str, Any]
"""A report's JSON, as the audience sees it."""


def found_by(counted: Sequence[Report]) -> dict[str, list[str]]:
    """Give the plates and names by which the reports that count can be found; of a redacted one what it still tells."""
    plates: set[str] = set()
    names: set[str] = set()
    for report in counted:
        match = report.get("match", {})
        plates.update(match.get("plates", ()))
        names.update(match.get("persons", ()))
        if "withheld" in report:
            plates.update(plate(one.get("plate", "")) for one in report.get("vehicles", ()))
            names.update(_names(report.get("persons", ())))
    return {"plates": sorted(plates - {""}), "names": sorted(names - {""})}


def looked_for(counted: Sequence[Report]) -> dict[str, list[str]]:
    """Give the reports whose agency still looks for somebody or something, and the plates and names of these.

    A person only where an offense is stated of them: nobody looks for a victim or a witness by a list that all read.
    """
    looking = [one for one in counted if one.get("offense", {}).get("concept") in LOOK_OUTS]
    looking = [one for one in looking if one["status"] in STANDING]
    names = {each for one in looking for each in _names(filter(is_offender, one.get("persons", ())))}
    return {
        "wanted_by": sorted(one["report_id"] for one in looking),
        "wanted_plates": found_by(looking)["plates"],
        "wanted_names": sorted(names - {""}),
    }


def _names(persons: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    return (person({**_UNNAMED, **one}) for one in persons)
