"""What a council report counts: each incident by every row of every table that it is in, for all audiences; pure.

Incidents are counted, not reports, so that one event that three agencies report is one.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from schemas.agreements import Checkpoint
from schemas.agreements.model import Focus
from schemas.geo import metres
from schemas.records.order import MODEL

Cell = tuple[str, str]
"""A table and its row."""
Pattern = tuple[tuple[str, str, str, int], ...]
"""A kind of incident: audience, table, row and how often it counts there, in order."""
FIGURE = ""
"""Table of what is told of all incidents together: a figure, with its name for a row."""
WORK = "work"
"""Table of figures of persons' words and requests: what is left of them is work, and tells of nobody."""
OFFENSE = "offense"
NEAR = "near a checkpoint while it stood"
INCIDENTS: Cell = (FIGURE, "incidents")
FIELDS = {
    "offense family": "offense_family",
    "corridor": "corridor",
    "flow": "flow_direction",
    "commodity": "commodities",
    "agency": "agencies",
    OFFENSE: "offense",
}
"""Table -> field of the search document; an incident may count in several rows."""
NOWHERE = Focus(frozenset(), frozenset())
NEAR_M = 20_000
"""What occurred within this distance of a checkpoint, meters, counts as near it."""
LINK, ANSWER = "link", "answer"
Asked = tuple[int, int | None]
"""When a request to a support center was made and answered, UTC milliseconds."""


class Terms(NamedTuple):
    """What incidents are counted by: the country of each agency (ISO 3166-1 alpha-3), and what the agreement says."""

    countries: Mapping[str, str]
    checkpoints: Sequence[Checkpoint] = ()
    focus: Mapping[str, Focus] = {}


class Snapshot(NamedTuple):
    """What all audiences of an agreement saw of a month: how many incidents of each kind, and minutes of each audience.

    Minutes to the report of a second agency (`LINK`), and to the answer of a support center (`ANSWER`) where the
    agreement has one.
    """

    patterns: Mapping[Pattern, int]
    minutes: Mapping[str, Mapping[str, Sequence[float]]]


def counted(document: Mapping[str, Any], since: int, until: int) -> bool:
    """Tell whether an incident is an actual one that was not cancelled and occurred in a time, UTC milliseconds."""
    at = document.get("occurred_at")
    actual = document["traffic"] == "ACTUAL" and document["state"] == "ACTIVE"
    return actual and at is not None and since <= at < until


def snapshot(
    views: Mapping[str, Iterable[Mapping[str, Any]]], terms: Terms, asked: Mapping[str, Sequence[Asked]] | None = None
) -> Snapshot:
    """Count the incidents of a month that each audience sees, and what its agencies `asked` a support center.

    What two audiences see of one real incident is one kind of incident, told apart from two that each sees alone.
    """
    seen = {audience: list(documents) for audience, documents in views.items()}
    same = _Same()
    for documents in seen.values():
        for one in documents:
            same.join([report["report_id"] for report in one["reports"]])
    found: dict[Any, Counter[tuple[str, str, str]]] = defaultdict(Counter)
    for audience, documents in seen.items():
        focus = terms.focus.get(audience, NOWHERE)
        for one in documents:
            place = same.first(one["reports"][0]["report_id"])
            found[place].update({(audience, *cell): n for cell, n in _cells(one, terms, focus).items()})
        for pair, cells in _judged(documents):
            found[pair].update((audience, *cell) for cell in cells)
        repeated = Counter[Asked]()
        for ask in (asked or {}).get(audience, ()):
            repeated[ask] += 1
            cells = [(WORK, "lookups_asked"), *([(WORK, "lookups_answered")] if ask[1] is not None else [])]
            found[(*ask, repeated[ask])].update((audience, *cell) for cell in cells)
    patterns = Counter(tuple(sorted((*cell, n) for cell, n in cells.items() if n)) for cells in found.values())
    return Snapshot(patterns, {audience: _minutes(audience, seen[audience], asked) for audience in seen})


