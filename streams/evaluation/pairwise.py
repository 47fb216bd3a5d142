"""How well reports were joined, pair by pair, against a truth; pure.

A pair across agencies that the truth does not list is different; pairs within one agency count only where it lists
them; `ignore` counts nowhere. The pairs that incidents join are counted from the sizes of their groups, so that an
incident of thousands of reports costs no more than one of two.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, combinations

from streams.evaluation.confusion import Tally
from streams.evaluation.ground_truth import DIFFERENT, SAME, Pair, agency_of, pair_of

UNTOLD = "und"
"""BCP 47 for a language that is not determined."""

Kind = tuple[Pair, Pair]
"""What a pair of reports is counted under: its agencies and its languages, each pair sorted."""


@dataclass(frozen=True, slots=True)
class Score:
    """The tally of each kind of pair, and what was compared."""

    kinds: Mapping[Kind, Tally]
    labels: Mapping[str, int]
    absent: int
    absent_same: int

    def by(self, name: Callable[[Kind], Pair]) -> dict[Pair, Tally]:
        """Sum the tallies under one part of their kind; those with most pairs first."""
        sums: dict[Pair, Tally] = defaultdict(Tally)
        for kind, tally in self.kinds.items():
            sums[name(kind)].add(tally)
        told = {pair: one for pair, one in sums.items() if one.right or one.wrong or one.missed}
        return dict(sorted(told.items(), key=lambda item: (-item[1].right - item[1].wrong - item[1].missed, item[0])))

    @property
    def overall(self) -> Tally:
        """The tally of all pairs."""
        total = Tally()
        for tally in self.kinds.values():
            total.add(tally)
        return total


@dataclass(frozen=True, slots=True)
class Assigned:
    """What is measured at the end: report id -> incident id, and report id -> language where it is told."""

    incidents: Mapping[str, str]
    languages: Mapping[str, str]

    def joined(self, pair: Pair) -> bool:
        """Tell whether both reports are in one incident."""
        left, right = (self.incidents.get(report) for report in pair)
        return left is not None and left == right

    def knows(self, pair: Pair) -> bool:
        """Tell whether both reports are there."""
        return pair[0] in self.incidents and pair[1] in self.incidents

    def group(self, report: str) -> tuple[str, str]:
        """Give agency and language (primary subtag) of a report."""
        return _group(report, self.languages)

    def clusters(self) -> list[list[str]]:
        """Give the reports of each incident of two or more, and these incidents, in a fixed order."""
        found: dict[str, list[str]] = defaultdict(list)
        for report, incident in self.incidents.items():
            found[incident].append(report)
        return sorted(sorted(reports) for reports in found.values() if len(reports) > 1)

    def across(self) -> Counter[Kind]:
        """Count the joined pairs across agencies, from the groups of each incident."""
        counted: Counter[Kind] = Counter()
        for reports in self.clusters():
            groups = Counter(self.group(report) for report in reports)
            for (left, some), (right, others) in combinations(groups.items(), 2):
                if left[0] != right[0]:
                    counted[_kind(left, right)] += some * others
        return counted

    def pairs(self) -> Iterator[Pair]:
        """Give the joined pairs, incident by incident."""
        return (pair_of(*two) for reports in self.clusters() for two in combinations(reports, 2))


@dataclass(frozen=True, slots=True)
class AsKnown:
    """What is measured at some moment of each pair: the pairs that were joined then, of these reports."""

    known: frozenset[Pair]
    languages: Mapping[str, str]

    def joined(self, pair: Pair) -> bool:
        """Tell whether both reports were in one incident."""
        return pair in self.known

    def knows(self, pair: Pair) -> bool:
        """Tell whether both reports came."""
        return pair[0] in self.languages and pair[1] in self.languages

    def group(self, report: str) -> tuple[str, str]:
        """Give agency and language (primary subtag) of a report."""
        return _group(report, self.languages)

    def across(self) -> Counter[Kind]:
        """Count the joined pairs across agencies."""
        told = ((self.group(left), self.group(right)) for left, right in self.known)
        return Counter(_kind(left, right) for left, right in told if left[0] != right[0])

    def pairs(self) -> Iterator[Pair]:
        """Give the joined pairs, in the order of ids."""
        return iter(sorted(self.known))


Measured = Assigned | AsKnown


def _group(report: str, languages: Mapping[str, str]) -> tuple[str, str]:
    return agency_of(report), languages.get(report, "").partition("-")[0].lower() or UNTOLD


def _kind(left: tuple[str, str], right: tuple[str, str]) -> Kind:
    return pair_of(left[0], right[0]), pair_of(left[1], right[1])


def _count(tally: Tally, label: str, joined: bool, across: bool) -> None:
    """Count one listed pair; all joined pairs across agencies are counted as wrong before."""
    if joined and across and label != DIFFERENT:
        tally.wrong -= 1
    if label == SAME:
        tally.right += joined
        tally.missed += not joined
    elif label == DIFFERENT and joined and not across:
        tally.wrong += 1


def score(assigned: Measured, truth: Mapping[Pair, str]) -> Score:
    """Measure what was assigned against the truth; a same pair of which a report is absent is missed."""
    kinds: dict[Kind, Tally] = defaultdict(Tally)
    for kind, pairs in assigned.across().items():
        kinds[kind].wrong = pairs
    absent = [pair for pair in truth if not assigned.knows(pair)]
    for pair, label in truth.items():
        left, right = map(assigned.group, pair)
        _count(kinds[_kind(left, right)], label, assigned.joined(pair), left[0] != right[0])
    return Score(kinds, Counter(truth.values()), len(absent), sum(truth[pair] == SAME for pair in absent))


def wrong_joins(assigned: Measured, truth: Mapping[Pair, str]) -> Iterator[Pair]:
    """Give the pairs that were joined wrongly: those listed as different first, then in the order of ids."""
    listed = sorted(pair for pair, label in truth.items() if label == DIFFERENT and assigned.joined(pair))
    others = (pair for pair in assigned.pairs() if pair not in truth and agency_of(pair[0]) != agency_of(pair[1]))
    return chain(listed, others)


def misses(assigned: Measured, truth: Mapping[Pair, str]) -> Iterator[Pair]:
    """Give the same pairs that were not joined, in the order of ids; those with an absent report last."""
    found = [pair for pair, label in truth.items() if label == SAME and not assigned.joined(pair)]
    return iter(sorted(found, key=lambda pair: (not assigned.knows(pair), pair)))
