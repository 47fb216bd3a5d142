"""Estimate the match weights from reports with known answers: `python -m tests.benchmarks.weights FEED TRUTH ...`.

An additive logistic model over the levels of all pairs that share a block, each set counting the same. The weights are
drawn to the judged ones of the table, so that a level that hardly occurs keeps its judgement; and the different pairs
of each set weigh as much as brings its precision to the same. Needs numpy and scipy: `make weights` makes their
environment. Writes the table with m, u and weight to `--out`; `--without N` leaves the Nth set out, `--half 1` or
`2` takes the reports of one half of the time.
"""

import argparse
import csv
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.resources import files
from math import log
from pathlib import Path
from typing import Any, NamedTuple

from schemas import wire
from sinks.files import opened
from sinks.truth import DIFFERENT, IGNORE, SAME, Pair, agency_of, pair_of, parse
from streams import intake
from streams.dedupe.blocking import read
from streams.dedupe.compare import COMPARISONS
from streams.dedupe.profiles import Profile, profile
from streams.dedupe.score import score
from streams.dedupe.weights import COLUMNS, NAME, TABLE
from streams.dedupe.window import Overlay, Window
from streams.versions import member_of, supersede
from tests.streams.fakes import MemoryState, as_records
from tests.streams.feeds import PUBLISHED_AT, agency, published

STRENGTH = 10.0
"""Pseudo-observations by which a weight is drawn to the judged one; chosen by leaving one set out after another."""
PRECISION = 0.965
POSITIVES = 4_000.0
"""What the same pairs of a set weigh together."""
ROUNDS = 6
UNLISTED_SAME_AGENCY = "unknown"

Level = tuple[str, str]


class Observed(NamedTuple):
    """A pair that was compared: the levels that hold, bits taken off for common terms, 1.0 same or 0.0 different."""

    levels: tuple[Level, ...]
    off: float
    same: float


@dataclass
class Set:
    """The pairs of one feed that are known to be the same or different."""

    name: str
    pairs: list[Observed]
    against: float = 1.0


def profiles(feed: Path) -> list[Profile]:
    """Give what each report of a feed is compared by in its newest version."""
    records, newest = published(feed=feed), dict[str, Any]()
    for at in range(0, len(records), 2000):
        outputs = intake.stage(agency, 1).process(records[at : at + 2000], MemoryState(), PUBLISHED_AT).outputs
        for record in as_records(outputs):
            enriched = wire.trusted("enriched_report", record.value or b"")
            new = member_of(enriched, b""), profile(enriched)
            before = newest.get(enriched["report_id"])
            if before is None or supersede(before[0], new[0])[0] is new[0]:
                newest[enriched["report_id"]] = new
    return [one for _, one in newest.values()]


def label(pair: Pair, truth: dict[Pair, str]) -> str:
    """Give what is known of a pair: across agencies, what is not listed is different."""
    unlisted = UNLISTED_SAME_AGENCY if agency_of(pair[0]) == agency_of(pair[1]) else DIFFERENT
    return truth.get(pair, unlisted)


def observed(feed: Path, truth: dict[Pair, str], half: int) -> Set:
    """Compare all pairs of a feed that share a block."""
    every = sorted(profiles(feed), key=lambda one: one.start)
    some = {0: every, 1: every[: len(every) // 2], 2: every[len(every) // 2 :]}[half]
    overlay = Overlay(Window(MemoryState()))
    for one in some:
        overlay.put(one)
    pairs = []
    for one in some:
        for other in overlay.candidates(one) if read(one) else ():
            known = label(pair_of(one.report_id, other.report_id), truth)
            if one.report_id < other.report_id and known not in (IGNORE, UNLISTED_SAME_AGENCY):
                found = score(one, other)
                levels = tuple(pair for pair in zip(COMPARISONS, found.levels, strict=True) if pair[1])
                pairs.append(Observed(levels, sum(bits for _, bits in found.off), float(known == SAME)))
    return Set(feed.name, pairs)


def judged() -> dict[Level, float]:
    """Give the judged bits of every level of the shipped table."""
    text = files("schemas.tables").joinpath(NAME).read_text("utf-8")
    return {(row["comparison"], row["level"]): float(row["judged"]) for row in csv.DictReader(text.splitlines())}


class Design:
    """The pairs of several sets as a sparse matrix of levels, and what each weighs."""

    def __init__(self, sets: Sequence[Set]) -> None:
        np, sparse = import_module("numpy"), import_module("scipy.sparse")
        prior = judged()
        self.levels = sorted({level for one in sets for pair in one.pairs for level in pair.levels})
        place = {level: at for at, level in enumerate(self.levels)}
        rows = [(at, place[level]) for at, pair in enumerate(self._all(sets)) for level in pair.levels]
        ones = np.ones(len(rows))
        shape = sum(len(one.pairs) for one in sets), len(self.levels)
        self.matrix = sparse.csr_matrix((ones, tuple(zip(*rows, strict=True))), shape=shape)
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
    text = files("schemas.tables").joinpath(NAME).read_text("utf-8")
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for row in csv.DictReader(text.splitlines()):
            level = row["comparison"], row["level"]
            if level in fitted and level[0] != "source":
                m, u = shares(sets, level)
                row |= {"m": f"{m:.5f}", "u": f"{u:.5f}", "weight": f"{fitted[level]:.2f}", "source": "estimated"}
            writer.writerow(row)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="+", help="FEED TRUTH FEED TRUTH ...")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--without", type=int, default=0)
    parser.add_argument("--half", type=int, choices=(0, 1, 2), default=0)
    parser.add_argument("--strength", type=float, default=STRENGTH)
    parser.add_argument("--precision", type=float, default=PRECISION)
    given = parser.parse_args()
    chosen = []
    for number, (feed, known) in enumerate(zip(given.sets[::2], given.sets[1::2], strict=True), start=1):
        if number != given.without:
            with opened(known) as lines:
                chosen.append(observed(Path(feed), parse(lines)[0], given.half))
    model, found = estimate(chosen, given.strength, given.precision)
    write(given.out, chosen, model, found)
    for one in chosen:
        print(
            f"{one.name}: {len(one.pairs):,} pairs, {sum(pair.same for pair in one.pairs):,.0f} the same, "
            f"different ones weigh {one.against:.2f}"
        )
