"""What a council report counts: each incident in every cell of every table that it belongs to, by audience; pure.

Incidents are counted, not reports: one event that three agencies reported counts once.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from schemas.agreements import Checkpoint
from schemas.agreements.model import Focus
from schemas.disjoint_set import DisjointSet
from schemas.geo import meters_between
from schemas.records.order import MODEL

TOTALS = ""
"""Table of the statistics of all incidents together; each statistic is a row."""
WORKLOAD = "work"
"""Table of adjudications and inquiries. What remains of them is workload and says nothing about a person."""
OFFENSE = "offense"
CORRIDOR = "corridor"
NEAR_CHECKPOINT = "near a checkpoint while it stood"
TABLE_FIELDS = {
    "offense family": "offense_family",
    CORRIDOR: "corridor",
    "flow": "flow_direction",
    "commodity": "commodities",
    "agency": "agencies",
    OFFENSE: "offense",
}
"""Table -> field of the search document; an incident may count in several rows."""
NO_FOCUS = Focus(frozenset(), frozenset())
NEAR_CHECKPOINT_M = 20_000
"""Incidents within this distance of a checkpoint, in meters, count as near it."""
LINK, ANSWER = "link", "answer"
"""Kinds of response times: to the second agency's report, and to the support center's answer."""
_MS_PER_MINUTE = 60_000


class Cell(NamedTuple):
    """A count of a report: a table and its row."""

    table: str
    row: str


class AudienceCell(NamedTuple):
    """A cell as one audience sees it."""

    audience: str
    table: str
    row: str


class Entry(NamedTuple):
    """How often an incident counts in a cell of an audience."""

    audience: str
    table: str
    row: str
    times: int


Pattern = tuple[Entry, ...]
"""A kind of incident: every entry that it has, in order."""
INCIDENTS = Cell(TOTALS, "incidents")
InquiryTimes = tuple[int, int | None]
"""When an inquiry was sent to a support center and when it was answered, UTC milliseconds."""


class CountingTerms(NamedTuple):
    """What counting depends on: the country of each agency (ISO 3166-1 alpha-3) and what the agreement states."""

    countries: Mapping[str, str]
    checkpoints: Sequence[Checkpoint] = ()
    focus: Mapping[str, Focus] = {}


class Snapshot(NamedTuple):
    """What all audiences of an agreement saw of a month.

    `patterns`: kind of incident -> number of incidents. `minutes`: audience -> kind of response time -> minutes, to the
    report of a second agency (`LINK`) and, where the agreement has a support center, to its answer (`ANSWER`).
    """

    patterns: Mapping[Pattern, int]
    minutes: Mapping[str, Mapping[str, Sequence[float]]]


def is_counted(document: Mapping[str, Any], since: int, until: int) -> bool:
    """Return whether an incident is actual, not cancelled and occurred from `since` to before `until`, UTC ms."""
    at = document.get("occurred_at")
    actual = document["traffic"] == "ACTUAL" and document["state"] == "ACTIVE"
    return actual and at is not None and since <= at < until


def snapshot(
    views: Mapping[str, Iterable[Mapping[str, Any]]],
    terms: CountingTerms,
    inquiries: Mapping[str, Sequence[InquiryTimes]] | None = None,
) -> Snapshot:
    """Count the incidents of a month in the `views` of each audience, and the `inquiries` of its agencies.

    Two audiences' views of one real incident make one pattern, distinct from two incidents that each sees alone.
    `inquiries` is None where the agreement has no support center.
    """
    seen = {audience: list(documents) for audience, documents in views.items()}
    incidents = DisjointSet()
    for documents in seen.values():
        for document in documents:
            first, *others = (report["report_id"] for report in document["reports"])
            for other in others:
                incidents.union(first, other)
    patterns: dict[Any, Counter[AudienceCell]] = defaultdict(Counter)
    for audience, documents in seen.items():
        focus = terms.focus.get(audience, NO_FOCUS)
        for document in documents:
            incident = incidents.find(document["reports"][0]["report_id"])
            counts = _cells(document, terms, focus)
            patterns[incident].update({AudienceCell(audience, *cell): times for cell, times in counts.items()})
        for pair, cells in _adjudications(documents):
            patterns[pair].update(AudienceCell(audience, *cell) for cell in cells)
        repeated = Counter[InquiryTimes]()
        for times in (inquiries or {}).get(audience, ()):
            repeated[times] += 1
            rows = ["lookups_asked", *(["lookups_answered"] if times[1] is not None else [])]
            patterns[(*times, repeated[times])].update(AudienceCell(audience, WORKLOAD, row) for row in rows)
    counted = Counter(_pattern(cells) for cells in patterns.values())
    return Snapshot(counted, {audience: _response_minutes(audience, seen[audience], inquiries) for audience in seen})


def _pattern(cells: Mapping[AudienceCell, int]) -> Pattern:
    return tuple(sorted(Entry(*cell, times) for cell, times in cells.items() if times))


def _cells(document: Mapping[str, Any], terms: CountingTerms, focus: Focus) -> Counter[Cell]:
    """Return every cell in which an incident counts, and how often."""
    rows = {name: set(document.get(source, ())) for name, source in TABLE_FIELDS.items()}
    rows[NEAR_CHECKPOINT] = set(
        _nearby_checkpoints(document["occurred_at"], document.get("location"), terms.checkpoints)
    )
    counts = Counter(Cell(table, row) for table, values in rows.items() for row in values)
    agencies = document.get("agencies", ())
    cross_border = len({terms.countries.get(agency, "") for agency in agencies}) > 1
    histories = document.get("history", {}).values()
    # Of a version that this audience may not see, the history has the number alone.
    codes = [{version["offense_code"] for version in each if version.get("offense_code")} for each in histories]
    counts[INCIDENTS] = 1
    counts[Cell(TOTALS, "in_focus")] = int(focus.covers(document))
    counts[Cell(TOTALS, "joined")] = int(len(agencies) > 1)
    counts[Cell(TOTALS, "across_the_border")] = int(cross_border)
    counts[Cell(TOTALS, "disagree_on_offense")] = int("offense" in document.get("disagree", ()))
    counts[Cell(TOTALS, "relabelled_reports")] = sum(len(each) > 1 for each in codes)
    return counts


def _nearby_checkpoints(at: int, place: Mapping[str, float] | None, checkpoints: Iterable[Checkpoint]) -> list[str]:
    """Return the ids of the checkpoints that stood near a place at a time, UTC milliseconds."""
    if place is None:
        return []
    standing = [checkpoint for checkpoint in checkpoints if checkpoint.active_at(at)]
    return [
        checkpoint.checkpoint_id
        for checkpoint in standing
        if meters_between(place["lat"], place["lon"], checkpoint.lat, checkpoint.lon) <= NEAR_CHECKPOINT_M
    ]


def _adjudications(documents: Sequence[Mapping[str, Any]]) -> Iterator[tuple[tuple[str, str], list[Cell]]]:
    """Yield each adjudicated pair of fully visible reports once; without both reports the model's weight is unknown."""
    visible = {
        report["report_id"] for document in documents for report in document["reports"] if "withheld" not in report
    }
    decisions = {
        (decision["left"], decision["right"]): decision
        for document in documents
        for decision in document.get("decisions", ())
        if decision["decided_by"] != MODEL and {decision["left"], decision["right"]} <= visible
    }
    for pair, decision in sorted(decisions.items()):
        linked = decision["weight"] >= decision["threshold"]
        confirmed = linked and decision["verdict"] == "SAME"
        rows = {"judged_by_persons": True, "of_these_joined_by_the_model": linked, "of_these_rightly": confirmed}
        yield pair, [Cell(WORKLOAD, row) for row, applies in rows.items() if applies]


def _response_minutes(
    audience: str,
    documents: Sequence[Mapping[str, Any]],
    inquiries: Mapping[str, Sequence[InquiryTimes]] | None,
) -> dict[str, list[float]]:
    linked = (document["reports"] for document in documents if len(document.get("agencies", ())) > 1)
    minutes = {LINK: sorted(wait for wait in map(_first_link_minutes, linked) if wait is not None)}
    if inquiries is not None:
        answered = ((at, answer) for at, answer in inquiries.get(audience, ()) if answer is not None)
        minutes[ANSWER] = sorted((answer - at) / _MS_PER_MINUTE for at, answer in answered)
    return minutes


def _first_link_minutes(reports: Sequence[Mapping[str, Any]]) -> float | None:
    """Return the minutes from the first report of an incident to the first one of another agency, None without one."""
    order = sorted(reports, key=lambda report: (report["published_at"], report["report_id"]))
    second = next((report for report in order if report["agency"] != order[0]["agency"]), None)
    if second is None:
        return None
    return float(second["published_at"] - order[0]["published_at"]) / _MS_PER_MINUTE
