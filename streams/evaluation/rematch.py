"""Re-run matching over the retained history, in memory: with other weights, or as it was known at some time; pure.

Comparisons, links and clusters are those of the stream, so that a preview shows what the stream would decide.
"""

from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from itertools import combinations
from typing import NamedTuple

from schemas.records.incident import ExplainedDecision, Verdict
from streams.dedupe.adjudications import Adjudications
from streams.dedupe.block_index import Overlay, Window
from streams.dedupe.clustering import clusters
from streams.dedupe.evidence import add_evidence
from streams.dedupe.link_graph import Forms, Graph, decisions
from streams.dedupe.profile import Profile
from streams.dedupe.score import decision, score
from streams.dedupe.weights import TABLE, Table
from streams.stage import State

Pair = tuple[str, str]
"""Two report ids, the smaller first."""


class _EmptyState:
    """A partition without state: every report that is matched is in the overlay."""

    def __init__(self) -> None:
        self.kept: dict[str, object] = {}

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Return None for each key."""
        return [None] * len(keys)

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield nothing."""
        return iter(())


class ReportVersion(NamedTuple):
    """A version of a report: its number, when it was emitted (UTC milliseconds), and its profile for comparison."""

    number: int
    emitted_at: int
    profile: Profile


class Resolution(NamedTuple):
    """Report -> incident, named by its smallest report, and the verdict on each pair that is linked or undecided."""

    incidents: dict[str, str]
    verdicts: dict[Pair, Verdict]

    def members(self) -> dict[str, list[str]]:
        """Return incident -> its reports, sorted."""
        members: dict[str, list[str]] = {}
        for report in sorted(self.incidents):
            members.setdefault(self.incidents[report], []).append(report)
        return members

    def links(self) -> set[Pair]:
        """Return the pairs of reports that are in one incident."""
        return {pair for reports in self.members().values() for pair in combinations(reports, 2)}


class Rematcher:
    """Current reports at some time, and the matching of them."""

    def __init__(self, words: Adjudications | None = None, table: Table = TABLE) -> None:
        state: State = _EmptyState()
        self._overlay, self._table = Overlay(Window(state)), table
        self._words = words or Adjudications()
        self._current: dict[str, Forms] = {}

    def put(self, profile: Profile) -> None:
        """Add a report, or replace it by a newer version."""
        self._current[profile.report_id] = (profile,)
        self._overlay.put(profile)

    def _graph(self) -> Graph:
        return Graph(self._overlay, self._words, lambda name: self._current.get(name, ()), self._table)

    def incident_members(self, report_id: str) -> list[str]:
        """Return the reports of the incident that a report is in, itself included."""
        graph = self._graph()
        parts = graph.bounded(graph.component(self._current[report_id]))
        names = next(part for part in parts if report_id in part)
        return next(cut for cut in clusters(names, decisions(graph, names)) if report_id in cut)

    def resolution(self) -> Resolution:
        """Match all current reports."""
        graph, done = self._graph(), set[str]()
        incidents: dict[str, str] = {}
        verdicts: dict[Pair, Verdict] = {}
        for report_id, forms in self._current.items():
            if report_id in done:
                continue
            component = graph.component(forms)
            done |= component
            for names in graph.bounded(component):
                decided = decisions(graph, names) if len(names) > 1 else []
                verdicts |= {
                    (each["left"], each["right"]): each["verdict"] for each in decided if each["verdict"] != "NOT_SAME"
                }
                for cluster in clusters(names, decided):
                    incidents |= dict.fromkeys(cluster, cluster[0])
        verdicts |= dict.fromkeys(graph.unsure, "UNSURE")
        return Resolution(incidents, verdicts)


def rematch(profiles: Iterable[Profile], words: Adjudications | None = None, table: Table = TABLE) -> Resolution:
    """Match reports, with the adjudications in `words`, by a table of weights."""
    rematcher = Rematcher(words, table)
    for profile in profiles:
        rematcher.put(profile)
    return rematcher.resolution()


def undecided_pairs(profiles: Iterable[Profile], words: Adjudications, table: Table = TABLE) -> list[ExplainedDecision]:
    """Return the decisions that need a person's review, highest total weight first; none within one incident."""
    reports = {profile.report_id: profile for profile in profiles}
    matched = rematch(reports.values(), words, table)
    unsure = (pair for pair, verdict in matched.verdicts.items() if verdict == "UNSURE" and words.on(*pair) is None)
    apart = ((left, right) for left, right in unsure if matched.incidents[left] != matched.incidents[right])
    decided = (_decision(reports[left], reports[right], table) for left, right in apart)
    return sorted(decided, key=lambda decision: (-decision["weight"], decision["left"], decision["right"]))


def _decision(left: Profile, right: Profile, table: Table) -> ExplainedDecision:
    return add_evidence(decision(left, right, score(left, right, table), table=table), left, right, table)


def links_as_known(versions: Iterable[ReportVersion], wait_ms: int, table: Table = TABLE) -> set[Pair]:
    """Return the pairs that were in one incident `wait_ms` after the first version of the later report was emitted.

    Versions are applied in the order in which they were emitted; a lower version after a higher one is ignored.
    Adjudications are left out: they may come at any time.
    """
    order = sorted(versions, key=lambda version: (version.emitted_at, version.profile.report_id, version.number))
    rematcher, links = Rematcher(None, table), set[Pair]()
    newest: dict[str, int] = {}
    place: dict[str, int] = {}
    waiting: list[tuple[int, str]] = []

    def collect_links(until: float) -> None:
        while waiting and waiting[0][0] < until:
            _, name = heappop(waiting)
            earlier = (other for other in rematcher.incident_members(name) if place[other] < place[name])
            links.update((name, other) if name < other else (other, name) for other in earlier)

    for number, emitted_at, profile in order:
        collect_links(emitted_at)
        if profile.report_id not in place:
            place[profile.report_id] = len(place)
            heappush(waiting, (emitted_at + wait_ms, profile.report_id))
        if number > newest.get(profile.report_id, 0):
            newest[profile.report_id] = number
            rematcher.put(profile)
    collect_links(float("inf"))
    return links
