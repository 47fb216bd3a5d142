"""Clusters: which of the reports that pair decisions connect speak of one incident.

Average linkage: two clusters join when the mean match weight between them reaches the threshold, pairs that were never
compared counting against it, so that a chain of doubtful links does not become one incident; and not where two
agencies have a report in each, as both saw two incidents. A person's SAME joins first, a NOT_SAME of anybody keeps two
reports apart whatever else speaks for them. Pure: the order in which reports or decisions are given changes nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from heapq import heapify, heappop, heappush

from schemas.records.incident import PairDecision
from schemas.records.order import MODEL

SOURCE = "source"
"""Name of the comparison that tells whether one agency speaks twice."""
MOST_MEMBERS = 200
"""An incident of more members takes no further automatic join."""
UNCOMPARED = -6.0
"""Bits that a pair counts which no block brought together, relative to the threshold."""

Offer = tuple[float, str, str, int, int]
"""(minus mean margin, one cluster, the other, how many members each had)."""


def margin(one: PairDecision) -> float:
    """Give the bits by which a pair is over the threshold, for the mean of two clusters.

    That one agency speaks twice keeps two reports from joining each other, and from joining a third that both are
    linked to unless all else that the two tell speaks for them: a second call about one event gets a second number. An
    incident that goes on elsewhere is another one.
    """
    if one["verdict"] == "CONTINUES":
        return UNCOMPARED
    twice = one["source_weight"]
    besides = one["weight"] - one["threshold"] - twice
    return besides if besides >= 0 else besides + twice


class _Clusters:
    """The clusters so far: name of each by its smallest report, sums of the weights between them."""

    def __init__(self, names: Iterable[str], decisions: Sequence[PairDecision]) -> None:
        self.members: dict[str, list[str]] = {name: [name] for name in names}
        self.agencies: dict[str, set[str]] = {name: {name.partition(":")[0]} for name in self.members}
        self.apart: dict[str, set[str]] = {name: set() for name in self.members}
        # cluster -> cluster -> (sum of margins over the threshold, pairs compared, links), kept both ways
        self.between: dict[str, dict[str, tuple[float, int, int]]] = {name: {} for name in self.members}
        for one in decisions:
            left, right = one["left"], one["right"]
            if left not in self.members or right not in self.members:
                continue
            if one["verdict"] == "NOT_SAME" and one["decided_by"] != MODEL:
                self.apart[left].add(right)
                self.apart[right].add(left)
            self.between[left][right] = self.between[right][left] = (margin(one), 1, int(one["verdict"] == "SAME"))

    def may_join(self, left: str, right: str) -> bool:
        return right not in self.apart[left]

    def told_apart(self, left: str, right: str) -> bool:
        """Tell whether two agencies each tell these two apart: one may have given one incident two numbers."""
        return len(self.agencies[left] & self.agencies[right]) > 1

    def mean(self, left: str, right: str) -> float:
        """Give the mean margin over the threshold between two clusters, bits."""
        total, compared, _ = self.between[left][right]
        pairs = len(self.members[left]) * len(self.members[right])
        return (total + UNCOMPARED * (pairs - compared)) / pairs

    def join(self, left: str, right: str) -> str:
        """Make one cluster of two; gives its name."""
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

    def offers(self, name: str, only_after: bool = False) -> Iterator[Offer]:
        """Give the joins that a cluster may make, the best mean margin first when sorted, ties by name."""
        for other, (_, _, links) in self.between[name].items():
            if not links or (only_after and other < name) or not self.may_join(name, other):
                continue
            if self.told_apart(name, other):
                continue
            if len(self.members[name]) + len(self.members[other]) > MOST_MEMBERS:
                continue
            mean = self.mean(name, other)
            if mean >= 0:
                left, right = min(name, other), max(name, other)
                yield -mean, left, right, len(self.members[left]), len(self.members[right])

    def stands(self, offer: Offer) -> bool:
        """Tell whether both clusters of an offer are still what they were: a cluster only grows."""
        _, left, right, some, others = offer
        return len(self.members.get(left, ())) == some and len(self.members.get(right, ())) == others


def clusters(report_ids: Iterable[str], decisions: Sequence[PairDecision]) -> list[list[str]]:
    """Cluster reports by the decisions among them; decisions on other reports are left aside.

    Returns lists of report ids in their order, ordered by their smallest.
    """
    state = _Clusters(sorted(report_ids), decisions)
    of = {name: name for name in state.members}

    def join(left: str, right: str) -> None:
        name = state.join(left, right)
        for member in state.members[name]:
            of[member] = name

    words = [one for one in decisions if one["verdict"] == "SAME" and one["decided_by"] != MODEL]
    for left, right in sorted((one["left"], one["right"]) for one in words):
        if left in of and right in of and of[left] != of[right] and state.may_join(of[left], of[right]):
            join(of[left], of[right])
    offers = [offer for name in state.members for offer in state.offers(name, only_after=True)]
    heapify(offers)
    while offers:
        offer = heappop(offers)
        if state.stands(offer):
            join(offer[1], offer[2])
            for fresh in state.offers(of[offer[1]]):
                heappush(offers, fresh)
    return sorted(sorted(members) for members in state.members.values())
