"""What agreements judge a report by, and nothing else of it: its marking, its offenses, who stands in it; pure.

Intake reads it off each version, so that what somebody may see of a version is known as long as its line of history is.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from schemas.codes import offenses
from schemas.text.immigration import telling

_EXPOSED = frozenset({"SUSPECT", "ARRESTEE", "SUBJECT", "WANTED"})
"""Roles (EIDO PersonRole) of whom an offense is stated: the identities of all others are a victim's until it is."""


class SharingCriteria(NamedTuple):
    """A version of a report as agreements judge it.

    `level` is its own dissemination level, '' where the registry's default counts. `families` are those of all offenses
    that it states; `pure`: no other offense stands beside its own. `exposed`: an offense is stated of everybody in it,
    so that nobody is left to be taken for a victim. `tells`: the field groups of texts that tell somebody's immigration
    status. `areas`: the state, county and sector that it lies in.
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
        """Write it down for a line of history."""
        return orjson.dumps(list(self)).decode()


def criteria_from_json(data: str) -> SharingCriteria:
    """Read what `packed` wrote."""
    return SharingCriteria._make(tuple(value) if type(value) is list else value for value in orjson.loads(data))


_FREE: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "persons": ("persons", ("name", "description", "injury")),
    "vehicles": ("vehicles", ("make", "model", "color", "category")),
    "firearms": ("weapons", ("force_category", "make", "caliber")),
    "flow": ("drugs", ("category",)),
    "cautions": ("cautions", ("type", "text")),
}
"""Field group -> the list and those of its fields in which a source can write what it likes, codes misused too."""
_PLACE = ("address", "street", "cross_street", "colonia", "city", "category", "route_name")


@lru_cache(maxsize=4_096)
def _other_families(concept: str, nibrs: tuple[str, ...]) -> frozenset[str]:
    """Name the families of the offenses that a report states beside its own."""
    own = set(offenses.CONCEPTS[concept].nibrs) if concept in offenses.CONCEPTS else set()
    beside = [offenses.concepts_by_codes((code,), "", "") for code in nibrs if code not in own]
    return frozenset(found[0].family for found in beside if found)


def _texts(told: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return every text of a report that is free to state anything, by field group; `told` as `judged` takes it."""
    offense: Mapping[str, Any] = told.get("offense", {})
    location: Mapping[str, str] = told.get("location") or told
    found = {
        "narrative": [one["text"] for one in told.get("narratives", ())],
        "offense": [offense.get("code", ""), offense.get("text", "")],
        "place": [location.get(name, "") for name in _PLACE],
    }
    found["narrative"] += [told.get("cancel_reason", ""), *(one["reason"] for one in told.get("links_claimed", ()))]
    found["narrative"] += told.get("units", ())
    for name in ("elements", "focus_crimes", "disposition"):
        found["offense"] += offense.get(name, ())
    for group, (parts, names) in _FREE.items():
        if stated := told.get(parts):
            found[group] = [part.get(name, "") for part in stated for name in names]
    return found


def _areas(place: Mapping[str, str]) -> tuple[str, ...]:
    """Name what a place lies in as agreements name it: state, county, sector."""
    state, county = place.get("state", ""), place.get("county", "")
    return tuple(one for one in (state, county and f"{state}/{county}", place.get("sector", "")) if one)


def is_offender(one: Mapping[str, Any]) -> bool:
    """Tell whether an offense is stated of a person: who has another role, or none, is taken for a victim."""
    return bool(one.get("roles")) and set(one["roles"]) <= _EXPOSED


def criteria_of(agency_id: str, told: Mapping[str, Any]) -> SharingCriteria:
    """Return what a report is judged by; `told` is its JSON, or the fields of it that are asked here."""
    marking, offense = told.get("handling"), told.get("offense", {})
    handling: Mapping[str, Any] = marking or {}
    persons: Sequence[Mapping[str, Any]] = told.get("persons", ())
    concept, family = str(offense.get("concept", "")), str(offense.get("family", ""))
    others = _other_families(concept, tuple(offense.get("nibrs", ())))
    own = {family} if family else set()
    return SharingCriteria(
        agency_id,
        "" if marking is None else str(handling.get("owner_level", "RED")),
        tuple(handling.get("caveats", ())),
        (*handling.get("cui_categories", ()), *(one for person in persons for one in person.get("cui", ()))),
        tuple(handling.get("rel_to", ())),
        tuple(handling.get("purposes", ())),
        concept,
        family,
        tuple(sorted(others | own)),
        not others - own,
        bool(persons) and all(map(is_offender, persons)),
        telling(_texts(told)),
        _areas(told.get("place", {})),
    )
