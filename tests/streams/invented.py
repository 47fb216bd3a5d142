"""Invented reports that have much in common: events at a few spots, reported by several agencies in their own words."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, NamedTuple

from schemas.agencies import BUNDLED as AGENCIES
from tests.schemas.samples import REPORT
from tests.streams.marked import NOW

MINUTE = 60_000


class Region(NamedTuple):
    """Agencies that meet, and the agreements they are in: spots in degrees, the first two 150 m apart."""

    agencies: tuple[str, ...]
    agreements: tuple[str, ...]
    spots: tuple[tuple[float, float], ...]


REGIONS = (
    Region(
        ("calexico_pd", "usbp_elc", "imperial_so", "ssp_mexicali"),
        ("cit", "federal-local"),
        ((32.6740, -115.4990), (32.6753, -115.4985), (32.6905, -115.5010), (32.6700, -115.4700)),
    ),
    Region(
        ("nogales_pd", "usbp_tca", "santacruz_so", "az_dps", "c5_sonora"),
        ("actt",),
        ((31.3404, -110.9343), (31.3416, -110.9336), (31.3560, -110.9400), (31.3370, -110.9400)),
    ),
    Region(
        ("laredo_pd", "webb_so", "tx_dps", "usbp_lrt", "c5_tamaulipas"),
        ("best-stx",),
        ((27.5064, -99.5075), (27.5076, -99.5068), (27.5240, -99.5000), (27.5040, -99.5050)),
    ),
    Region(
        ("el_paso_pd", "el_paso_so", "usbp_ept"),
        ("federal-local",),
        ((31.7587, -106.4869), (31.7599, -106.4862), (31.7750, -106.4800), (31.7560, -106.4840)),
    ),
)
PLATES = ("7ABC123", "ZZT4411", "K98LMN")
PERSONS = (("UNA", "PRUEBA"), ("OTRO", "EJEMPLO"), ("ADA", "INVENTADA"))
SHARED = ("09A", "09A", "35A", "35A", "13A", "64A", "30C", "100")
NIBRS = (*SHARED, "520", "30A", "11A", "220", "240", "120")
"""Offenses; agreements share the first ones, some in part."""
TEXTS = (
    "windshield broken by rocks, driver bleeding, suspects ran northbound",
    "red honda sedan 7ABC123 left with two bundles of marijuana",
    "subject undocumented, was loaded into a white pickup",
    "hombre herido de bala trasladado al hospital, camioneta blanca ZZT4411 huyó",
    "shots fired, two rifles and cash found in the trunk, southbound",
    "",
)
STREETS = ("IMPERIAL AVE", "GRAND AVE", "SAN BERNARDO AVE")
CARS = (("HONDA", "CIVIC", "RED"), ("FORD", "F150", "WHI"), ("NISS", "ALTIMA", "BLK"))
COMMODITIES = ("drugs", "migrants", "firearms", "cash")


class Event(NamedTuple):
    """What happened: at a spot, `at` in UTC milliseconds, with these plates, persons and words."""

    spot: tuple[float, float]
    at: int
    nibrs: str
    content: Mapping[str, Any]


def person(random: Random) -> dict[str, Any]:
    """Invent a person."""
    given, paternal = random.choice(PERSONS)
    return {
        **REPORT["persons"][0],
        "roles": random.choice([[], ["VICTIM"], ["SUSPECT"], ["WITNESS"]]),
        "name": f"{paternal}, {given}",
        "given": given,
        "paternal": paternal,
        "maternal": "",
        "dob": random.choice(["", "1990", "1990-05-17"]),
        "injury": random.choice(["", "M", "N", "F"]),
        "cui": random.choice([[], [], [], ["IVIC"]]),
    }


def vehicle(random: Random) -> dict[str, Any]:
    """Invent a vehicle."""
    make, model, color = random.choice(CARS)
    plate = random.choice((*PLATES, ""))
    return {**REPORT["vehicles"][0], "plate": plate, "make": make, "model": model, "color": color}


def narrative(random: Random) -> dict[str, Any]:
    """Invent a narrative; some name a plate, some tell somebody's immigration status."""
    return {**REPORT["narratives"][0], "lang": random.choice(["", "en", "es"]), "text": random.choice(TEXTS)}


def some(random: Random, make: Any, most: int = 2) -> list[dict[str, Any]]:
    """Invent a few, often none."""
    return [make(random) for _ in range(random.choice([0, 1, 1, most]))]


