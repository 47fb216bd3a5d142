"""Counts of pairs joined rightly, wrongly and not at all, and the shares that they make; pure."""

from dataclasses import dataclass
from math import sqrt

# Standard normal quantile of 0.975: intervals hold 95 of 100 times.
_Z = 1.959963984540054


def wilson(hits: int, of: int) -> tuple[float, float] | None:
    """Give the 95 % interval of a share (E. B. Wilson, JASA 22, 1927); None where there is nothing to share."""
    if not of:
        return None
    share, square = hits / of, _Z * _Z
    middle = share + square / (2 * of)
    spread = _Z * sqrt(share * (1 - share) / of + square / (4 * of * of))
    return (middle - spread) / (1 + square / of), (middle + spread) / (1 + square / of)


@dataclass(slots=True)
class Tally:
    """Pairs joined rightly, joined wrongly, and not joined though they are the same."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    def add(self, other: "Tally") -> None:
        """Count `other` in."""
        self.right, self.wrong, self.missed = (
            self.right + other.right,
            self.wrong + other.wrong,
            self.missed + other.missed,
        )

    @property
    def precision(self) -> float | None:
        """Share of the joined pairs that are right."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else None

    @property
    def recall(self) -> float | None:
        """Share of the same pairs that are joined."""
        return self.right / (self.right + self.missed) if self.right + self.missed else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall."""
        of = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / of if of else None

    def as_json(self) -> dict[str, object]:
        """Give counts, shares and their 95 % intervals."""
        return {
            "joined": self.right + self.wrong,
            "true_joins": self.right,
            "false_joins": self.wrong,
            "misses": self.missed,
            "precision": self.precision,
            "precision_95": wilson(self.right, self.right + self.wrong),
            "recall": self.recall,
            "recall_95": wilson(self.right, self.right + self.missed),
            "f1": self.f1,
        }
