"""Components: which reports are connected by links, from those that changed outwards.

A link is a pair of reports that the model finds to speak of one incident, or of two that have to do with each other, or
that a person judged. What a change can affect is the component it is in, before and after: these are recomputed whole,
so that they depend on the reports alone and not on the path that led to them.
"""

from collections.abc import Callable, Iterator, Set
from math import inf

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

MOST_BYTES = 6 * 1024 * 1024
"""Bytes of the members of one record, as they are written, before compression."""


def _nothing(_: str) -> int:
    return 0


class Graph:
    """The links of one batch, compared when they are first asked for."""

    def __init__(self, overlay: Overlay, words: Words, find: Find, table: Table = TABLE) -> None:
        self._overlay, self._words, self._find, self._table = overlay, words, find, table
        self._scores: dict[Pair, Scored] = {}
        self._links: dict[str, set[str]] = {}
        self._compared: dict[str, set[str]] = {}
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
        """Decide on two reports of this graph."""
        one, other = self.profiles[left], self.profiles[right]
        return decision(one, other, self.scored(one, other), self._words.on(left, right), self._table)

    def links(self, one: Profile) -> set[str]:
        """Give the reports that a report is linked to."""
        known = self._links.get(one.report_id)
        if known is not None:
            return known
        known = self._links[one.report_id] = set()
        compared = self._compared[one.report_id] = set()
        said = self._words.about(one.report_id)
        for other in self._overlay.candidates(one):
            if other.report_id in said:
                continue
            compared.add(other.report_id)
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

    def compared(self, names: Set[str]) -> list[Pair]:
        """Give the pairs among `names` that blocks bring together or a person judged, in their order."""
        met = {one: self._compared[one].union(self._words.about(one)) for one in names}
        return sorted((one, other) for one, others in met.items() for other in others & names if one < other)

    def bounded(self, names: set[str], size: Callable[[str], int] = _nothing) -> Iterator[set[str]]:
        """Cut a component that is too large for one record: yield its parts, each of them connected.

        Whoever has most of it, by number or by `size` in bytes, has reports set aside, the weakest linked first, until
        the rest fits: each of them is a part of its own. Links between reports of other agencies never change. What
        was cut waits for a person.
        """
        aside = self._set_aside(names, size) if len(names) > 1 else set()
        if not aside:
            yield names
            return
        left = names - aside
        for one in sorted(names):
            cut = (other for other in self._links[one] & names if one in aside or other in aside)
            self.unsure.update(_pair(self.profiles[one], self.profiles[other]) for other in cut)
        yield from ({one} for one in sorted(aside))
        while left:
            part = self._connected(min(left), left)
            left -= part
            yield part

    def _set_aside(self, names: Set[str], size: Callable[[str], int]) -> set[str]:
        """Choose the reports that a component does without; a function of the component alone."""
        sizes = {one: size(one) for one in names}
        most = {"number": MOST_MEMBERS, "bytes": MOST_BYTES}
        count = {"number": dict.fromkeys(names, 1), "bytes": sizes}
        if all(sum(count[what].values()) <= bound for what, bound in most.items()):
            return set()
        weakest_last: dict[str, list[str]] = {}
        for one in sorted(names, key=lambda one: (-self._strongest(one), one.encode())):
            weakest_last.setdefault(self.profiles[one].agency_id, []).append(one)
        aside: set[str] = set()
        for what, bound in most.items():
            of = {agency: sum(count[what][one] for one in reports) for agency, reports in weakest_last.items()}
            while sum(of.values()) > bound:
                agency = max(of, key=lambda one: (of[one], one))
                one = weakest_last[agency].pop()
                of[agency] -= count[what][one]
                aside.add(one)
        return aside

    def _strongest(self, name: str) -> float:
        """Return the weight of a report's strongest link in bits; a person's word is stronger than any."""
        one = self.profiles[name]
        return max(self._weight(one, self.profiles[other]) for other in self._links[name])

    def _weight(self, one: Profile, other: Profile) -> float:
        said = self._words.on(one.report_id, other.report_id)
        return inf if said is not None else self.scored(one, other).weight

    def _connected(self, start: str, among: Set[str]) -> set[str]:
        reached, waiting = {start}, [start]
        while waiting:
            fresh = (self._links[waiting.pop()] & among) - reached
            reached |= fresh
            waiting += fresh
        return reached


def _pair(left: Profile, right: Profile) -> Pair:
    return (left.report_id, right.report_id) if left.report_id < right.report_id else (right.report_id, left.report_id)


def decisions(graph: Graph, names: Set[str]) -> list[PairDecision]:
    """Decide on the pairs of a component that were compared or judged, ordered by pair.

    A decision is a function of its two reports alone: what else connects them makes none.
    """
    return [graph.decided(left, right) for left, right in graph.compared(names)]
