"""What another table of weights or another threshold would make of the history: links made, lost, changed; pure."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from streams.evaluation.rematch import Decided, Pair

KINDS = ("made", "lost", "changed")


class Difference(NamedTuple):
    """What would be otherwise: (agency, agency) -> how many of each kind, and the incidents whose reports change."""

    by_agencies: dict[Pair, Counter[str]]
    links: tuple[int, int]
    made: list[Pair]
    lost: list[Pair]
    changed: list[Pair]
    incidents: list[str]

    def total(self) -> Counter[str]:
        """Sum over all agencies."""
        return sum(self.by_agencies.values(), Counter[str]())


def _agencies(pair: Pair) -> Pair:
    left, right = sorted(report.partition(":")[0] for report in pair)
    return left, right


def _changed(before: Decided, after: Decided, joined: set[Pair]) -> Iterator[Pair]:
    """Give the pairs on which the verdict would be another one, though both are where they were."""
    for pair in before.verdicts.keys() | after.verdicts.keys():
        if pair not in joined and before.verdicts.get(pair, "NOT_SAME") != after.verdicts.get(pair, "NOT_SAME"):
            yield pair


def _incidents(before: Decided, after: Decided) -> Iterator[str]:
    """Give the incidents of now that would have other reports, or another name."""
    later = after.members()
    yield from (incident for incident, reports in before.members().items() if later.get(incident) != reports)


def difference(before: Decided, after: Decided) -> Difference:
    """Compare two decisions on the same reports."""
    some, others = before.joined(), after.joined()
    made, lost = sorted(others - some), sorted(some - others)
    changed = sorted(_changed(before, after, {*made, *lost}))
    by_agencies: dict[Pair, Counter[str]] = {}
    for kind, pairs in zip(KINDS, (made, lost, changed), strict=True):
        for pair in pairs:
            by_agencies.setdefault(_agencies(pair), Counter())[kind] += 1
    ordered = dict(sorted(by_agencies.items(), key=lambda item: (-item[1].total(), item[0])))
    return Difference(ordered, (len(some), len(others)), made, lost, changed, sorted(_incidents(before, after)))
