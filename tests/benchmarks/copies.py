"""Degraded copies of a plain feed: `python -m tests.benchmarks.copies KIND FEED OUT`.

Every choice is a hash of the kind, the report and what is chosen, so that all versions of a report are treated alike
and a copy is the same whenever it is made.

addresses  the address is missing from 30 % of the reports
types      every type and code is replaced by words that no table holds, the same for the same agency's same type
days       times in whole days and places as cities, as in a register that was never a dispatch system
noise      the noise of the invented border feed once more on top of its own, see `_noise`
"""

import argparse
import gzip
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from math import cos, radians
from pathlib import Path
from statistics import NormalDist
from typing import Any

from schemas.tables.reader import read_table

Event = dict[str, Any]
Change = Callable[[Event], Event]

ADDRESSES = 0.30
_PLACES = ("geonameid", "name", "state", "lat", "lon", "source", "verified")
_NEAREST_DEGREES = 0.3
_SYLLABLES = tuple(a + b for a in "bdfgklmnprstvz" for b in "aeiou")
_M_PER_DEGREE = 111_195.0

# What the border feed has between reports of one incident: standard deviation of their times, and of coordinates on
# each axis by precision (see ERROR_M); shares of reports without coordinates, with a type that another tells, with a
# plate or a name written wrong.
TIME_S = 110.0
SPREAD_M = {"gps": 15.0, "intersection": 60.0, "block": 100.0, "milepost": 350.0}
UNLOCATED, RETYPED, MISREAD, UNTOLD = 0.08, 0.08, 0.10, 0.05


def share(*parts: object) -> float:
    """Give a number from 0 to 1 that depends on the parts alone."""
    digest = hashlib.sha256("|".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64


def _of(event: Event) -> tuple[str, str]:
    return event["agency"], event["source_id"]


def _addresses(event: Event) -> Event:
    return {**event, "address": None} if share("addresses", *_of(event)) < ADDRESSES else event


def _word(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return " ".join(
        "".join(_SYLLABLES[byte % len(_SYLLABLES)] for byte in digest[at : at + 4]) for at in (0, 4)
    ).upper()


def _types(event: Event) -> Event:
    told = {name: event[name] and _word(f"{event['agency']} {event[name]}") for name in ("type_text", "type_code")}
    return {**event, **told}


def _nearest(lat: float, lon: float, places: list[tuple[float, float]]) -> tuple[float, float]:
    """Give the nearest place of the gazetteer, or a grid of cities where it has none near."""
    up, right = min(places, key=lambda one: abs(one[0] - lat) + abs(one[1] - lon))
    near = abs(up - lat) + abs(right - lon) < _NEAREST_DEGREES
    return (up, right) if near else (round(lat, 1), round(lon, 1))


def _days() -> Change:
    places = [(float(row["lat"]), float(row["lon"])) for _, row in read_table("places.csv", _PLACES)]

    def change(event: Event) -> Event:
        day = event["occurred_at"] and datetime.fromisoformat(event["occurred_at"])
        made = {**event, "address": None, "precision": "city", "occurred_precision_s": 86_400}
        if day:
            made["occurred_at"] = day.replace(hour=0, minute=0, second=0, microsecond=0).isoformat()
        if event["lat"] is not None:
            made["lat"], made["lon"] = _nearest(event["lat"], event["lon"], places)
        return made

    return change


def _normal(sigma: float, *parts: object) -> float:
    return NormalDist(0.0, sigma).inv_cdf(min(max(share(*parts), 1e-9), 1 - 1e-9))


def _slip(text: str, *parts: object) -> str:
    """Change two letters over, somewhere."""
    at = int(share("slip", *parts) * (len(text) - 1)) if len(text) > 1 else 0
    return text[:at] + text[at : at + 2][::-1] + text[at + 2 :]


def _misread(event: Event) -> Event:
    persons = [
        {**one, "name": _slip(one["name"], *_of(event))} if share("name", *_of(event)) < MISREAD else one
        for one in event["persons"]
    ]
    vehicles = [
        {**one, "plate": _slip(one["plate"], *_of(event))}
        if one.get("plate") and share("plate", *_of(event)) < MISREAD
        else one
        for one in event["vehicles"]
    ]
    narrative = None if share("narrative", *_of(event)) < UNTOLD else event["narrative"]
    return {**event, "persons": persons, "vehicles": vehicles, "narrative": narrative}


def _noise(events: Iterable[Event]) -> Change:
    """Move times and places as far as the feed's own errors do, and lose, misread and mistake as much as it has."""
    types: dict[str, list[tuple[Any, Any]]] = {}
    for event in events:
        told = types.setdefault(event["agency"], [])
        if (event["type_code"], event["type_text"]) not in told:
            told.append((event["type_code"], event["type_text"]))

    def change(event: Event) -> Event:
        who = _of(event)
        made = _misread(event)
        if event["occurred_at"]:
            moved = timedelta(seconds=round(_normal(TIME_S, "time", *who)))
            made["occurred_at"] = (datetime.fromisoformat(event["occurred_at"]) + moved).isoformat()
        if share("unlocated", *who) < UNLOCATED:
            made["lat"] = made["lon"] = None
        elif event["lat"] is not None:
            sigma = SPREAD_M.get(event["precision"], 60.0) / _M_PER_DEGREE
            made["lat"] = event["lat"] + _normal(sigma, "up", *who)
            made["lon"] = event["lon"] + _normal(sigma / cos(radians(event["lat"])), "right", *who)
        if share("retyped", *who) < RETYPED:
            told = types[event["agency"]]
            made["type_code"], made["type_text"] = told[int(share("type", *who) * len(told))]
        return made

    return change


KINDS: dict[str, Callable[[list[Event]], Change]] = {
    "addresses": lambda _: _addresses,
    "types": lambda _: _types,
    "days": lambda _: _days(),
    "noise": _noise,
}


def copied(kind: str, events: list[Event]) -> Iterator[Event]:
    """Give the events of a feed as a copy of this kind has them."""
    yield from map(KINDS[kind](events), events)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("feed", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    with gzip.open(given.feed) as feed:
        every = [json.loads(line) for line in feed]
    with gzip.GzipFile(given.out, "wb", mtime=0) as out:
        for one in copied(given.kind, every):
            out.write(json.dumps(one, ensure_ascii=False).encode() + b"\n")
    print(f"{given.out}: {len(every):,} events")
