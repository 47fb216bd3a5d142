"""Components: which reports are connected by links, from those that changed outwards.

A link is a pair of reports that the model finds to speak of one incident, or of two that have to do with each other, or
of which a person said anything. What a
change can affect is the component it is in, before and after: these are recomputed whole, so that they depend on the
reports alone and not on the path that led to them.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import combinations

from schemas.records import LINKS, PairDecision
from streams.dedupe.cluster import MOST_MEMBERS
from streams.dedupe.profiles import Profile
from streams.dedupe.score import Scored, decision, score, verdict
from streams.dedupe.weights import TABLE, Table
from streams.dedupe.window import Overlay
from streams.dedupe.words import Words

Find = Callable[[str], Profile | None]
"""Report id -> its profile; None for a report that has not come."""

Pair = tuple[str, str]


class Graph:
    """The links of one batch, compared when they are first asked for."""

    def __init__(self, overlay: Overlay, words: Words, find: Find, table: Table = TABLE) -> None:
        self._overlay, self._words, self._find, self._table = overlay, words, find, table
        self._scores: dict[Pair, Scored] = {}
        self._links: dict[str, set[str]] = {}
        self.profiles: dict[str, Profile] = {}
        self.unsure: set[Pair] = set()
        """Pairs that wait for a person: the sum leaves it open, or the incident is full."""

    @property
    def comparisons(self) -> int:
        """The number of pairs that were compared."""
        return len(self._scores)

    def scored(self, left: Profile, right: Profile) -> Scored:
        """Compare two reports, once."""
        pair = _pair(left, right)
        found = self._scores.get(pair)
        if found is None:
            found = self._scores[pair] = score(left, right, self._table)
        return found

    def decided(self, left: str, right: str) -> PairDecision:
        """Decide on two reports of this graph, with evidence."""
        one, other = self.profiles[left], self.profiles[right]
        return decision(one, other, self.scored(one, other), self._words.on(left, right), self._table)

    def links(self, one: Profile) -> set[str]:
        """Give the reports that a report is linked to."""
        known = self._links.get(one.report_id)
        if known is not None:
            return known
        known = self._links[one.report_id] = set()
        said = self._words.about(one.report_id)
        for other in self._overlay.candidates(one):
            if other.report_id in said:
                continue
            found = verdict(one, other, self.scored(one, other), self._table)
            if found == "NOT_SAME":
                continue
            self.profiles[other.report_id] = other
            if found in LINKS:
                known.add(other.report_id)
            else:
                self.unsure.add(_pair(one, other))
        for name in said:
            member = self._find(name)
            # A NOT_SAME connects as well, so that it is told where both reports are; the clusters keep them apart. Test
            # and exercise traffic meets no actual traffic, whoever says so.
            if member is not None and member.traffic == one.traffic:
                known.add(name)
                self.profiles[name] = member
        return known

    def component(self, start: Profile) -> set[str]:
        """Give the reports that links connect with `start`, itself included."""
        self.profiles[start.report_id] = start
        reached, waiting = {start.report_id}, [start]
        while waiting:
            fresh = self.links(waiting.pop()) - reached
            reached |= fresh
            waiting += [self.profiles[name] for name in fresh]
        return reached

    def bounded(self, names: set[str]) -> Iterator[set[str]]:
        """Cut a component of more than MOST_MEMBERS at its weakest links, the strongest joining first, ties by id.

        The links that were cut wait for a person.
        """
        if len(names) <= MOST_MEMBERS:
            yield names
            return
        of = {name: {name} for name in names}
        links = {_pair(self.profiles[one], self.profiles[other]) for one in names for other in self._links[one]}
        for left, right in sorted(links, key=self._strongest_first):
            if of[left] is of[right]:
                continue
            if len(of[left]) + len(of[right]) > MOST_MEMBERS:
                self.unsure.add((left, right))
                continue
            of[left] |= of[right]
            for name in of[right]:
                of[name] = of[left]
        yield from {id(part): part for part in of.values()}.values()

    def _strongest_first(self, pair: Pair) -> tuple[bool, float, Pair]:
        word = self._words.on(*pair)
        return word is None, -self._scores[pair].weight if pair in self._scores else 0.0, pair


def _pair(left: Profile, right: Profile) -> Pair:
    return (left.report_id, right.report_id) if left.report_id < right.report_id else (right.report_id, left.report_id)


def decisions(graph: Graph, names: Iterable[str]) -> list[PairDecision]:
    """Decide on every pair of a component, ordered by pair."""
    return [graph.decided(left, right) for left, right in combinations(sorted(names), 2)]