class _Same:
    """Which reports are of one real incident as any audience sees it."""

    def __init__(self) -> None:
        self._before: dict[str, str] = {}

    def first(self, name: str) -> str:
        """Return the report that stands for the incident of another one."""
        while (before := self._before.setdefault(name, name)) != name:
            name = before
        return name

    def join(self, names: Sequence[str]) -> None:
        """Take reports for one incident; the smallest id stands for it."""
        smallest = min(map(self.first, names))
        for name in names:
            self._before[self.first(name)] = smallest


def _cells(one: Mapping[str, Any], terms: Terms, focus: Focus) -> Counter[Cell]:
    """Give every row in which an incident counts, with how often."""
    rows = {name: set(one.get(source, ())) for name, source in FIELDS.items()}
    rows[NEAR] = set(_near(one["occurred_at"], one.get("location"), terms.checkpoints))
    found = Counter((table, row) for table, values in rows.items() for row in values)
    agencies = one.get("agencies", ())
    across = len({terms.countries.get(agency, "") for agency in agencies}) > 1
    lines = one.get("history", {}).values()
    # Of a version that this audience may not see, a line tells its number alone.
    codes = [{line["offense_code"] for line in each if line.get("offense_code")} for each in lines]
    found[INCIDENTS] = 1
    found[FIGURE, "in_focus"] = int(focus.holds(one))
    found[FIGURE, "joined"] = int(len(agencies) > 1)
    found[FIGURE, "across_the_border"] = int(across)
    found[FIGURE, "disagree_on_offense"] = int("offense" in one.get("disagree", ()))
    found[FIGURE, "relabelled_reports"] = sum(len(each) > 1 for each in codes)
    return found


def _near(at: int, place: Mapping[str, float] | None, checkpoints: Iterable[Checkpoint]) -> list[str]:
    """Name the checkpoints that stood near a place at a time, UTC milliseconds."""
    if place is None:
        return []
    standing = [one for one in checkpoints if one.stands(at)]
    return [one.checkpoint_id for one in standing if metres(place["lat"], place["lon"], one.lat, one.lon) <= NEAR_M]


def _judged(documents: Sequence[Mapping[str, Any]]) -> Iterator[tuple[tuple[str, str], list[Cell]]]:
    """Give persons' words on pairs of which everything is told, each once: else the model's sum is not known here."""
    whole = {report["report_id"] for one in documents for report in one["reports"] if "withheld" not in report}
    found = {
        (decision["left"], decision["right"]): decision
        for one in documents
        for decision in one.get("decisions", ())
        if decision["decided_by"] != MODEL and {decision["left"], decision["right"]} <= whole
    }
    for pair, word in sorted(found.items()):
        linked = word["weight"] >= word["threshold"]
        rightly = linked and word["verdict"] == "SAME"
        rows = {"judged_by_persons": True, "of_these_joined_by_the_model": linked, "of_these_rightly": rightly}
        yield pair, [(WORK, row) for row, holds in rows.items() if holds]


def _minutes(
    audience: str, documents: Sequence[Mapping[str, Any]], asked: Mapping[str, Sequence[Asked]] | None
) -> dict[str, list[float]]:
    several = (one["reports"] for one in documents if len(one.get("agencies", ())) > 1)
    found = {LINK: sorted(map(_first_link_minutes, several))}
    if asked is not None:
        times = asked.get(audience, ())
        found[ANSWER] = sorted((answered - at) / 60_000 for at, answered in times if answered is not None)
    return found


def _first_link_minutes(reports: Sequence[Mapping[str, Any]]) -> float:
    """Tell how long after the first report of an incident another agency's came, in minutes."""
    order = sorted(reports, key=lambda one: (one["published_at"], one["report_id"]))
    other = next(one for one in order if one["agency"] != order[0]["agency"])
    return float(other["published_at"] - order[0]["published_at"]) / 60_000
