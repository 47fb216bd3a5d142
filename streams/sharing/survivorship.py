"""Values of an incident: which report's word leads, why, and where the reports that count disagree.

Nothing is overwritten: the other reports' values stand beside the one that leads, with their source. A value that a
report does not have says nothing. Pure: the order in which reports are given changes nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import cos, hypot, radians
from typing import Any, NamedTuple

from streams.dedupe.profile import ERROR_M, known_precision

Told = Mapping[str, Any]
"""A report's JSON: the fields of `search_document.REPORT_FIELDS`."""
Key = Callable[[Told], Any]

ONLY, TIE = "only", "tie_by_id"
NEAR_M = 250.0
"""Places that lie farther apart, beyond what their precisions leave open, disagree."""
NEAR_MS = 300_000
"""Times that lie farther apart, beyond their widths, disagree."""
_M_PER_DEGREE = 111_195.0
_PRECISE = ("GPS", "ADDRESS", "INTERSECTION", "BLOCK", "MILEPOST", "PLACE", "CITY", "COUNTY", "UNKNOWN")


class Value(NamedTuple):
    """A value of an incident: the report that leads, why it does, and the others that have one, best first."""

    value: Any
    report: Told
    because: str
    others: list[tuple[Any, Told]]


@dataclass(frozen=True, slots=True)
class Rule:
    """How one value is chosen: `ranks` are (word, key), the smallest key leads, the next decides between equals."""

    value: Key
    ranks: tuple[tuple[str, Key], ...]
    differ: Callable[[Told, Told], bool]


def _precision(report: Told) -> str:
    return known_precision(report.get("precision", ""))


def _imprecision(report: Told) -> int:
    return _PRECISE.index(_precision(report))


def _width_s(report: Told) -> int:
    return int(report.get("occurred_precision_s", 0))


def _location(report: Told) -> dict[str, float] | None:
    if "lat" not in report or "lon" not in report:
        return None
    return {"lat": report["lat"], "lon": report["lon"]}


def _offense(report: Told) -> str | None:
    offense: Mapping[str, str] = report.get("offense", {})
    return offense.get("concept") or offense.get("text") or offense.get("code")


def _family(report: Told) -> str:
    return str(report.get("offense", {}).get("family", ""))


def _side(report: Told) -> str | None:
    side = report.get("place", {}).get("side")
    return side if side != "UNKNOWN" else None


def _times_differ(one: Told, other: Told) -> bool:
    first, second = sorted((one, other), key=lambda report: int(report["occurred_at"]))
    return bool(second["occurred_at"] - first["occurred_at"] - _width_s(first) * 1000 > NEAR_MS)


def _places_differ(one: Told, other: Told) -> bool:
    east = (one["lon"] - other["lon"]) * cos(radians((one["lat"] + other["lat"]) / 2))
    metres = hypot(one["lat"] - other["lat"], east) * _M_PER_DEGREE
    return metres - ERROR_M[_precision(one)] - ERROR_M[_precision(other)] > NEAR_M


def _families_differ(one: Told, other: Told) -> bool:
    return "" not in (_family(one), _family(other)) and _family(one) != _family(other)


def _never(_: Told, __: Told) -> bool:
    return False


_MOST_PRECISE = ("most_precise", _imprecision)

RULES: dict[str, Rule] = {
    # Clocks and call-takers put one event seconds to minutes apart: the earliest of the narrowest is its start.
    "occurred_at": Rule(
        lambda report: report.get("occurred_at"),
        (("most_precise", _width_s), ("earliest", lambda report: report["occurred_at"])),
        _times_differ,
    ),
    "location": Rule(_location, (_MOST_PRECISE,), _places_differ),
    # Two spellings of one place are no disagreement; `location` tells whether the places differ.
    "address": Rule(lambda report: report.get("address"), (_MOST_PRECISE,), _never),
    # A concept of the taxonomy can be compared and searched across agencies, an agency's own words cannot.
    "offense": Rule(_offense, (("mapped", lambda r: not r.get("offense", {}).get("concept")),), _families_differ),
    "side": Rule(_side, (_MOST_PRECISE,), lambda one, other: _side(one) != _side(other)),
}
"""For each of `search_document.VALUES`; where the rule leaves two equal, LAST decides."""
LAST: tuple[tuple[str, Key], ...] = (
    ("newest", lambda report: -report["updated_at"]),
    (TIE, lambda report: report["report_id"]),
)
BECAUSE = frozenset({ONLY, "most_precise", "earliest", "mapped", "newest", TIE})
"""Why a report leads: the first rank in which it is better than the next one."""


def _lead(rule: Rule, reports: Sequence[Told]) -> Value | None:
    found = [(value, report) for report in reports if (value := rule.value(report)) not in (None, "")]
    if len(found) < 2:
        return Value(*found[0], ONLY, []) if found else None
    ranks = (*rule.ranks, *LAST)
    found.sort(key=lambda each: [key(each[1]) for _, key in ranks])
    (value, report), (_, second) = found[:2]
    because = next((word for word, key in ranks if key(report) != key(second)), TIE)
    return Value(value, report, because, found[1:])


def of(reports: Sequence[Told]) -> dict[str, Value]:
    """Choose the values of an incident among its reports that count; a value that none of them has is left out."""
    found = {name: _lead(rule, reports) for name, rule in RULES.items()}
    return {name: value for name, value in found.items() if value is not None}


def disagree(values: Mapping[str, Value]) -> list[str]:
    """Name the values in which a report disagrees with the one that leads, sorted."""
    return sorted(
        name
        for name, value in values.items()
        if any(RULES[name].differ(value.report, other) for _, other in value.others)
    )
