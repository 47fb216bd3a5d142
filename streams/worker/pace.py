"""How many records a stage gets at once: as many as it does within a moment, judged by the last ones; pure."""

SLICE_S = 1.0
"""Seconds that a stage may keep the event loop: heartbeats, figures and rebalances wait for it."""
FIRST = 250
MOST = 2_000
_GROWTH = 2.0


class Pace:
    """The size of the next slice: down at once when the last one took long, up again by doubling."""

    def __init__(self, first: int = FIRST, most: int = MOST, slice_s: float = SLICE_S) -> None:
        self.size, self._most, self._slice_s = first, most, slice_s

    def took(self, records: int, seconds: float) -> None:
        """Note that a slice of so many records took so long, in seconds of the wall clock."""
        within = records * self._slice_s / max(seconds, 1e-9)
        # A small slice says little of what a large one would take, so it never shrinks what it did not fill.
        if seconds > self._slice_s or records >= self.size:
            self.size = max(1, min(int(within), int(self.size * _GROWTH), self._most))
