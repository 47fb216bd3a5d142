"""Clusters: which of the connected reports are one incident.

Average linkage: two clusters merge when the mean match weight between them reaches the threshold, where pairs that were
never compared count against it, so that a chain of doubtful links does not become one incident. They do not merge where
two agencies each have a report in both, because both agencies saw two incidents. An adjudicated SAME merges first; an
adjudicated NOT_SAME keeps two reports apart whatever the weights. Pure, and independent of the order of its input.
Source of average linkage: R. R. Sokal and C. D. Michener, University of Kansas Science Bulletin 38, 1958.
"""

from collections.abc import Iterable, Iterator, Sequence
from heapq import heapify, heappop, heappush

from schemas.records.incident import PairDecision
from schemas.records.order import MODEL

SOURCE = "source"
"""The comparison of whether both reports are of one agency."""
MOST_MEMBERS = 200
"""An incident that has this many members is merged with no other automatically."""
UNCOMPARED = -6.0
"""Bits, relative to the threshold, that a pair counts which shares no block."""

Merge = tuple[float, str, str, int, int]
"""(minus mean margin in bits, left cluster, right cluster, members of each when the offer was made)."""


def margin(decision: PairDecision) -> float:
    """Return the bits by which a pair exceeds the threshold, for the mean of two clusters.

    Being of one agency counts against two reports: they do not merge with each other, nor with a third that both are
    linked to, unless everything else about the two counts for it (a second call about one event gets a second number).
    An incident that CONTINUES elsewhere is a different incident.
    """
    if decision["verdict"] == "CONTINUES":
        return UNCOMPARED
    same_source = decision["source_weight"]
    besides = decision["weight"] - decision["threshold"] - same_source
    return besides if besides >= 0 else besides + same_source


class _Clusters:
    """The clusters so far, each named after its smallest report, and the sums of the margins between them."""

    def __init__(self, names: Iterable[str], decisions: Sequence[PairDecision]) -> None:
        self.members: dict[str, list[str]] = {name: [name] for name in names}
        self.agencies: dict[str, set[str]] = {name: {name.partition(":")[0]} for name in self.members}
        self.apart: dict[str, set[str]] = {name: set() for name in self.members}
        # cluster -> cluster -> (sum of margins over the threshold, pairs compared, links), kept both ways
        self.between: dict[str, dict[str, tuple[float, int, int]]] = {name: {} for name in self.members}
        for decision in decisions:
            left, right = decision["left"], decision["right"]
            if left not in self.members or right not in self.members:
                continue
            if decision["verdict"] == "NOT_SAME" and decision["decided_by"] != MODEL:
                self.apart[left].add(right)
                self.apart[right].add(left)
            self.between[left][right] = self.between[right][left] = (
                margin(decision),
                1,
                int(decision["verdict"] == "SAME"),
            )

    def may_merge(self, left: str, right: str) -> bool:
        """Return whether no adjudication keeps two clusters apart."""
        return right not in self.apart[left]

    def distinguished(self, left: str, right: str) -> bool:
        """Return whether two agencies have a report in each: one alone may have given an incident two numbers."""
        return len(self.agencies[left] & self.agencies[right]) > 1

    def mean(self, left: str, right: str) -> float:
        """Return the mean margin over the threshold between two clusters, in bits."""
        total, compared, _ = self.between[left][right]
        pairs = len(self.members[left]) * len(self.members[right])
        return (total + UNCOMPARED * (pairs - compared)) / pairs

    def merge(self, left: str, right: str) -> str:
        """Merge two clusters; return the name of the merged one."""
        name, other = min(left, right), max(left, right)
        self.members[name] += self.members.pop(other)
        self.agencies[name] |= self.agencies.pop(other)
        for third in self.apart.pop(other):
            self.apart[third].discard(other)
            self.apart[third].add(name)
            self.apart[name].add(third)
        for third, (total, compared, links) in self.between.pop(other).items():
            del self.between[third][other]
            if third != name:
                known = self.between[name].get(third, (0.0, 0, 0))
                merged = known[0] + total, known[1] + compared, known[2] + links
                self.between[name][third] = self.between[third][name] = merged
        return name

    def offers(self, name: str, only_after: bool = False) -> Iterator[Merge]:
        """Yield the merges that a cluster may take part in; sorted, the best mean margin comes first, ties by name."""
        for other, (_, _, links) in self.between[name].items():
            if not links or (only_after and other < name) or not self.may_merge(name, other):
                continue
            if self.distinguished(name, other):
                continue
            if len(self.members[name]) + len(self.members[other]) > MOST_MEMBERS:
                continue
            mean = self.mean(name, other)
            if mean >= 0:
                left, right = min(name, other), max(name, other)
                yield -mean, left, right, len(self.members[left]), len(self.members[right])

    def is_current(self, offer: Merge) -> bool:
        """Return whether both clusters of a merge are as they were when it was offered: a cluster only grows."""
        _, left, right, some, others = offer
        return len(self.members.get(left, ())) == some and len(self.members.get(right, ())) == others


def clusters(report_ids: Iterable[str], decisions: Sequence[PairDecision]) -> list[list[str]]:
    """Cluster reports by the decisions among them; ignore decisions on other reports.

    Returns sorted lists of report ids, ordered by the smallest of each.
    """
    state = _Clusters(sorted(report_ids), decisions)
    cluster_of = {name: name for name in state.members}

    def merge(left: str, right: str) -> None:
        name = state.merge(left, right)
        for member in state.members[name]:
            cluster_of[member] = name

    adjudicated = [each for each in decisions if each["verdict"] == "SAME" and each["decided_by"] != MODEL]
    for pair in sorted((each["left"], each["right"]) for each in adjudicated):
        if cluster_of.keys() >= {*pair}:
            left, right = cluster_of[pair[0]], cluster_of[pair[1]]
            if left != right and state.may_merge(left, right):
                merge(left, right)
    offers = [offer for name in state.members for offer in state.offers(name, only_after=True)]
    heapify(offers)
    while offers:
        offer = heappop(offers)
        if state.is_current(offer):
            merge(offer[1], offer[2])
            for fresh in state.offers(cluster_of[offer[1]]):
                heappush(offers, fresh)
    return sorted(sorted(members) for members in state.members.values())
