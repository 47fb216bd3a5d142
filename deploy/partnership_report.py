"""The report that a partnership owes: figures of what an audience sees in a time, without persons; pure.

Reproducible: the same index gives the same bytes. A cell of 1 to 4 is suppressed, as it could tell of single persons;
incidents are counted, not reports, so that one event that three agencies report is one.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from schemas.agreements import Checkpoint
from sinks.telling import day
from streams.dedupe.cluster import MODEL
from streams.shapes import metres

SMALLEST_CELL = 5
"""Cells below are suppressed."""
_COUNTED = {
    "offense family": "offense_family",
    "corridor": "corridor",
    "flow": "flow_direction",
    "commodity": "commodities",
    "agency": "agencies",
}
"""Table of the report -> field of the search document; an incident may count in several rows."""


_COUNTS = (
    *("incidents", "joined", "across_the_border", "disagree_on_offense", "relabelled_reports"),
    *("judged_by_persons", "of_these_joined_by_the_model", "of_these_rightly"),
)
_OWN = ("month", "offense by month", "corridor by month", "near a checkpoint while it stood")
NEAR_M = 20_000
"""What occurred within this distance of a checkpoint, metres, counts as near it."""


@dataclass(slots=True)
class Figures:
    """What an audience saw of incidents that occurred in a time."""

    incidents: int = 0
    tables: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in (*_OWN, *_COUNTED)})
    joined: int = 0
    across_the_border: int = 0
    disagree_on_offense: int = 0
    relabelled_reports: int = 0
    judged_by_persons: int = 0
    of_these_joined_by_the_model: int = 0
    of_these_rightly: int = 0
    minutes_to_link: list[float] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Give the figures with small cells suppressed (null), the median of the minutes to a link among them."""
        enough = len(self.minutes_to_link) >= SMALLEST_CELL
        return {
            **{name: cell(getattr(self, name)) for name in _COUNTS},
            "median_minutes_to_link": round(median(self.minutes_to_link), 1) if enough else None,
            "tables": {
                name: {row: cell(count) for row, count in sorted(rows.items())} for name, rows in self.tables.items()
            },
        }


def cell(count: int) -> int | None:
    """Give a count, or None where it is too small to be told."""
    return None if 0 < count < SMALLEST_CELL else count


def _first_link_minutes(reports: Sequence[Mapping[str, Any]]) -> float:
    """Tell how long after the first report of an incident another agency's came, in minutes."""
    order = sorted(reports, key=lambda one: (one["published_at"], one["report_id"]))
    other = next(one for one in order if one["agency"] != order[0]["agency"])
    return float(other["published_at"] - order[0]["published_at"]) / 60_000


def _near(at: int, place: Mapping[str, float] | None, checkpoints: Iterable[Checkpoint]) -> list[str]:
    """Name the checkpoints that stood near a place at a time, UTC milliseconds."""
    if place is None:
        return []
    standing = [one for one in checkpoints if one.stands(at)]
    return [one.checkpoint_id for one in standing if metres(place["lat"], place["lon"], one.lat, one.lon) <= NEAR_M]


def _judged(documents: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Give persons' words on pairs of which everything is told, each once: else the model's sum is not known here."""
    whole = {report["report_id"] for one in documents for report in one["reports"] if "withheld" not in report}
    found = {
        (decision["left"], decision["right"]): decision
        for one in documents
        for decision in one.get("decisions", ())
        if decision["decided_by"] != MODEL and {decision["left"], decision["right"]} <= whole
    }
    yield from (found[pair] for pair in sorted(found))


def count(
    documents: Iterable[Mapping[str, Any]],
    countries: Mapping[str, str],
    since: int | None,
    until: int | None,
    checkpoints: Sequence[Checkpoint] = (),
) -> Figures:
    """Count the actual incidents that occurred from `since` to before `until`, UTC milliseconds; others are left out.

    `countries`: agency -> ISO 3166-1 alpha-3.
    """
    found, counted = Figures(), [one for one in documents if _counts(one, since, until)]
    for one in counted:
        _add(found, one, countries, checkpoints)
    for word in _judged(counted):
        joined = word["weight"] >= word["threshold"]
        found.judged_by_persons += 1
        found.of_these_joined_by_the_model += joined
        found.of_these_rightly += joined and word["verdict"] == "SAME"
    return found


def _counts(one: Mapping[str, Any], since: int | None, until: int | None) -> bool:
    at = one.get("occurred_at")
    if one["traffic"] != "ACTUAL" or one["state"] != "ACTIVE" or at is None:
        return False
    return (since is None or at >= since) and (until is None or at < until)


def _add(
    found: Figures, one: Mapping[str, Any], countries: Mapping[str, str], checkpoints: Sequence[Checkpoint]
) -> None:
    found.incidents += 1
    at = one["occurred_at"]
    month = day(at)[:7]
    found.tables["month"][month] += 1
    found.tables["offense by month"].update(f"{concept} {month}" for concept in set(one.get("offense", ())))
    found.tables["corridor by month"].update(f"{corridor} {month}" for corridor in set(one.get("corridor", ())))
    found.tables["near a checkpoint while it stood"].update(_near(at, one.get("location"), checkpoints))
    for name, source in _COUNTED.items():
        found.tables[name].update(set(one.get(source, ())))
    found.disagree_on_offense += "offense" in one.get("disagree", ())
    lines = one.get("history", {}).values()
    found.relabelled_reports += sum(len({line["offense_code"] for line in each}) > 1 for each in lines)
    agencies = one.get("agencies", ())
    if len(agencies) > 1:
        found.joined += 1
        found.across_the_border += len({countries.get(agency, "") for agency in agencies}) > 1
        found.minutes_to_link.append(_first_link_minutes(one["reports"]))


def _told(value: float | None) -> str:
    return f"under {SMALLEST_CELL}" if value is None else f"{value:,}"


def markdown(title: str, period: str, told: Mapping[str, Mapping[str, Any]]) -> str:
    """Write the report for people: `told` is audience -> figures as JSON."""
    lines = [
        f"# {title}",
        "",
        f"Incidents that occurred {period}. No persons; counts of 1 to {SMALLEST_CELL - 1} are not told.",
    ]
    for audience, figures in told.items():
        rows = {name.replace("_", " "): value for name, value in figures.items() if name != "tables"}
        lines += ["", f"## {audience}", "", "| figure | |", "|---|---|"]
        lines += [f"| {name} | {_told(value)} |" for name, value in rows.items()]
        for name, table in figures["tables"].items():
            if table:
                lines += ["", f"| {name} | incidents |", "|---|---|"]
                lines += [f"| {row} | {_told(value)} |" for row, value in table.items()]
    return "\n".join(lines) + "\n"
