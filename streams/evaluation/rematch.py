"""Deciding again on all that came, in memory: with another table of weights, or as it was known at some moment; pure.

The same comparisons, links and clusters as in the stream, so that what would be is told by what decides.
"""

from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from itertools import combinations
from typing import NamedTuple

from schemas.records.incident import ExplainedDecision, Verdict
from streams.dedupe.adjudications import Words
from streams.dedupe.block_index import Overlay, Window
from streams.dedupe.clustering import clusters
from streams.dedupe.evidence import explained
from streams.dedupe.link_graph import Forms, Graph, decisions
from streams.dedupe.profile import Profile
from streams.dedupe.score import decision, score
from streams.dedupe.weights import TABLE, Table
from streams.stage import State

Pair = tuple[str, str]
"""Two report ids, the smaller first."""


class _Nothing:
    """A partition that has nothing: all that is decided on is in the overlay."""

    def __init__(self) -> None:
        self.kept: dict[str, object] = {}

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        return [None] * len(keys)

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        return iter(())


class Version(NamedTuple):
    """A version of a report: what it is compared by, and when it was emitted, UTC milliseconds."""

    number: int
    emitted_at: int
    profile: Profile


class Decided(NamedTuple):
    """Report -> incident, named by its smallest report; and the verdict on each pair that connects or is in doubt."""

    incidents: dict[str, str]
    verdicts: dict[Pair, Verdict]

    def members(self) -> dict[str, list[str]]:
        """Give incident -> its reports, sorted."""
        found: dict[str, list[str]] = {}
        for report in sorted(self.incidents):
            found.setdefault(self.incidents[report], []).append(report)
        return found

    def joined(self) -> set[Pair]:
        """Give the pairs of reports that are in one incident."""
        return {pair for reports in self.members().values() for pair in combinations(reports, 2)}


class Past:
    """Reports as they stood, and what was decided on them."""

    def __init__(self, words: Words | None = None, table: Table = TABLE) -> None:
        state: State = _Nothing()
        self._overlay, self._table = Overlay(Window(state)), table
        self._words = words or Words()
        self._standing: dict[str, Forms] = {}

    def put(self, one: Profile) -> None:
        """Let a whole report be what it is now."""
        self._standing[one.report_id] = (one,)
        self._overlay.put(one)

    def _graph(self) -> Graph:
        return Graph(self._overlay, self._words, lambda name: self._standing.get(name, ()), self._table)

    def beside(self, report_id: str) -> list[str]:
        """Give the reports that are in one incident with a report, itself included."""
        graph = self._graph()
        parts = graph.bounded(graph.component(self._standing[report_id]))
        names = next(part for part in parts if report_id in part)
        return next(cut for cut in clusters(names, decisions(graph, names)) if report_id in cut)

    def decided(self) -> Decided:
        """Decide on all reports as they stand."""
        graph, done = self._graph(), set[str]()
        incidents: dict[str, str] = {}
        verdicts: dict[Pair, Verdict] = {}
        for report_id, one in self._standing.items():
            if report_id in done:
                continue
            found = graph.component(one)
            done |= found
            for names in graph.bounded(found):
                made = decisions(graph, names) if len(names) > 1 else []
                verdicts |= {
                    (one["left"], one["right"]): one["verdict"] for one in made if one["verdict"] != "NOT_SAME"
                }
                for cut in clusters(names, made):
                    incidents |= dict.fromkeys(cut, cut[0])
        verdicts |= dict.fromkeys(graph.unsure, "UNSURE")
        return Decided(incidents, verdicts)


def decide(profiles: Iterable[Profile], words: Words | None = None, table: Table = TABLE) -> Decided:
    """Decide on these reports."""
    past = Past(words, table)
    for one in profiles:
        past.put(one)
    return past.decided()


def doubts(profiles: Iterable[Profile], words: Words, table: Table = TABLE) -> list[ExplainedDecision]:
    """Return the decisions that wait for a person, those of the highest sums first; none on reports of one incident."""
    reports = {one.report_id: one for one in profiles}
    found = decide(reports.values(), words, table)
    open_pairs = (pair for pair, verdict in found.verdicts.items() if verdict == "UNSURE" and words.on(*pair) is None)
    apart = ((left, right) for left, right in open_pairs if found.incidents[left] != found.incidents[right])
    made = (_decision(reports[left], reports[right], table) for left, right in apart)
    return sorted(made, key=lambda one: (-one["weight"], one["left"], one["right"]))


def _decision(left: Profile, right: Profile, table: Table) -> ExplainedDecision:
    return explained(decision(left, right, score(left, right, table), table=table), left, right, table)


def as_known(versions: Iterable[Version], wait_ms: int, table: Table = TABLE) -> set[Pair]:
    """Give the pairs that stood in one incident `wait_ms` after the first version of the later of the two was emitted.

    Versions count when they were emitted, a lower one after a higher one not at all. Persons' words do not count: they
    come when they come.
    """
    order = sorted(versions, key=lambda one: (one.emitted_at, one.profile.report_id, one.number))
    past, joined = Past(None, table), set[Pair]()
    newest: dict[str, int] = {}
    place: dict[str, int] = {}
    waiting: list[tuple[int, str]] = []

    def look(until: float) -> None:
        while waiting and waiting[0][0] < until:
            _, name = heappop(waiting)
            earlier = (other for other in past.beside(name) if place[other] < place[name])
            joined.update((name, other) if name < other else (other, name) for other in earlier)

    for number, emitted_at, one in order:
        look(emitted_at)
        if one.report_id not in place:
            place[one.report_id] = len(place)
            heappush(waiting, (emitted_at + wait_ms, one.report_id))
        if number > newest.get(one.report_id, 0):
            newest[one.report_id] = number
            past.put(one)
    look(float("inf"))
    return joined
