"""Preview another table of weights or another threshold: links made, lost and changed in the history; pure."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from streams.evaluation.rematch import Pair, Resolution

CHANGES = ("made", "lost", "changed")
"""Kinds of changes, as `--json` names them: links gained, links lost, verdicts changed."""


class Difference(NamedTuple):
    """The changes: (agency, agency) -> number of each kind, the pairs, and the incidents whose reports change."""

    by_agencies: dict[Pair, Counter[str]]
    links: tuple[int, int]
    gained: list[Pair]
    lost: list[Pair]
    changed: list[Pair]
    incidents: list[str]

    def total(self) -> Counter[str]:
        """Return the sum over all agencies."""
        return sum(self.by_agencies.values(), Counter[str]())


def _agencies(pair: Pair) -> Pair:
    left, right = sorted(report.partition(":")[0] for report in pair)
    return left, right


def _changed_verdicts(before: Resolution, after: Resolution, links: set[Pair]) -> Iterator[Pair]:
    """Yield the pairs with another verdict whose reports stay in their incidents."""
    for pair in before.verdicts.keys() | after.verdicts.keys():
        if pair not in links and before.verdicts.get(pair, "NOT_SAME") != after.verdicts.get(pair, "NOT_SAME"):
            yield pair


def _changed_incidents(before: Resolution, after: Resolution) -> Iterator[str]:
    """Yield the current incidents that would have other reports, or another id."""
    later = after.members()
    yield from (incident for incident, reports in before.members().items() if later.get(incident) != reports)


def difference(before: Resolution, after: Resolution) -> Difference:
    """Return what differs between two resolutions of the same reports."""
    links_before, links_after = before.links(), after.links()
    gained, lost = sorted(links_after - links_before), sorted(links_before - links_after)
    changed = sorted(_changed_verdicts(before, after, {*gained, *lost}))
    by_agencies: dict[Pair, Counter[str]] = {}
    for kind, pairs in zip(CHANGES, (gained, lost, changed), strict=True):
        for pair in pairs:
            by_agencies.setdefault(_agencies(pair), Counter())[kind] += 1
    ordered = dict(sorted(by_agencies.items(), key=lambda item: (-item[1].total(), item[0])))
    return Difference(
        ordered, (len(links_before), len(links_after)), gained, lost, changed, sorted(_changed_incidents(before, after))
    )
