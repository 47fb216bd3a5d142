"""Estimate the match weights from reports with known answers: `python -m tests.benchmarks.weights FEED TRUTH ...`.

An additive logistic model over the levels of all pairs that share a block, each set counting the same. The weights are
drawn to the judged ones of the table, so that a level that hardly occurs keeps its judgment; and the different pairs
of each set weigh as much as brings its precision to the same. Needs numpy and scipy: `make weights` makes their
environment. Writes the table with m, u and weight to `--out`.
"""

import argparse
import csv
from collections.abc import Sequence
from importlib import import_module
from math import log
from pathlib import Path
from typing import Any

from schemas.tables.reader import read_table
from streams.dedupe.weights import COLUMNS, NAME, TABLE, Table
from tests.benchmarks.observed import Level, Observed, Set, known_sets, observed

STRENGTH = 10.0
"""Pseudo-observations by which a weight is drawn to the judged one; chosen by leaving one set out after another."""
PRECISION = 0.965
POSITIVES = 4_000.0
"""What the same pairs of a set weigh together."""
ROUNDS = 6
JUDGED_ONLY = ("source",)
"""Of pairs within one agency the truths list next to nothing."""


def judged() -> dict[Level, float]:
    """Give the judged bits of every level of the shipped table."""
    return {(row["comparison"], row["level"]): float(row["judged"]) for _, row in read_table(NAME, COLUMNS)}


class Design:
    """The pairs of several sets as a sparse matrix of levels, and what each weighs."""

    def __init__(self, sets: Sequence[Set]) -> None:
        np, sparse = import_module("numpy"), import_module("scipy.sparse")
        prior = judged()
        self.levels = sorted({level for one in sets for pair in one.pairs for level in pair.levels})
        place = {level: at for at, level in enumerate(self.levels)}
        filled = [(at, place[level]) for at, pair in enumerate(self._all(sets)) for level in pair.levels]
        ones = np.ones(len(filled))
        shape = sum(len(one.pairs) for one in sets), len(self.levels)
        self.matrix = sparse.csr_matrix((ones, tuple(zip(*filled, strict=True))), shape=shape)
        self.same = np.array([pair.same for pair in self._all(sets)])
        self.fixed = np.array([TABLE.prior - pair.off for pair in self._all(sets)]) * log(2)
        self.judged = np.array([prior.get(level, 0.0) for level in self.levels]) * log(2)
        self.of = np.concatenate([np.full(len(one.pairs), at) for at, one in enumerate(sets)])

    @staticmethod
    def _all(sets: Sequence[Set]) -> list[Observed]:
        return [pair for one in sets for pair in one.pairs]

    def weighed(self, sets: Sequence[Set]) -> Any:
        """Give what each pair weighs."""
        np = import_module("numpy")
        scale = np.array([POSITIVES / max(1.0, sum(pair.same for pair in one.pairs)) for one in sets])
        against = np.array([one.against for one in sets])
        return scale[self.of] * np.where(self.same > 0, 1.0, against[self.of])

    def fitted(self, weighed: Any, strength: float) -> Any:
        """Give the weights in nats that fit best."""
        np, optimize = import_module("numpy"), import_module("scipy.optimize")

        def loss(nats: Any) -> tuple[float, Any]:
            odds, away = self.matrix @ nats + self.fixed, nats - self.judged
            told = np.logaddexp(0.0, np.where(self.same > 0, -odds, odds))
            slope = self.matrix.T @ (weighed * (1 / (1 + np.exp(-odds)) - self.same))
            return float(weighed @ told + strength / 2 * away @ away), slope + strength * away

        # What is judged to speak for one incident never speaks against it, nor the other way.
        bounds = [(0, None) if nats > 0 else (None, 0) if nats < 0 else (None, None) for nats in self.judged]
        return optimize.minimize(loss, self.judged, jac=True, method="L-BFGS-B", bounds=bounds).x


def estimate(sets: Sequence[Set], strength: float, precision: float) -> tuple[Design, Any]:
    """Fit until every set has the wanted precision pair by pair; gives the design and the weights in bits."""
    design = Design(sets)
    nats = design.judged
    for _ in range(ROUNDS):
        nats = design.fitted(design.weighed(sets), strength)
        joined = design.matrix @ nats + design.fixed >= 0
        for at, one in enumerate(sets):
            mine = joined & (design.of == at)
            wrong = float((mine & (design.same == 0)).sum()) / max(1.0, float(mine.sum()))
            one.against = min(4.0, max(0.25, one.against * (max(wrong, 0.002) / (1 - precision)) ** 0.5))
    return design, nats / log(2)


def shares(sets: Sequence[Set], level: Level) -> tuple[float, float]:
    """Give the shares of same and of different pairs on which a level holds, each set counting the same."""

    def share(one: Set, same: float) -> float:
        told = [level in pair.levels for pair in one.pairs if pair.same == same]
        return sum(told) / max(1, len(told))

    return tuple(sum(share(one, same) for one in sets) / len(sets) for same in (1.0, 0.0))  # type: ignore[return-value]


def write(path: Path, sets: Sequence[Set], design: Design, bits: Any) -> None:
    """Write the table: what has hardly any pair keeps its judged weight and says so."""
    fitted = dict(zip(design.levels, bits, strict=True))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for _, row in read_table(NAME, COLUMNS):
            level = row["comparison"], row["level"]
            if level in fitted and level[0] not in JUDGED_ONLY:
                m, u = shares(sets, level)
                row |= {"m": f"{m:.5f}", "u": f"{u:.5f}", "weight": f"{fitted[level]:.2f}", "source": "estimated"}
            writer.writerow(row)


def as_table(design: Design, bits: Any) -> Table:
    """Give a table of these weights; what was not fitted keeps its judgment."""
    weights = {comparison: dict(levels) for comparison, levels in TABLE.weights.items()}
    for (comparison, level), weight in {**judged(), **dict(zip(design.levels, bits, strict=True))}.items():
        if comparison in weights and comparison not in JUDGED_ONLY:
            weights[comparison][level] = float(weight)
    return Table(weights, TABLE.same_from, TABLE.unsure_from, TABLE.prior, "study")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="+", help="FEED TRUTH FEED TRUTH ...")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--strength", type=float, default=STRENGTH)
    parser.add_argument("--precision", type=float, default=PRECISION)
    given = parser.parse_args()
    chosen = [observed(*one) for one in known_sets(given.sets)]
    model, found = estimate(chosen, given.strength, given.precision)
    write(given.out, chosen, model, found)
    for one in chosen:
        same = sum(pair.same for pair in one.pairs)
        print(f"{one.name}: {len(one.pairs):,} pairs, {same:,.0f} the same; different ones weigh {one.against:.2f}")
