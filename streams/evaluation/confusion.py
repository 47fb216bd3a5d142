"""Confusion counts of pairs of reports, and the precision, recall and F1 that follow from them; pure."""

from dataclasses import dataclass
from math import sqrt

# Standard normal quantile of 0.975: intervals cover the true share 95 times out of 100.
_Z = 1.959963984540054


def wilson(hits: int, of: int) -> tuple[float, float] | None:
    """Return the 95 % score interval of a share, `hits` out of a count `of`; None where that is 0.

    Source: E. B. Wilson, JASA 22, 1927.
    """
    if not of:
        return None
    share, square = hits / of, _Z * _Z
    middle = share + square / (2 * of)
    spread = _Z * sqrt(share * (1 - share) / of + square / (4 * of * of))
    return (middle - spread) / (1 + square / of), (middle + spread) / (1 + square / of)


@dataclass(slots=True)
class ConfusionCounts:
    """Pairs linked correctly, linked wrongly, and not linked although they are the same incident."""

    true_positives: int = 0
    false_positives: int = 0
    false_negatives: int = 0

    def add(self, other: "ConfusionCounts") -> None:
        """Add the counts of `other`."""
        self.true_positives += other.true_positives
        self.false_positives += other.false_positives
        self.false_negatives += other.false_negatives

    @property
    def total(self) -> int:
        """Return the number of pairs."""
        return self.true_positives + self.false_positives + self.false_negatives

    @property
    def linked(self) -> int:
        """Return the number of pairs that were linked."""
        return self.true_positives + self.false_positives

    @property
    def same(self) -> int:
        """Return the number of pairs that are the same incident."""
        return self.true_positives + self.false_negatives

    @property
    def precision(self) -> float | None:
        """Return the share of the linked pairs that are the same; None without any."""
        return self.true_positives / self.linked if self.linked else None

    @property
    def recall(self) -> float | None:
        """Return the share of the same pairs that are linked; None without any."""
        return self.true_positives / self.same if self.same else None

    @property
    def f1(self) -> float | None:
        """Return the harmonic mean of precision and recall, from 0 to 1; None without any pair."""
        return 2 * self.true_positives / (self.linked + self.same) if self.total else None

    def as_json(self) -> dict[str, object]:
        """Return counts, shares and their 95 % intervals as `--json` prints them."""
        return {
            "joined": self.linked,
            "true_joins": self.true_positives,
            "false_joins": self.false_positives,
            "misses": self.false_negatives,
            "precision": self.precision,
            "precision_95": wilson(self.true_positives, self.linked),
            "recall": self.recall,
            "recall_95": wilson(self.true_positives, self.same),
            "f1": self.f1,
        }
