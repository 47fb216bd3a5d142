"""How well weights hold on what they were not estimated on: `python -m tests.benchmarks.robustness FEED TRUTH ...`.

For each set: the shipped table; weights estimated without the set; for each half of the time, weights estimated on the
other halves of all sets and the shipped table. Clustered as the stream does. Needs numpy and scipy, see `weights`.
"""

import argparse
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from streams.dedupe.profile import Profile
from streams.dedupe.weights import TABLE, Table
from streams.evaluation.confusion import ConfusionCounts
from streams.evaluation.ground_truth import Pair
from streams.evaluation.pairwise import Assignments, pairwise_score
from streams.evaluation.rematch import rematch
from tests.benchmarks.observed import figures, known_sets, observed
from tests.benchmarks.weights import PRECISION, STRENGTH, as_table, estimate


class Known(NamedTuple):
    """Reports in the order of time, and what is known of their pairs."""

    name: str
    reports: list[Profile]
    truth: Mapping[Pair, str]

    def half(self, second: bool) -> "Known":
        """Give one half of the reports, and the truth among them."""
        middle = len(self.reports) // 2
        some = self.reports[middle:] if second else self.reports[:middle]
        ids = {one.report_id for one in some}
        return Known(self.name, some, {pair: label for pair, label in self.truth.items() if ids.issuperset(pair)})


def fitted(sets: Sequence[Known]) -> Table:
    """Estimate weights on these sets."""
    design, bits = estimate([observed(*one) for one in sets], STRENGTH, PRECISION)
    return as_table(design, bits)


def measured(one: Known, table: Table) -> ConfusionCounts:
    """Join the reports by a table, and count."""
    found = rematch(one.reports, None, table)
    return pairwise_score(Assignments(found.incidents, {}), one.truth).overall


def line(name: str, how: str, tally: ConfusionCounts) -> str:
    """Tell a measurement in a line."""
    return f"{name:<28}{how:<44}{figures(tally)}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="+", help="FEED TRUTH FEED TRUTH ...")
    given = parser.parse_args()
    every = [
        Known(name, sorted(reports, key=lambda one: one.start), truth)
        for name, reports, truth in known_sets(given.sets)
    ]
    print(f"{'set':<28}{'weights':<44}P      R      F1")
    for known in every:
        print(line(known.name, "shipped", measured(known, TABLE)))
        print(line(known.name, "without this set", measured(known, fitted([o for o in every if o is not known]))))
    for second in (False, True):
        halves, others = [one.half(second) for one in every], [one.half(not second) for one in every]
        table = fitted(others)
        for known in halves:
            which = "second" if second else "first"
            print(line(known.name, f"{which} half: shipped", measured(known, TABLE)))
            print(line(known.name, f"{which} half: of the other halves", measured(known, table)))
