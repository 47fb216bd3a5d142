"""The criteria by which agreements decide whether a report is shared: markings, offenses, persons' roles, place; pure.

Intake derives them from each version, so what an audience may see of a version can be decided as long as the version
is in the history.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from schemas.codes import offenses
from schemas.text.immigration import stating_status

_SUSPECT_ROLES = frozenset({"SUSPECT", "ARRESTEE", "SUBJECT", "WANTED"})
"""Roles (EIDO PersonRole) of persons suspected of an offense; persons in any other role are protected as victims."""


class SharingCriteria(NamedTuple):
    """What agreements decide by, of one version of a report.

    `level` is its own dissemination level, '' where the registry's default applies. `families` are those of all its
    offenses; `pure`: they are of one family. `offenders_only`: every person in it is suspected of an offense, so none
    is protected as a victim. `immigration_groups`: the field groups whose texts state a person's immigration status.
    `areas`: the state, county and Border Patrol sector of its location.
    """

    agency_id: str
    level: str = ""
    caveats: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    rel_to: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    concept: str = ""
    family: str = ""
    families: tuple[str, ...] = ()
    pure: bool = True
    offenders_only: bool = False
    immigration_groups: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Return the criteria as a JSON list, for the history of a report."""
        return orjson.dumps(list(self)).decode()


# The reports of one agency and offense in one county have the same.
@lru_cache(maxsize=4_096)
def criteria_from_json(data: str) -> SharingCriteria:
    """Return the criteria that `to_json` wrote."""
    return SharingCriteria._make(tuple(value) if type(value) is list else value for value in orjson.loads(data))


_FREE_TEXT: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "persons": ("persons", ("name", "description", "injury")),
    "vehicles": ("vehicles", ("make", "model", "color", "category")),
    "firearms": ("weapons", ("force_category", "make", "caliber")),
    "flow": ("drugs", ("category",)),
    "cautions": ("cautions", ("type", "text")),
}
"""Field group -> the list of the report, and its fields of free text; codes count too, as sources misuse them."""
_PLACE = ("address", "street", "cross_street", "colonia", "city", "category", "route_name")


@lru_cache(maxsize=4_096)
def _other_families(concept: str, nibrs: tuple[str, ...]) -> frozenset[str]:
    """Return the families of the offenses that a report states in addition to its main one."""
    main = set(offenses.CONCEPTS[concept].nibrs) if concept in offenses.CONCEPTS else set()
    additional = [offenses.concepts_by_codes((code,), "", "") for code in nibrs if code not in main]
    return frozenset(concepts[0].family for concepts in additional if concepts)


def _texts(report: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return all free text of a report by field group; `report` as in `criteria_of`."""
    offense: Mapping[str, Any] = report.get("offense", {})
    location: Mapping[str, str] = report.get("location") or report
    texts = {
        "narrative": [narrative["text"] for narrative in report.get("narratives", ())],
        "offense": [offense.get("code", ""), offense.get("text", "")],
        "place": [location.get(name, "") for name in _PLACE],
    }
    texts["narrative"] += [
        report.get("cancel_reason", ""),
        *(link["reason"] for link in report.get("links_claimed", ())),
    ]
    texts["narrative"] += report.get("units", ())
    for name in ("elements", "focus_crimes", "disposition"):
        texts["offense"] += offense.get(name, ())
    for group, (parts, names) in _FREE_TEXT.items():
        if stated := report.get(parts):
            texts[group] = [part.get(name, "") for part in stated for name in names]
    return texts


def _areas(place: Mapping[str, str]) -> tuple[str, ...]:
    """Return the areas of a place by their names in agreements: state, county, sector."""
    state, county = place.get("state", ""), place.get("county", "")
    return tuple(area for area in (state, county and f"{state}/{county}", place.get("sector", "")) if area)


def is_offender(person: Mapping[str, Any]) -> bool:
    """Return whether a person is suspected of an offense; one in any other role, or in none, may be a victim."""
    return bool(person.get("roles")) and set(person["roles"]) <= _SUSPECT_ROLES


def criteria_of(agency_id: str, report: Mapping[str, Any]) -> SharingCriteria:
    """Return the sharing criteria of a report; `report` is its JSON, or those fields of it that count here."""
    marking, offense = report.get("handling"), report.get("offense", {})
    handling: Mapping[str, Any] = marking or {}
    persons: Sequence[Mapping[str, Any]] = report.get("persons", ())
    concept, family = str(offense.get("concept", "")), str(offense.get("family", ""))
    others = _other_families(concept, tuple(offense.get("nibrs", ())))
    own = {family} if family else set()
    return SharingCriteria(
        agency_id,
        "" if marking is None else str(handling.get("owner_level", "RED")),
        tuple(handling.get("caveats", ())),
        (*handling.get("cui_categories", ()), *(category for person in persons for category in person.get("cui", ()))),
        tuple(handling.get("rel_to", ())),
        tuple(handling.get("purposes", ())),
        concept,
        family,
        tuple(sorted(others | own)),
        not others - own,
        bool(persons) and all(map(is_offender, persons)),
        stating_status(_texts(report)),
        _areas(report.get("place", {})),
    )
