"""Pacing: how many records a stage gets at once, from the time that the last slices took. Pure."""

SLICE_S = 1.0
"""Seconds that a stage may block the event loop: heartbeats, metrics and rebalances wait for it."""
FIRST = 250
MOST = 2_000
_GROWTH = 2.0


class Pace:
    """The size of the next slice: reduced at once when the last one took too long, increased by doubling."""

    def __init__(self, first: int = FIRST, most: int = MOST, slice_s: float = SLICE_S) -> None:
        self.size, self._most, self._slice_s = first, most, slice_s

    def took(self, records: int, seconds: float) -> None:
        """Record that a slice of so many records took so many seconds."""
        within = records * self._slice_s / max(seconds, 1e-9)
        # A small slice is no measure of a large one, so a slice that was not full never reduces the size.
        if seconds > self._slice_s or records >= self.size:
            self.size = max(1, min(int(within), int(self.size * _GROWTH), self._most))
