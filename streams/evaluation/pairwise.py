"""Score linking pair by pair against ground truth; pure.

A pair of two agencies that the ground truth does not list is different; pairs within one agency count only where it
lists them; `ignore` is not scored. The pairs that incidents link are counted from the sizes of their groups, so that
an incident of thousands of reports costs no more than one of two.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, combinations

from streams.evaluation.confusion import ConfusionCounts
from streams.evaluation.ground_truth import DIFFERENT, SAME, Pair, agency_of, pair_of

UNDETERMINED = "und"
"""BCP 47 subtag of a language that is not determined."""

Kind = tuple[Pair, Pair]
"""What a pair of reports is counted under: its agencies and its languages, each pair sorted."""


def agencies_of(kind: Kind) -> Pair:
    """Return the two agencies of a kind of pair."""
    return kind[0]


def languages_of(kind: Kind) -> Pair:
    """Return the two languages of a kind of pair, as BCP 47 primary subtags."""
    return kind[1]


@dataclass(frozen=True, slots=True)
class PairwiseScore:
    """The confusion counts of each kind of pair, and the ground truth that they were scored against."""

    kinds: Mapping[Kind, ConfusionCounts]
    labels: Mapping[str, int]
    """Label -> number of pairs."""
    absent: int
    """Pairs of which a report is absent, and below those of them that are the same."""
    absent_same: int

    def grouped_by(self, name: Callable[[Kind], Pair]) -> dict[Pair, ConfusionCounts]:
        """Return the counts summed by one part of their kind, those with most pairs first."""
        sums: dict[Pair, ConfusionCounts] = defaultdict(ConfusionCounts)
        for kind, counts in self.kinds.items():
            sums[name(kind)].add(counts)
        groups = {pair: counts for pair, counts in sums.items() if counts.total}
        return dict(sorted(groups.items(), key=lambda item: (-item[1].total, item[0])))

    @property
    def overall(self) -> ConfusionCounts:
        """Return the counts of all pairs."""
        total = ConfusionCounts()
        for counts in self.kinds.values():
            total.add(counts)
        return total


@dataclass(frozen=True, slots=True)
class Assignments:
    """The final assignments: report id -> incident id, and report id -> language where it is stated."""

    incidents: Mapping[str, str]
    languages: Mapping[str, str]

    def is_linked(self, pair: Pair) -> bool:
        """Return whether both reports are in one incident."""
        left, right = (self.incidents.get(report) for report in pair)
        return left is not None and left == right

    def has_both(self, pair: Pair) -> bool:
        """Return whether both reports are present."""
        return pair[0] in self.incidents and pair[1] in self.incidents

    def group(self, report: str) -> tuple[str, str]:
        """Return the agency and the language (BCP 47 primary subtag) of a report."""
        return _group(report, self.languages)

    def clusters(self) -> list[list[str]]:
        """Return the reports of each incident that has two or more, in a fixed order."""
        members: dict[str, list[str]] = defaultdict(list)
        for report, incident in self.incidents.items():
            members[incident].append(report)
        return sorted(sorted(reports) for reports in members.values() if len(reports) > 1)

    def cross_agency_links(self) -> Counter[Kind]:
        """Count the linked pairs of two agencies by kind, from the groups of each incident."""
        links: Counter[Kind] = Counter()
        for reports in self.clusters():
            groups = Counter(self.group(report) for report in reports)
            for (left, some), (right, others) in combinations(groups.items(), 2):
                if left[0] != right[0]:
                    links[_kind(left, right)] += some * others
        return links

    def pairs(self) -> Iterator[Pair]:
        """Return the linked pairs, incident by incident."""
        return (pair_of(*two) for reports in self.clusters() for two in combinations(reports, 2))


@dataclass(frozen=True, slots=True)
class LinksAsKnown:
    """The links as they were known at some time after each pair was complete, and report id -> language."""

    links: frozenset[Pair]
    languages: Mapping[str, str]

    def is_linked(self, pair: Pair) -> bool:
        """Return whether both reports were in one incident."""
        return pair in self.links

    def has_both(self, pair: Pair) -> bool:
        """Return whether both reports arrived."""
        return pair[0] in self.languages and pair[1] in self.languages

    def group(self, report: str) -> tuple[str, str]:
        """Return the agency and the language (BCP 47 primary subtag) of a report."""
        return _group(report, self.languages)

    def cross_agency_links(self) -> Counter[Kind]:
        """Count the linked pairs of two agencies by kind."""
        groups = ((self.group(left), self.group(right)) for left, right in self.links)
        return Counter(_kind(left, right) for left, right in groups if left[0] != right[0])

    def pairs(self) -> Iterator[Pair]:
        """Return the linked pairs, in order of ids."""
        return iter(sorted(self.links))


Prediction = Assignments | LinksAsKnown


def _group(report: str, languages: Mapping[str, str]) -> tuple[str, str]:
    return agency_of(report), languages.get(report, "").partition("-")[0].lower() or UNDETERMINED


def _kind(left: tuple[str, str], right: tuple[str, str]) -> Kind:
    return pair_of(left[0], right[0]), pair_of(left[1], right[1])


def _count(counts: ConfusionCounts, label: str, linked: bool, two_agencies: bool) -> None:
    """Count one listed pair; all linked pairs of two agencies have been counted as false positives before."""
    if linked and two_agencies and label != DIFFERENT:
        counts.false_positives -= 1
    if label == SAME:
        counts.true_positives += linked
        counts.false_negatives += not linked
    elif label == DIFFERENT and linked and not two_agencies:
        counts.false_positives += 1


def pairwise_score(prediction: Prediction, truth: Mapping[Pair, str]) -> PairwiseScore:
    """Score links against ground truth, pair -> label; a same pair of which a report is absent is missed."""
    kinds: dict[Kind, ConfusionCounts] = defaultdict(ConfusionCounts)
    for kind, pairs in prediction.cross_agency_links().items():
        kinds[kind].false_positives = pairs
    absent = [pair for pair in truth if not prediction.has_both(pair)]
    for pair, label in truth.items():
        left, right = map(prediction.group, pair)
        _count(kinds[_kind(left, right)], label, prediction.is_linked(pair), left[0] != right[0])
    return PairwiseScore(kinds, Counter(truth.values()), len(absent), sum(truth[pair] == SAME for pair in absent))


def false_links(prediction: Prediction, truth: Mapping[Pair, str]) -> Iterator[Pair]:
    """Return the pairs that were linked wrongly: those listed as different first, then by order of ids."""
    listed = sorted(pair for pair, label in truth.items() if label == DIFFERENT and prediction.is_linked(pair))
    others = (pair for pair in prediction.pairs() if pair not in truth and agency_of(pair[0]) != agency_of(pair[1]))
    return chain(listed, others)


def missed_links(prediction: Prediction, truth: Mapping[Pair, str]) -> Iterator[Pair]:
    """Return the same pairs that were not linked, in order of ids; those with an absent report last."""
    missed = [pair for pair, label in truth.items() if label == SAME and not prediction.is_linked(pair)]
    return iter(sorted(missed, key=lambda pair: (not prediction.has_both(pair), pair)))
