"""Survivorship: which report provides each value of an incident, by which rule, and where the reports conflict.

Nothing is overwritten: the other reports' values are kept beside the surviving one, with their source. A value that a
report does not state counts for nothing. Pure, and independent of the order of the reports.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import cos, hypot, radians
from typing import Any, NamedTuple

from streams.dedupe.profile import ERROR_M, known_precision

Fields = Mapping[str, Any]
"""A report's JSON: the fields of `search_document.REPORT_FIELDS`."""
Key = Callable[[Fields], Any]

ONLY, TIE = "only", "tie_by_id"
NEAR_M = 250.0
"""Meters; places that are farther apart, beyond the uncertainty of both, conflict."""
NEAR_MS = 300_000
"""Milliseconds; times that are farther apart, beyond their widths, conflict."""
_M_PER_DEGREE = 111_195.0
_PRECISE = ("GPS", "ADDRESS", "INTERSECTION", "BLOCK", "MILEPOST", "PLACE", "CITY", "COUNTY", "UNKNOWN")


class Value(NamedTuple):
    """A value of an incident: the report that provides it, the reason, and the others that state one, best first."""

    value: Any
    report: Fields
    reason: str
    others: list[tuple[Any, Fields]]


@dataclass(frozen=True, slots=True)
class Rule:
    """How a value is chosen: `ranks` are (reason, key); the smallest key wins, the next rank breaks a tie."""

    value: Key
    ranks: tuple[tuple[str, Key], ...]
    conflict: Callable[[Fields, Fields], bool]


def _precision(report: Fields) -> str:
    return known_precision(report.get("precision", ""))


def _imprecision(report: Fields) -> int:
    return _PRECISE.index(_precision(report))


def _width_s(report: Fields) -> int:
    return int(report.get("occurred_precision_s", 0))


def _location(report: Fields) -> dict[str, float] | None:
    if "lat" not in report or "lon" not in report:
        return None
    return {"lat": report["lat"], "lon": report["lon"]}


def _offense(report: Fields) -> str | None:
    offense: Mapping[str, str] = report.get("offense", {})
    return offense.get("concept") or offense.get("text") or offense.get("code")


def _family(report: Fields) -> str:
    return str(report.get("offense", {}).get("family", ""))


def _side(report: Fields) -> str | None:
    side = report.get("place", {}).get("side")
    return side if side != "UNKNOWN" else None


def _times_conflict(left: Fields, right: Fields) -> bool:
    first, second = sorted((left, right), key=lambda report: int(report["occurred_at"]))
    return bool(second["occurred_at"] - first["occurred_at"] - _width_s(first) * 1000 > NEAR_MS)


def _places_conflict(left: Fields, right: Fields) -> bool:
    east = (left["lon"] - right["lon"]) * cos(radians((left["lat"] + right["lat"]) / 2))
    meters = hypot(left["lat"] - right["lat"], east) * _M_PER_DEGREE
    return meters - ERROR_M[_precision(left)] - ERROR_M[_precision(right)] > NEAR_M


def _families_conflict(left: Fields, right: Fields) -> bool:
    return "" not in (_family(left), _family(right)) and _family(left) != _family(right)


def _never(_: Fields, __: Fields) -> bool:
    return False


_MOST_PRECISE = ("most_precise", _imprecision)

RULES: dict[str, Rule] = {
    # Clocks and call-takers place one event seconds to minutes apart: its start is the earliest of the narrowest times.
    "occurred_at": Rule(
        lambda report: report.get("occurred_at"),
        (("most_precise", _width_s), ("earliest", lambda report: report["occurred_at"])),
        _times_conflict,
    ),
    "location": Rule(_location, (_MOST_PRECISE,), _places_conflict),
    # Two spellings of one place do not conflict; `location` shows whether the places do.
    "address": Rule(lambda report: report.get("address"), (_MOST_PRECISE,), _never),
    # A taxonomy concept can be compared and searched across agencies, an agency's own text cannot.
    "offense": Rule(_offense, (("mapped", lambda r: not r.get("offense", {}).get("concept")),), _families_conflict),
    "side": Rule(_side, (_MOST_PRECISE,), lambda left, right: _side(left) != _side(right)),
}
"""A rule for each of `search_document.VALUES`; LAST breaks the remaining ties."""
LAST: tuple[tuple[str, Key], ...] = (
    ("newest", lambda report: -report["updated_at"]),
    (TIE, lambda report: report["report_id"]),
)
REASONS = frozenset({ONLY, "most_precise", "earliest", "mapped", "newest", TIE})
"""Reasons: the first rank in which the surviving value is better than the next one."""


def _surviving(rule: Rule, reports: Sequence[Fields]) -> Value | None:
    stated = [(value, report) for report in reports if (value := rule.value(report)) not in (None, "")]
    if len(stated) < 2:
        return Value(*stated[0], ONLY, []) if stated else None
    ranks = (*rule.ranks, *LAST)
    stated.sort(key=lambda each: [key(each[1]) for _, key in ranks])
    (value, report), (_, second) = stated[:2]
    reason = next((name for name, key in ranks if key(report) != key(second)), TIE)
    return Value(value, report, reason, stated[1:])


def choose(reports: Sequence[Fields]) -> dict[str, Value]:
    """Return the surviving values of an incident's reports that are not cancelled; omit a value that none states."""
    values = {name: _surviving(rule, reports) for name, rule in RULES.items()}
    return {name: value for name, value in values.items() if value is not None}


def conflicts(values: Mapping[str, Value]) -> list[str]:
    """Return the values, sorted, in which a report conflicts with the surviving one."""
    return sorted(
        name
        for name, value in values.items()
        if any(RULES[name].conflict(value.report, other) for _, other in value.others)
    )
