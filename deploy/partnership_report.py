"""The report that a partnership owes: figures of what an audience sees in a time, without persons; pure.

Reproducible: the same index gives the same bytes. Small counts are not told, nor what they could be had from
(`suppression`); incidents are counted, not reports, so that one event that three agencies report is one.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from deploy.periods import month_of
from deploy.suppression import DERIVED, SMALLEST_CELL, Cell, Sum, withheld
from schemas.agreements import Checkpoint
from schemas.agreements.model import Focus
from schemas.offenses import CONCEPTS
from streams.dedupe.cluster import MODEL
from streams.shapes import metres

_FIELDS = {
    "offense family": "offense_family",
    "corridor": "corridor",
    "flow": "flow_direction",
    "commodity": "commodities",
    "agency": "agencies",
}
"""Table of the report -> field of the search document; an incident may count in several rows."""
_BY_MONTH = {"offense by month": "offense", "corridor by month": "corridor"}
"""Table of the report -> field of the search document; a row is a value and its month."""
_NEAR = "near a checkpoint while it stood"
_FAMILIES = {name: concept.family for name, concept in CONCEPTS.items()}
_TABLES = ("month", *_BY_MONTH, _NEAR, *_FIELDS)
_FIGURE = ""
"""Table of what is told of all incidents together: a figure, with its name for a row."""
_INCIDENTS = (_FIGURE, "incidents")
_TELLINGS = (DERIVED, "agency")
_WITHIN = {
    "joined": "incidents",
    "across_the_border": "joined",
    "disagree_on_offense": "incidents",
    "in_focus": "incidents",
}
"""Figure -> the figure that it is a part of: who knows both knows the rest. What rests of words and requests is work
that is left, and tells of nobody."""
_FIGURES = (
    *("incidents", "in_focus", "joined", "across_the_border", "disagree_on_offense", "relabelled_reports"),
    *("judged_by_persons", "of_these_joined_by_the_model", "of_these_rightly"),
)
_LOOKUPS = ("lookups_asked", "lookups_answered")
NOWHERE = Focus(frozenset(), frozenset())
NEAR_M = 20_000
"""What occurred within this distance of a checkpoint, metres, counts as near it."""


@dataclass(slots=True)
class Figures:
    """What an audience saw of incidents that occurred in a time, and of what its agencies asked a support centre."""

    focus: Focus = NOWHERE
    counts: Counter[Cell] = field(default_factory=Counter)
    minutes_to_link: list[float] = field(default_factory=list)
    minutes_to_answer: list[float] | None = None

    def add(self, figure: str, number: int = 1) -> None:
        """Count for a figure."""
        self.counts[_FIGURE, figure] += number

    def add_lookups(self, made: Sequence[tuple[int, int | None]]) -> None:
        """Count requests to a support centre: when each was made and answered, UTC milliseconds."""
        self.minutes_to_answer = [(answered - asked) / 60_000 for asked, answered in made if answered is not None]
        self.add("lookups_asked", len(made))
        self.add("lookups_answered", len(self.minutes_to_answer))

    def as_json(self) -> dict[str, Any]:
        """Give the figures; null is what is not told, also the median of too few minutes."""
        derived = {(DERIVED, part): self._of(whole) - self._of(part) for part, whole in _WITHIN.items()}
        derived[_TELLINGS] = sum(number for (table, _), number in self.counts.items() if table == "agency")
        counts = Counter({**self.counts, **derived})
        hidden = withheld(counts, _sums(self.counts, self.focus))
        asked = self.minutes_to_answer is not None
        told: dict[str, Any] = {
            name: None if (_FIGURE, name) in hidden else self._of(name)
            for name in (*_FIGURES, *(_LOOKUPS if asked else ()))
        }
        told["median_minutes_to_link"] = _median(self.minutes_to_link)
        if self.minutes_to_answer is not None:
            told["median_minutes_to_answer"] = _median(self.minutes_to_answer)
        tables: dict[str, dict[str, int | None]] = {name: {} for name in _TABLES}
        for (table, row), number in sorted(self.counts.items()):
            if table:
                tables[table][row] = None if (table, row) in hidden else number
        return {**told, "tables": tables}

    def _of(self, figure: str) -> int:
        return self.counts[_FIGURE, figure]


def _median(minutes: Sequence[float]) -> float | None:
    return round(median(minutes), 1) if len(minutes) >= SMALLEST_CELL else None


def _sums(counts: Mapping[Cell, int], focus: Focus) -> Iterator[Sum]:
    """Give what a reader of the report can add up."""
    for part, whole in _WITHIN.items():
        yield Sum((_FIGURE, whole), ((_FIGURE, part), (DERIVED, part)))
    # Where no incident has three agencies, those of two are what the agencies' counts have too many.
    yield Sum(_TELLINGS, (_INCIDENTS, (_FIGURE, "joined")))
    yield Sum(_TELLINGS, tuple(cell for cell in counts if cell[0] == "agency"))
    yield Sum((_FIGURE, "in_focus"), tuple(("offense family", row) for row in focus.families))
    parts: dict[Cell, dict[str, list[Cell]]] = defaultdict(lambda: defaultdict(list))
    for table, row in counts:
        if table in ("month", *_FIELDS):
            parts[_INCIDENTS][table].append((table, row))
        elif table in _BY_MONTH:
            value, _, month = row.rpartition(" ")
            parts["month", month][table].append((table, row))
            of = ("offense family", _FAMILIES.get(value, "")) if table == "offense by month" else ("corridor", value)
            parts[of][table].append((table, row))
    for total, tables in parts.items():
        for cells in tables.values():
            yield Sum(total, tuple(cells))


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
    focus: Focus = NOWHERE,
    zone: str = "UTC",
) -> Figures:
    """Count the actual incidents that occurred from `since` to before `until`, UTC milliseconds; others are left out.

    `countries`: agency -> ISO 3166-1 alpha-3. `checkpoints` and `focus`: of the agreement, as
    `zone`, the IANA name of the time zone in which its months begin.
    """
    found, counted = Figures(focus), [one for one in documents if _counts(one, since, until)]
    for one in counted:
        _add(found, one, countries, checkpoints, zone)
        found.add("in_focus", focus.holds(one))
    for word in _judged(counted):
        joined = word["weight"] >= word["threshold"]
        found.add("judged_by_persons")
        found.add("of_these_joined_by_the_model", joined)
        found.add("of_these_rightly", joined and word["verdict"] == "SAME")
    return found


def _counts(one: Mapping[str, Any], since: int | None, until: int | None) -> bool:
    at = one.get("occurred_at")
    if one["traffic"] != "ACTUAL" or one["state"] != "ACTIVE" or at is None:
        return False
    return within(at, since, until)


def within(at: int, since: int | None, until: int | None) -> bool:
    """Tell whether a moment is in the time of a report: from `since` to before `until`, None for no bound."""
    return (since is None or at >= since) and (until is None or at < until)


def _add(
    found: Figures,
    one: Mapping[str, Any],
    countries: Mapping[str, str],
    checkpoints: Sequence[Checkpoint],
    zone: str,
) -> None:
    found.add("incidents")
    month = month_of(one["occurred_at"], zone)
    rows = {name: set(one.get(source, ())) for name, source in _FIELDS.items()}
    rows |= {name: {f"{value} {month}" for value in one.get(source, ())} for name, source in _BY_MONTH.items()}
    rows |= {"month": {month}, _NEAR: set(_near(one["occurred_at"], one.get("location"), checkpoints))}
    found.counts.update((table, row) for table, values in rows.items() for row in values)
    found.add("disagree_on_offense", "offense" in one.get("disagree", ()))
    lines = one.get("history", {}).values()
    # Of a version that this audience may not see, a line tells its number alone.
    codes = [{line["offense_code"] for line in each if line.get("offense_code")} for each in lines]
    found.add("relabelled_reports", sum(len(each) > 1 for each in codes))
    agencies = one.get("agencies", ())
    if len(agencies) > 1:
        found.add("joined")
        found.add("across_the_border", len({countries.get(agency, "") for agency in agencies}) > 1)
        found.minutes_to_link.append(_first_link_minutes(one["reports"]))


def _told(value: float | None) -> str:
    return "not told" if value is None else f"{value:,}"


def markdown(title: str, period: str, told: Mapping[str, Mapping[str, Any]]) -> str:
    """Write the report for people: `told` is audience -> figures as JSON."""
    lines = [
        f"# {title}",
        "",
        f"Incidents that occurred {period}. No persons; counts of 1 to {SMALLEST_CELL - 1} are not told, nor what they "
        "could be had from by subtraction.",
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
