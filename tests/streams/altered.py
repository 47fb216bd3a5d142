"""Alter reports in the field groups that are withheld, and keep what the agreements judge them by."""

from collections.abc import Callable, Collection, Iterable, Mapping
from random import Random
from typing import Any

from schemas.agreements import Outcome
from streams.sharing.forms import FIELDS, redact
from streams.sharing.visible import Grant
from tests.schemas.samples import REPORT
from tests.streams.history import History
from tests.streams.invented import COMMODITIES, MINUTE, narrative, person, place, some, vehicle

JudgedBy = Callable[[dict[str, Any]], object]
"""A published report -> what agreements judge it by, and where it lies."""
TRIES = 4
LINE = "line"
"""What a line of history says of a version beside its number."""


def withheld(grants: Iterable[Grant]) -> frozenset[str]:
    """Return the field groups of a version that an audience is never shown; where it gets none of it, all and LINE."""
    shown = [one.withheld for one in grants if one.outcome >= Outcome.REDACTED]
    return frozenset((*FIELDS, LINE)).intersection(*shown)


def _time(random: Random, made: Mapping[str, Any]) -> dict[str, Any]:
    at = made["occurred_from"] or made["updated_at"]
    return {
        "occurred_from": random.choice([None, at + random.choice([-40, -5, 3, 31]) * MINUTE]),
        "occurred_precision_s": random.choice([60, 7200]),
        "source_tz": random.choice(["", "America/Denver"]),
    }


def _place(random: Random, made: Mapping[str, Any]) -> dict[str, Any]:
    at = made["location"]
    if at["lat"] is None:
        return {"location": {**at, **place(random, (0.0, 0.0)), "lat": None, "lon": None, "state": at["state"]}}
    moved = place(random, (at["lat"], at["lon"]), random.choice([0.0005, 0.02]))
    route = random.choice([{}, {"route_name": "SR-111", "route_marker": 1.5, "checkpoint_id": "roving-1"}])
    motion = random.choice([None, REPORT["motion"]])
    return {"location": {**at, **moved, **route, "country": at["country"], "state": at["state"]}, "motion": motion}


def _narrative(random: Random, _: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "narratives": some(random, narrative),
        "units": random.choice([[], ["2A11"], ["9Z9"]]),
        "links_claimed": random.choice([[], REPORT["links_claimed"]]),
        "cancel_reason": random.choice(["", "DUPLICATE", "another word"]),
        "report_number": random.choice(["", "R-9"]),
    }


def _line(random: Random, made: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "action": random.choice(["UPDATE", "CLOSE", "REOPEN"]),
        "status": random.choice(["ACTIVE", "CLOSED", "CANCELLED"]),
        "updated_at": made["updated_at"] - random.choice([0, 3, 50]) * MINUTE,
    }


_OTHER: Mapping[str, Callable[[Random, Mapping[str, Any]], dict[str, Any]]] = {
    LINE: _line,
    "time": _time,
    "place": _place,
    "area": lambda *_: {},
    "offense": lambda random, _: {
        "disposition": random.choice([[], ["ARREST"]]),
        "trafficking": random.choice([None, REPORT["trafficking"]]),
    },
    "flow": lambda random, _: {
        "flow": random.choice([None, {**REPORT["flow"], "commodities": [random.choice(COMMODITIES)]}]),
        "drugs": random.choice([[], REPORT["drugs"]]),
        "cash": random.choice([[], REPORT["cash"]]),
    },
    "narrative": _narrative,
    "persons": lambda random, _: {"persons": some(random, person)},
    "vehicles": lambda random, _: {"vehicles": some(random, vehicle)},
    "firearms": lambda random, _: {"weapons": random.choice([[], REPORT["weapons"], REPORT["weapons"] * 2])},
    "cautions": lambda random, _: {"cautions": random.choice([[], REPORT["cautions"]])},
}


def altered(made: dict[str, Any], groups: Collection[str], random: Random, judged: JudgedBy) -> dict[str, Any]:
    """Return a report with these groups removed or told otherwise: as many of them as leave the judgment as it is."""
    standing = judged(made)
    for group in sorted(groups):
        for number in range(TRIES):
            removed = group in FIELDS and number == 0 and random.random() < 0.3
            other = redact(made, [group]) if removed else {**made, **_OTHER[group](random, made)}
            if judged(other) == standing:
                made = other
                break
    return made


def alter(history: History, groups: Mapping[int, Collection[str]], seed: int, judged: JudgedBy) -> History:
    """Return a history whose reports are altered in the groups given by the identity of their dictionaries."""
    random = Random(seed)
    other: dict[int, dict[str, Any]] = {}
    for one in (one for step in history.steps for one in step.reports):
        if id(one) not in other:
            other[id(one)] = altered(one, groups.get(id(one), ()), random, judged)
    return history.changed(lambda one: other[id(one)])
