"""The codes without a table row, as a work list for `schemas/tables`, the most frequent first; pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from sinks.render.format import clean

FLAG = "offense_unmapped"
HEAD = ("reports", "agency", "system", "code", "text")

Code = tuple[str, str, str, str]
"""(agency, code system, code, the agency's text)."""


def count_codes(reports: Iterable[Mapping[str, Any]]) -> Counter[Code]:
    """Return how many of the reports that carry the flag have each code."""
    counts: Counter[Code] = Counter()
    for report in reports:
        if FLAG in report.get("flags", ()):
            offense = report.get("offense", {})
            code = (report["agency"], offense.get("system", ""), offense.get("code", ""), offense.get("text", ""))
            counts[code] += 1
    return counts


def rows(counted: Counter[Code]) -> list[dict[str, Any]]:
    """Return one row per code, those of most reports first, ties by name."""
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return [
        {"reports": count, "agency": agency, "system": system, "code": code, "text": text}
        for (agency, system, code, text), count in ordered
    ]


def cells(rows: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """Return the rows for people, beneath their head."""
    return [HEAD, *(tuple(clean(row[name]) for name in HEAD) for row in rows)]


def total(rows: list[dict[str, Any]]) -> str:
    """Return how many reports and codes there are."""
    return f"{sum(row['reports'] for row in rows)} reports, {len(rows)} codes"