def events(random: Random, region: Region, number: int) -> list[Event]:
    """Invent events: some at one spot 45 minutes apart, so that only what lies between them brings them together."""
    made, at = list[Event](), NOW - 600 * MINUTE
    for _ in range(number):
        spot = random.choice(region.spots[:2] if random.random() < 0.7 else region.spots)
        content = {
            "persons": some(random, person),
            "vehicles": [vehicle(random), *some(random, vehicle)],
            "narratives": some(random, narrative),
        }
        made.append(Event(spot, at, random.choice(random.choice([SHARED, SHARED, NIBRS])), content))
        at += random.choice([3, 20, 45, 45, 90]) * MINUTE
    return made


def place(random: Random, spot: tuple[float, float], near: float = 0.0008) -> dict[str, Any]:
    """Place a report near a spot, as well as somebody knew it."""
    lat, lon = (round(one + random.uniform(-near, near), 5) for one in spot)
    street, number = random.choice(STREETS), str(random.choice([100, 200, 300]))
    told = {
        "lat": lat,
        "lon": lon,
        "precision": random.choice(["GPS", "ADDRESS", "BLOCK", "INTERSECTION"]),
        "address": f"{number} BLK {street}",
        "street": random.choice(["", street]),
        "number": number,
        "port_of_entry": "",
        "route_name": "",
        "route_marker": None,
    }
    if random.random() < 0.1:
        told |= {"lat": None, "lon": None}
    return {**REPORT["location"], "city": "", "postal": "", "state": "", **told}


def content(random: Random, agency: str, event: Event, others: Sequence[Event]) -> dict[str, Any]:
    """Tell an event in an agency's own words, now and then with something of another event."""
    mine = {**event.content, **(random.choice(others).content if random.random() < 0.2 else {})}
    row = AGENCIES[agency]
    moving = {"heading_deg": 350.0, "speed_kmh": 90.0, "handover_to": ""}
    kind = {"code_system": row["code_system"], "internal_code": "", "internal_text": "", "apco": "", "cnie": ""}
    nibrs = [event.nibrs] if random.random() < 0.8 else random.choice([[], [random.choice(NIBRS)]])
    return {
        "occurred_from": event.at + random.choice([0, 0, 0, 1, 2, 6, 20]) * MINUTE if random.random() < 0.95 else None,
        "occurred_to": None,
        "occurred_precision_s": random.choice([60, 60, 60, 600, 7200]),
        "location": {**place(random, event.spot), "country": row["country"]},
        "classification": {**REPORT["classification"], **kind, "nibrs": nibrs},
        "persons": mine["persons"],
        "vehicles": mine["vehicles"],
        "narratives": mine["narratives"] if random.random() < 0.7 else some(random, narrative),
        "weapons": random.choice([[], [], REPORT["weapons"]]),
        "drugs": random.choice([[], [], REPORT["drugs"]]),
        "cash": random.choice([[], [], REPORT["cash"]]),
        "cautions": random.choice([[], [], REPORT["cautions"]]),
        "flow": random.choice([None, None, {**REPORT["flow"], "commodities": [random.choice(COMMODITIES)]}]),
        "motion": random.choice([None, None, None, moving]),
        "trafficking": None,
        "links_claimed": [],
        "cancel_reason": "",
        "units": random.choice([[], ["2A11"]]),
    }


def handling(random: Random) -> dict[str, Any] | None:
    """Mark a report: half of them for everybody, a quarter for nobody else."""
    told = {**REPORT["handling"], "cui_categories": [], "caveats": [], "rel_to": [], "purposes": []}
    told["owner_level"] = random.choice(["GREEN"] * 8 + ["YELLOW"] + ["RED"] * 2)
    told["rel_to"] = random.choice([[], ["MEX", "USA"], ["MEX", "USA"], ["MEX"], ["USA"]])
    if random.random() < 0.25:
        told["cui_categories"] = [random.choice(["JUVENILE", "WITNESS", "INV", "LVIC", "INFORMANT"])]
    if random.random() < 0.1:
        told["caveats"] = [random.choice(["NOFORN", "FED ONLY", "DL ONLY"])]
    if random.random() < 0.1:
        told["purposes"] = [random.choice(["criminal_investigation", "victim_services"])]
    return told if random.random() < 0.9 else None
