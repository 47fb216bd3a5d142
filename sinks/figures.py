"""What one sink did: counts, and the time from a report's publication until its incident can be found; pure."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

# Bounds from 1 ms, each 5 % above the one before: a percentile is told at most 5 % too high; 400 reach 3.5 days.
FIRST_BOUND_S = 0.001
STEP = 1.05
BUCKETS = 400
_LOG_STEP = math.log(STEP)


@dataclass(slots=True)
class Histogram:
    """Durations in buckets of a fixed number, so that memory does not grow with what is measured; seconds."""

    buckets: list[int] = field(default_factory=lambda: [0] * BUCKETS)
    count: int = 0
    longest: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one duration; a clock that ran backwards counts as the shortest."""
        above = math.ceil(math.log(seconds / FIRST_BOUND_S) / _LOG_STEP) if seconds > FIRST_BOUND_S else 0
        self.buckets[min(above, BUCKETS - 1)] += 1
        self.count += 1
        self.longest = max(self.longest, seconds)

    def quantile(self, share: float) -> float | None:
        """Give the bound, in seconds, below which `share` (0 to 1) of the durations are; None without any."""
        wanted = max(1, math.ceil(share * self.count))
        seen = 0
        for number, held in enumerate(self.buckets):
            seen += held
            if seen >= wanted:
                return min(FIRST_BOUND_S * STEP**number, self.longest)
        return None


@dataclass(slots=True)
class Figures:
    """What this process did since it started, counted in documents."""

    indexed: int = 0
    stale: int = 0
    rejected: int = 0
    searchable: int = 0
    latency: Histogram = field(default_factory=Histogram)

    def found(self, documents: int, published_at: Iterable[int], now: float) -> None:
        """Note that `documents` can be searched since `now` (UTC seconds); `published_at` in UTC milliseconds."""
        self.searchable += documents
        for published in published_at:
            self.latency.add(now - published / 1000)

    def told(self) -> dict[str, Any]:
        """Give them as they stand in the file; seconds."""
        return {
            "indexed": self.indexed,
            "stale": self.stale,
            "rejected": self.rejected,
            "searchable": self.searchable,
            "latency_s": {
                "p50": self.latency.quantile(0.5),
                "p99": self.latency.quantile(0.99),
                "max": self.latency.longest if self.latency.count else None,
            },
        }
