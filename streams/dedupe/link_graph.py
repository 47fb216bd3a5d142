"""Components: which reports are connected by links, from those that changed outwards.

A link is a pair of reports that the model finds to speak of one incident, or of two that have to do with each other, or
that a person judged. What a change can affect is the component it is in, before and after: these are recomputed whole,
so that they depend on the reports alone and not on the path that led to them.
"""

from collections.abc import Callable, Iterator, Set
from math import inf

from schemas.records.incident import LINKING_VERDICTS, WHOLE_FORMS, PairDecision
from streams.dedupe.adjudications import Words
from streams.dedupe.block_index import Overlay
from streams.dedupe.clustering import MOST_MEMBERS
from streams.dedupe.profile import Profile
from streams.dedupe.score import Scored, decision, score, verdict
from streams.dedupe.weights import TABLE, Table

Forms = tuple[Profile, ...]
"""A report as it is compared: the whole first."""

Find = Callable[[str], Forms]
"""Report id -> its forms; none for a report that has not come."""

Pair = tuple[str, str]
Compared = tuple[str, str, int, int]
"""Two reports, the smaller first, and the form of each."""

MOST_BYTES = 6 * 1024 * 1024
"""Bytes of the members of one record, as they are written, before compression."""


def _nothing(_: str) -> int:
    return 0


class Graph:
    """The links of one batch, compared when they are first asked for."""

    def __init__(self, overlay: Overlay, words: Words, find: Find, table: Table = TABLE) -> None:
        self._overlay, self._words, self._find, self._table = overlay, words, find, table
        self._scores: dict[Compared, Scored] = {}
        self._links: dict[str, set[str]] = {}
        self._compared: dict[str, set[Compared]] = {}
        self.reports: dict[str, Forms] = {}
        self.unsure: set[Pair] = set()
        """Pairs that wait for a person: the sum leaves it open, or the incident is full."""

    @property
    def comparisons(self) -> int:
        """The number of pairs of forms that were compared."""
        return len(self._scores)

    def scored(self, left: Profile, right: Profile) -> Scored:
        """Compare two forms, once."""
        pair = _compared(left, right)
        found = self._scores.get(pair)
        if found is None:
            found = self._scores[pair] = score(left, right, self._table)
        return found

    def decided(self, left: str, right: str, forms: tuple[int, int] = WHOLE_FORMS) -> PairDecision:
        """Decide on two reports of this graph; what a person said is of the whole ones."""
        one, other = self.reports[left][forms[0]], self.reports[right][forms[1]]
        word = self._words.on(left, right) if forms == WHOLE_FORMS else None
        return decision(one, other, self.scored(one, other), word, self._table)

    def links(self, report: Forms) -> set[str]:
        """Give the reports that a report is linked to, by any form of the two."""
        report_id = report[0].report_id
        known = self._links.get(report_id)
        if known is None:
            self.reports[report_id] = report
            known = self._links[report_id] = set()
            self._compared[report_id] = set()
            for one in report:
                self._meet(one, known)
            self._hear(report[0], known)
        return known

    def _meet(self, one: Profile, known: set[str]) -> None:
        """Compare a form with those that blocks bring it together with."""
        said, compared = self._words.about(one.report_id), self._compared[one.report_id]
        for other in self._overlay.candidates(one):
            are_whole = one.form == other.form == 0
            if are_whole and other.report_id in said:
                continue
            compared.add(_compared(one, other))
            found = verdict(one, other, self.scored(one, other), self._table)
            if found == "NOT_SAME":
                continue
            if other.report_id not in self.reports:
                self.reports[other.report_id] = self._overlay.forms(other)
            if found in LINKING_VERDICTS:
                known.add(other.report_id)
            elif are_whole:
                self.unsure.add(_pair(one.report_id, other.report_id))

    def _hear(self, one: Profile, known: set[str]) -> None:
        """Take in what persons said of a report.

        A NOT_SAME connects as well, so that it is told where both reports are; the clusters keep them apart. Test and
        exercise traffic meets no actual traffic, whoever says so.
        """
        for name in self._words.about(one.report_id):
            other = self._find(name)
            if other and other[0].traffic == one.traffic:
                known.add(name)
                self._compared[one.report_id].add((*_pair(one.report_id, name), *WHOLE_FORMS))
                self.reports[name] = other

    def component(self, start: Forms) -> set[str]:
        """Give the reports that links connect with `start`, itself included."""
        reached, waiting = {start[0].report_id}, [start]
        while waiting:
            fresh = self.links(waiting.pop()) - reached
            reached |= fresh
            waiting += [self.reports[name] for name in fresh]
        return reached

    def compared(self, names: Set[str]) -> list[Compared]:
        """Give the pairs of forms among `names` that blocks bring together or a person judged, in their order."""
        pairs = {pair for one in names for pair in self._compared[one]}
        return sorted(pair for pair in pairs if pair[0] in names and pair[1] in names)

    def bounded(self, names: set[str], size: Callable[[str], int] = _nothing) -> Iterator[set[str]]:
        """Cut a component that is too large for one record: yield its parts, each of them connected.

        Whoever has most of it, by number or by `size` in bytes, has reports set aside, the weakest linked first, until
        the rest fits, and only when it has none left the one that has most beside it: each of them is a part of its
        own. Links between reports of other agencies never change. What was cut waits for a person.
        """
        aside = self._set_aside(names, size) if len(names) > 1 else set()
        if not aside:
            yield names
            return
        left = names - aside
        for one in sorted(names):
            cut = (other for other in self._links[one] & names if one in aside or other in aside)
            self.unsure.update(_pair(one, other) for other in cut)
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
            weakest_last.setdefault(self.reports[one][0].agency_id, []).append(one)
        aside: set[str] = set()
        for what, bound in most.items():
            of = {agency: sum(count[what][one] for one in reports) for agency, reports in weakest_last.items()}
            over = sum(of.values()) - bound
            for agency in sorted(of, key=lambda one: (of[one], one), reverse=True):
                while over > 0 and weakest_last[agency]:
                    one = weakest_last[agency].pop()
                    over -= count[what][one]
                    aside.add(one)
        return aside

    def _strongest(self, name: str) -> float:
        """Return the weight of a report's strongest link in bits; a person's word is stronger than any."""
        if not self._links[name].isdisjoint(self._words.about(name)):
            return inf
        return max(self._scores[pair].weight for pair in self._compared[name] if self._links[name].intersection(pair))

    def _connected(self, start: str, among: Set[str]) -> set[str]:
        reached, waiting = {start}, [start]
        while waiting:
            fresh = (self._links[waiting.pop()] & among) - reached
            reached |= fresh
            waiting += fresh
        return reached


def _pair(left: str, right: str) -> Pair:
    return (left, right) if left < right else (right, left)


def _compared(left: Profile, right: Profile) -> Compared:
    if left.report_id < right.report_id:
        return left.report_id, right.report_id, left.form, right.form
    return right.report_id, left.report_id, right.form, left.form


def decisions(graph: Graph, names: Set[str]) -> list[PairDecision]:
    """Decide on the pairs of a component that were compared or judged, ordered by pair and forms.

    A decision is a function of its two reports alone: what else connects them makes none.
    """
    return [graph.decided(left, right, (one, other)) for left, right, one, other in graph.compared(names)]
