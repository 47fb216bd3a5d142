"""The codes that no table knows, as work: what to write into `schemas/tables`, the most frequent first; pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from sinks.render.format import clean

FLAG = "offense_unmapped"
HEAD = ("reports", "agency", "system", "code", "text")

Code = tuple[str, str, str, str]
"""(agency, code system, code, the agency's words)."""


def codes(reports: Iterable[Mapping[str, Any]]) -> Counter[Code]:
    """Count the reports of each code among those that carry the flag."""
    found: Counter[Code] = Counter()
    for report in reports:
        if FLAG in report.get("flags", ()):
            told = report.get("offense", {})
            found[(report["agency"], told.get("system", ""), told.get("code", ""), told.get("text", ""))] += 1
    return found


def rows(counted: Counter[Code]) -> list[dict[str, Any]]:
    """Give one row for each code, those of most reports first, ties by name."""
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return [
        {"reports": count, "agency": agency, "system": system, "code": code, "text": text}
        for (agency, system, code, text), count in ordered
    ]


def cells(told: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """Return the rows for people, beneath their head."""
    return [HEAD, *(tuple(clean(row[name]) for name in HEAD) for row in told)]


def total(told: list[dict[str, Any]]) -> str:
    """Return how much is to be done."""
    return f"{sum(row['reports'] for row in told)} reports, {len(told)} codes"
