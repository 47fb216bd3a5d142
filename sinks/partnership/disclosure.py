"""What a reader can work out of counts that are published together: bounds by linear programming; pure.

The unknowns are how many incidents there are of each kind, and a count is a sum of some of them. The reader knows which
kinds there are, every count that is told, and of one that is withheld that it is not zero. That is the worst that can
be: who knows less finds wider bounds.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

Form = tuple[tuple[int, int], ...]
"""A count as a sum of unknowns: the number of each and how often it counts, in order of the numbers."""
Vector = npt.NDArray[np.float64]

_CLOSE = 1e-6
_DIRECTIONS = 16
_SOLVED, _UNBOUNDED = 0, 3


def value(form: Form, counts: Sequence[int]) -> int:
    """Return what a form comes to."""
    return sum(times * counts[unknown] for unknown, times in form)


def _matrix(forms: Sequence[Form], width: int) -> csr_matrix:
    entries = [(row, unknown, times) for row, form in enumerate(forms) for unknown, times in form]
    rows, columns, times = zip(*entries, strict=True) if entries else ((), (), ())
    return csr_matrix((np.array(times, float), (rows, columns)), shape=(len(forms), width))


class Reader:
    """Bounds of each of `secrets`, by a reader of everything that is `told` and `withheld`.

    A bound grows with what `explore` and `widen` find to agree with all that is published. What agrees once agrees
    still when more is withheld, so nothing is worked out twice.
    """

    def __init__(
        self, counts: Sequence[int], told: Iterable[Form], withheld: Iterable[Form], secrets: Sequence[Form]
    ) -> None:
        self._counts = np.array(counts, float)
        open_to_all, hidden = set(told), set(withheld)
        self._published = sorted(open_to_all | hidden)
        self._lines = _matrix(self._published, len(counts))
        self._told = [row for row, form in enumerate(self._published) if form in open_to_all]
        self._withheld = [row for row, form in enumerate(self._published) if form not in open_to_all]
        self._secrets = _matrix(secrets, len(counts))
        self.truth: Vector = self._secrets @ self._counts
        self.lowest, self.highest = self.truth.copy(), self.truth.copy()

    def withhold(self, form: Form) -> None:
        """Tell a count no longer."""
        row = bisect_left(self._published, form)
        self._told.remove(row)
        insort(self._withheld, row)

    def explore(self) -> None:
        """Look in some directions, the same each time: most bounds are wide after that."""
        directions = np.random.default_rng(0)
        for _ in range(_DIRECTIONS if len(self.truth) else 0):
            self._farthest(directions.normal(size=len(self._counts)))

    def widen(self, secret: int) -> list[Form]:
        """Find how great and how small a secret may be; return the told counts that bound it from above."""
        wanted = self._secrets[secret].toarray()[0]
        bounding = self._farthest(wanted)
        if bounding is None:
            self.highest[secret] = np.inf
            return []
        self._farthest(-wanted)
        return bounding

    def exact(self, secret: int) -> bool:
        """Tell whether no other whole number than the true one is known to be possible."""
        truth = self.truth[secret]
        return bool(self.highest[secret] < truth + 1 - _CLOSE and self.lowest[secret] > truth - 1 + _CLOSE)

    def below(self, secret: int, limit: int) -> bool:
        """Tell whether nothing of `limit` or more is known to be possible."""
        return bool(self.highest[secret] < limit - _CLOSE)

    def _farthest(self, wanted: Vector) -> list[Form] | None:
        """Find the farthest in a direction that agrees with what is published, and what bounds it; None: nothing."""
        told, withheld = self._lines[self._told], self._lines[self._withheld]
        result = linprog(
            -wanted,
            A_eq=told,
            b_eq=told @ self._counts,
            A_ub=-withheld,
            b_ub=-np.ones(len(self._withheld)),
            method="highs",
        )
        if result.status == _UNBOUNDED:
            return None
        if result.status != _SOLVED:
            # Not proven to be safe, so whatever is told may be what bounds it.
            return [self._published[row] for row in self._told]
        found = self._secrets @ result.x
        self.lowest, self.highest = np.minimum(self.lowest, found), np.maximum(self.highest, found)
        prices = zip(self._told, result.eqlin.marginals, strict=True)
        return [self._published[row] for row, price in prices if abs(price) > _CLOSE]
