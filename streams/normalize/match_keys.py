"""What a report is compared by, parsed once: the MatchKeys of an EnrichedReport."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from schemas.records.report import MatchKeys
from schemas.text.analysis import AnalyzedText
from streams.normalize.address import Address, clean, parse
from streams.normalize.injury import injury
from streams.normalize.names import person
from streams.normalize.plates import plate, stated_in
from streams.normalize.references import reference, unit
from streams.normalize.route import KM_PER_MILE, highways
from streams.normalize.vehicles import vehicles

MOST = 50
"""Keys of one kind that are kept: a report is compared by them, and blocks are made of them."""
LONGEST_PART = 160
"""Characters of a street that the source parsed."""
_DUPLICATE = frozenset({"DUPLICATE", "DUP", "DUPLICATED", "DUPLICADO", "DUPLICADA"})


def _distinct(values: Iterable[str]) -> list[str]:
    return sorted(set(filter(None, values)))[:MOST]


def located(location: Mapping[str, Any]) -> Address:
    """Read a location: what the source parsed goes before the address as it wrote it."""
    written = location["address"]
    if location["street"]:
        street, crossing = location["street"][:LONGEST_PART], location["cross_street"][:LONGEST_PART]
        written = f"{location['number'][:16]} {street} / {crossing}"
    address = parse(written)
    routes = highways(clean(location["route_name"])).routes
    if not routes:
        return address
    marker, in_miles = location["route_marker"], not routes[0].startswith("MEX")
    if marker is not None and 0 <= marker < 10_000:
        kilometer = round(marker * KM_PER_MILE, 3) if in_miles else round(marker, 3)
        return address._replace(route=routes[0], route_km=kilometer)
    return address._replace(route=routes[0])


def keys(report: Mapping[str, Any], narratives: Sequence[AnalyzedText]) -> MatchKeys:
    """Return the keys of a decoded report and its narratives, lists sorted and without repeats."""
    at = located(report["location"])
    plates = [plate(vehicle["plate"]) for vehicle in report["vehicles"]]
    motion = report["motion"] or {}
    return {
        "streets": list(at.streets),
        "number": at.number,
        "route": at.route,
        "route_km": at.route_km,
        "plates": _distinct(chain(plates, *map(stated_in, narratives))),
        "vehicles": _distinct(vehicles(report, narratives)),
        "persons": _distinct(map(person, report["persons"])),
        "units": _distinct(map(unit, report["units"])),
        "references": _distinct(reference(claimed["incident_uid"]) for claimed in report["links_claimed"]),
        "words": _distinct(chain.from_iterable(map(AnalyzedText.concepts, narratives))),
        "duplicate": report["cancel_reason"].strip().upper() in _DUPLICATE,
        "injury": injury(report, narratives),
        "heading_deg": motion.get("heading_deg"),
        "handover_to": motion.get("handover_to", "")[:LONGEST_PART],
    }
