"""Clusters: which of the reports that pair decisions connect speak of one incident.

Average linkage: two clusters join when the mean match weight between them reaches the threshold, pairs that were never
compared counting against it, so that a chain of doubtful links does not become one incident. A person's SAME joins
first, a NOT_SAME of anybody keeps two reports apart whatever else speaks for them. Pure: the order in which reports or
decisions are given changes nothing.
"""

from collections.abc import Iterable, Sequence

from schemas.records import PairDecision

MODEL = "model"
MOST_MEMBERS = 200
"""An incident of more members takes no further automatic join."""
UNCOMPARED = -6.0
"""Bits that a pair counts which no block brought together, relative to the threshold."""

Pair = tuple[str, str]


class _Clusters:
    """The clusters so far: name of each by its smallest report, sums of the weights between them."""

    def __init__(self, names: Iterable[str], decisions: Sequence[PairDecision]) -> None:
        self.members: dict[str, list[str]] = {name: [name] for name in names}
        self.apart: dict[str, set[str]] = {name: set() for name in self.members}
        # cluster -> cluster -> [sum of margins over the threshold, pairs compared], kept both ways
        self.between: dict[str, dict[str, list[float]]] = {name: {} for name in self.members}
        for one in decisions:
            left, right = one["left"], one["right"]
            if left not in self.members or right not in self.members:
                continue
            if one["verdict"] == "NOT_SAME" and one["decided_by"] != MODEL:
                self.apart[left].add(right)
                self.apart[right].add(left)
            self.between[left][right] = self.between[right][left] = [one["weight"] - one["threshold"], 1.0]

    def may_join(self, left: str, right: str) -> bool:
        return right not in self.apart[left]

    def mean(self, left: str, right: str) -> float:
        """Give the mean margin over the threshold between two clusters, bits."""
        total, compared = self.between[left][right]
        pairs = len(self.members[left]) * len(self.members[right])
        return (total + UNCOMPARED * (pairs - compared)) / pairs

    def join(self, left: str, right: str) -> str:
        """Make one cluster of two; gives its name."""
        name, other = min(left, right), max(left, right)
        self.members[name] += self.members.pop(other)
        for third in self.apart.pop(other):
            self.apart[third].discard(other)
            self.apart[third].add(name)
            self.apart[name].add(third)
        for third, (total, compared) in self.between.pop(other).items():
            del self.between[third][other]
            if third != name:
                known = self.between[name].get(third, [0.0, 0.0])
                merged = [known[0] + total, known[1] + compared]
                self.between[name][third] = self.between[third][name] = merged
        return name

    def best(self) -> Pair | None:
        """Give the two clusters that may join with the highest mean margin, ties by name; None when none may."""
        found: tuple[float, Pair] | None = None
        for left, others in self.between.items():
            for right in others:
                if left > right or not self.may_join(left, right):
                    continue
                if len(self.members[left]) + len(self.members[right]) > MOST_MEMBERS:
                    continue
                mean = self.mean(left, right)
                if mean >= 0 and (found is None or (-mean, (left, right)) < (-found[0], found[1])):
                    found = mean, (left, right)
        return found and found[1]


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
    while (pair := state.best()) is not None:
        join(*pair)
    return sorted(sorted(members) for members in state.members.values())
