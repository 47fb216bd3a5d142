"""What an intruder can derive from counts that are published together: bounds by linear programming; pure.

The unknowns are the numbers of incidents of each kind, and a count is a sum of some of them. The intruder knows which
kinds exist, every count that is disclosed, and that a suppressed count is not zero. That is the worst case: whoever
knows less finds wider bounds. Source: auditing of suppression patterns by linear programming, OMB Federal Committee on
Statistical Methodology, Statistical Policy Working Paper 22.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

LinearForm = tuple[tuple[int, int], ...]
"""A count as a sum of unknowns: (index of the unknown, how often it counts), in order of the indexes."""
Vector = npt.NDArray[np.float64]

_CLOSE = 1e-6
_DIRECTIONS = 16
_SOLVED, _UNBOUNDED = 0, 3


def value(form: LinearForm, counts: Sequence[int]) -> int:
    """Return the value of a form, given the true counts of the unknowns."""
    return sum(times * counts[unknown] for unknown, times in form)


def _matrix(forms: Sequence[LinearForm], width: int) -> csr_matrix:
    entries = [(row, unknown, times) for row, form in enumerate(forms) for unknown, times in form]
    rows, columns, times = zip(*entries, strict=True) if entries else ((), (), ())
    return csr_matrix((np.array(times, float), (rows, columns)), shape=(len(forms), width))


class Intruder:
    """The bounds of each of `secrets` for somebody who knows everything that is `disclosed` and `suppressed`.

    Bounds widen with every solution that `probe` and `widen_bounds` find consistent with what is published. A solution
    stays consistent when more is suppressed, so nothing is solved twice.
    """

    def __init__(
        self,
        counts: Sequence[int],
        disclosed: Iterable[LinearForm],
        suppressed: Iterable[LinearForm],
        secrets: Sequence[LinearForm],
    ) -> None:
        self._counts = np.array(counts, float)
        known, hidden = set(disclosed), set(suppressed)
        self._published = sorted(known | hidden)
        self._lines = _matrix(self._published, len(counts))
        self._disclosed = [row for row, form in enumerate(self._published) if form in known]
        self._suppressed = [row for row, form in enumerate(self._published) if form not in known]
        self._secrets = _matrix(secrets, len(counts))
        self.truth: Vector = self._secrets @ self._counts
        self.lowest, self.highest = self.truth.copy(), self.truth.copy()

    def withhold(self, form: LinearForm) -> None:
        """Suppress a count that was disclosed until now."""
        row = bisect_left(self._published, form)
        self._disclosed.remove(row)
        insort(self._suppressed, row)

    def probe(self) -> None:
        """Solve in some random directions, the same each time: after that most bounds are wide enough."""
        directions = np.random.default_rng(0)
        for _ in range(_DIRECTIONS if len(self.truth) else 0):
            self._extreme(directions.normal(size=len(self._counts)))

    def widen_bounds(self, secret: int) -> list[LinearForm]:
        """Compute the greatest and smallest possible value of a secret; return the counts that bound it from above."""
        direction = self._secrets[secret].toarray()[0]
        bounding = self._extreme(direction)
        if bounding is None:
            self.highest[secret] = np.inf
            return []
        self._extreme(-direction)
        return bounding

    def is_exact(self, secret: int) -> bool:
        """Return whether an unknown, given by its index in the counts, can only have its true value."""
        truth = self.truth[secret]
        return bool(self.highest[secret] < truth + 1 - _CLOSE and self.lowest[secret] > truth - 1 + _CLOSE)

    def is_below(self, secret: int, limit: int) -> bool:
        """Return whether an unknown, given by its index in the counts, must be below `limit`."""
        return bool(self.highest[secret] < limit - _CLOSE)

    def _extreme(self, direction: Vector) -> list[LinearForm] | None:
        """Find the extreme solution in a direction and return the counts that bound it; None where nothing does."""
        disclosed, suppressed = self._lines[self._disclosed], self._lines[self._suppressed]
        result = linprog(
            -direction,
            A_eq=disclosed,
            b_eq=disclosed @ self._counts,
            A_ub=-suppressed,
            b_ub=-np.ones(len(self._suppressed)),
            method="highs",
        )
        if result.status == _UNBOUNDED:
            return None
        if result.status != _SOLVED:
            # Not proven safe, so any disclosed count may be what bounds it.
            return [self._published[row] for row in self._disclosed]
        possible = self._secrets @ result.x
        self.lowest, self.highest = np.minimum(self.lowest, possible), np.maximum(self.highest, possible)
        prices = zip(self._disclosed, result.eqlin.marginals, strict=True)
        return [self._published[row] for row, price in prices if abs(price) > _CLOSE]
