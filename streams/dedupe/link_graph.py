"""The link graph: the reports that links connect, found from the changed reports outward.

A link is a pair of reports that the model decides to be one incident or two related ones, or that a person adjudicated.
A change can affect the components that it is in, before and after: these are recomputed whole, so that they depend on
the reports alone and not on the order of arrival.
"""

from collections.abc import Callable, Iterator, Set
from math import inf

from schemas.records.incident import LINKING_VERDICTS, WHOLE_FORMS, PairDecision
from streams.dedupe.adjudications import Adjudications
from streams.dedupe.block_index import Overlay
from streams.dedupe.clustering import MOST_MEMBERS
from streams.dedupe.profile import Profile
from streams.dedupe.score import Scored, decision, score, verdict
from streams.dedupe.weights import TABLE, Table

Forms = tuple[Profile, ...]
"""The profile of each form of a report, the whole report first."""

Find = Callable[[str], Forms]
"""Report id -> its forms; none for a report that is not there."""

Pair = tuple[str, str]
Compared = tuple[str, str, int, int]
"""Two report ids, the smaller first, and the form of each."""

MOST_BYTES = 6 * 1024 * 1024
"""Bytes of the members of one record, encoded, before compression."""


def _nothing(_: str) -> int:
    return 0


class Graph:
    """The links of one batch; reports are compared on demand, once."""

    def __init__(self, overlay: Overlay, adjudications: Adjudications, find: Find, table: Table = TABLE) -> None:
        self._overlay, self._adjudications, self._find, self._table = overlay, adjudications, find, table
        self._scores: dict[Compared, Scored] = {}
        self._links: dict[str, set[str]] = {}
        self._compared: dict[str, set[Compared]] = {}
        self.reports: dict[str, Forms] = {}
        self.unsure: set[Pair] = set()
        """Pairs that wait for adjudication: the sum is UNSURE, or the incident is full."""

    @property
    def comparisons(self) -> int:
        """The number of pairs of forms that were compared."""
        return len(self._scores)

    def scored(self, left: Profile, right: Profile) -> Scored:
        """Return the score of two forms, computed once."""
        pair = _compared(left, right)
        scored = self._scores.get(pair)
        if scored is None:
            scored = self._scores[pair] = score(left, right, self._table)
        return scored

    def decision(self, left: str, right: str, forms: tuple[int, int] = WHOLE_FORMS) -> PairDecision:
        """Return the decision on two reports of this graph; `forms` has the index of the form that each is compared in.

        An adjudication applies to the whole reports only.
        """
        first, second = self.reports[left][forms[0]], self.reports[right][forms[1]]
        adjudication = self._adjudications.on(left, right) if forms == WHOLE_FORMS else None
        return decision(first, second, self.scored(first, second), adjudication, self._table)

    def links(self, report: Forms) -> set[str]:
        """Return the reports that a report is linked to, by any form of the two."""
        report_id = report[0].report_id
        linked = self._links.get(report_id)
        if linked is None:
            self.reports[report_id] = report
            linked = self._links[report_id] = set()
            self._compared[report_id] = set()
            for profile in report:
                self._compare(profile, linked)
            self._apply_adjudications(report[0], linked)
        return linked

    def _compare(self, profile: Profile, linked: set[str]) -> None:
        """Compare a form with its candidates from the block index, and add its links to `linked`."""
        adjudicated, compared = self._adjudications.about(profile.report_id), self._compared[profile.report_id]
        for other in self._overlay.candidates(profile):
            are_whole = profile.form == other.form == 0
            if are_whole and other.report_id in adjudicated:
                continue
            compared.add(_compared(profile, other))
            decided = verdict(profile, other, self.scored(profile, other), self._table)
            if decided == "NOT_SAME":
                continue
            if other.report_id not in self.reports:
                self.reports[other.report_id] = self._overlay.forms(other)
            if decided in LINKING_VERDICTS:
                linked.add(other.report_id)
            elif are_whole:
                self.unsure.add(_pair(profile.report_id, other.report_id))

    def _apply_adjudications(self, profile: Profile, linked: set[str]) -> None:
        """Add the adjudicated pairs of a report to `linked`.

        NOT_SAME connects as well, so that the decision is recorded where both reports are; clustering keeps them apart.
        Test and exercise traffic is never linked to actual traffic, whoever adjudicates it.
        """
        for name in self._adjudications.about(profile.report_id):
            other = self._find(name)
            if other and other[0].traffic == profile.traffic:
                linked.add(name)
                self._compared[profile.report_id].add((*_pair(profile.report_id, name), *WHOLE_FORMS))
                self.reports[name] = other

    def component(self, start: Forms) -> set[str]:
        """Return the reports that links connect with `start`, itself included."""
        reached, waiting = {start[0].report_id}, [start]
        while waiting:
            fresh = self.links(waiting.pop()) - reached
            reached |= fresh
            waiting += [self.reports[name] for name in fresh]
        return reached

    def compared(self, names: Set[str]) -> list[Compared]:
        """Return the pairs of forms among `names` that were compared or adjudicated, sorted."""
        pairs = {pair for name in names for pair in self._compared[name]}
        return sorted(pair for pair in pairs if pair[0] in names and pair[1] in names)

    def bounded(self, names: set[str], size: Callable[[str], int] = _nothing) -> Iterator[set[str]]:
        """Cut a component that is too large for one record: yield its parts, each of them connected.

        The agency with the most reports, by number or by `size` in bytes, has reports set aside, the weakest linked
        first, until the rest fits; when it has none left, the agency with the next most. Each report set aside is a
        part of its own. Links between reports of other agencies never change. Pairs that were cut wait for
        adjudication.
        """
        aside = self._set_aside(names, size) if len(names) > 1 else set()
        if not aside:
            yield names
            return
        left = names - aside
        for name in sorted(names):
            cut = (other for other in self._links[name] & names if name in aside or other in aside)
            self.unsure.update(_pair(name, other) for other in cut)
        yield from ({name} for name in sorted(aside))
        while left:
            part = self._connected(min(left), left)
            left -= part
            yield part

    def _set_aside(self, names: Set[str], size: Callable[[str], int]) -> set[str]:
        """Return the reports to set aside from a component; a function of the component alone."""
        sizes = {name: size(name) for name in names}
        most = {"number": MOST_MEMBERS, "bytes": MOST_BYTES}
        count = {"number": dict.fromkeys(names, 1), "bytes": sizes}
        if all(sum(count[what].values()) <= bound for what, bound in most.items()):
            return set()
        weakest_last: dict[str, list[str]] = {}
        for name in sorted(names, key=lambda name: (-self._strongest(name), name.encode())):
            weakest_last.setdefault(self.reports[name][0].agency_id, []).append(name)
        aside: set[str] = set()
        for what, bound in most.items():
            of = {agency: sum(count[what][name] for name in reports) for agency, reports in weakest_last.items()}
            over = sum(of.values()) - bound
            for agency in sorted(of, key=lambda each: (of[each], each), reverse=True):
                while over > 0 and weakest_last[agency]:
                    name = weakest_last[agency].pop()
                    over -= count[what][name]
                    aside.add(name)
        return aside

    def _strongest(self, name: str) -> float:
        """Return the weight of a report's strongest link in bits; an adjudication is stronger than any."""
        if not self._links[name].isdisjoint(self._adjudications.about(name)):
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
    """Return the decisions on the pairs of a component that were compared or adjudicated, ordered by pair and forms.

    A decision is a function of its two reports alone, whatever else connects them.
    """
    return [graph.decision(left, right, (one, other)) for left, right, one, other in graph.compared(names)]
