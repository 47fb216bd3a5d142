"""How soon published reports become searchable: which are asked for, when they were found, quantiles; pure."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from schemas.identity import INTERNAL, report_id

SAMPLE_EVERY = 25
"""One in this many reports is asked for."""


def default_audiences(agency: str) -> tuple[str, ...]:
    """Return the audiences asked for a report of `agency`: those that see it whatever the agreements."""
    return INTERNAL, agency


@dataclass(frozen=True, slots=True)
class Freshness:
    """Seconds from publishing to being found, over `found` queries; `missing` were not found by the end."""

    found: int
    missing: int
    p50: float | None
    p99: float | None
    longest: float | None

    def as_json(self) -> dict[str, Any]:
        """Return it as `--json` prints it, in seconds."""
        return asdict(self)

    def __str__(self) -> str:
        if self.p50 is None or self.p99 is None or self.longest is None:
            return "seconds from publish to searchable: no report was asked for"
        missing = f", {self.missing:,} not found" if self.missing else ""
        return (
            f"seconds from publish to searchable: p50 {self.p50:.2f}, p99 {self.p99:.2f}, longest {self.longest:.2f}"
            f" (measured by {self.found:,} queries{missing})"
        )


def quantile(ordered: Sequence[float], share: float) -> float | None:
    """Return the smallest value at or below which a `share` (0 to 1) of the sorted values lies; None without values."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


@dataclass(slots=True)
class FreshnessProbe:
    """Reports to ask for from publication until they are found, in each of the `audiences` of their agency.

    Only the first record of a report is asked for, since the index would answer for a later one with the first.
    `published` counts records, repeats and later versions included; `queries` counts the reports asked for, in each
    audience. `first` is when the first report was found: seconds since the first record, and the number of records
    published by then.
    """

    audiences: Callable[[str], Iterable[str]] = default_audiences
    published: int = 0
    queries: int = 0
    first: tuple[float, int] | None = None
    _known: set[str] = field(default_factory=set)
    _open: dict[str, dict[str, int]] = field(default_factory=dict)
    _waits: list[float] = field(default_factory=list)
    _began: int = 0

    def publish(self, agency: str, source_id: str, at: int) -> None:
        """Add a record that Kafka has had since `at`, UTC milliseconds."""
        self._began = self._began or at
        self.published += 1
        name = report_id(agency, source_id)
        if name in self._known:
            return
        if len(self._known) % SAMPLE_EVERY == 0:
            for audience in self.audiences(agency):
                self._open.setdefault(audience, {})[name] = at
                self.queries += 1
        self._known.add(name)

    @property
    def found(self) -> int:
        """Return the number of queries that found their report."""
        return len(self._waits)

    def open(self) -> dict[str, list[str]]:
        """Return the reports not found yet, by audience."""
        return {audience: list(names) for audience, names in self._open.items() if names}

    def find(self, audience: str, reports: Mapping[str, int], now: int) -> None:
        """Add an answer received at `now`, with the publication time of each report found; times in UTC milliseconds.

        A report found in an earlier publication counts as neither found nor missing.
        """
        pending = self._open.get(audience, {})
        for name in reports.keys() & pending.keys():
            at = pending.pop(name)
            if reports[name] < at:
                self.queries -= 1
                continue
            self._waits.append((now - at) / 1000)
            self.first = self.first or ((now - self._began) / 1000, self.published)

    def freshness(self) -> Freshness:
        """Return the measurement so far."""
        waits = sorted(self._waits)
        missing = sum(map(len, self._open.values()))
        return Freshness(len(waits), missing, quantile(waits, 0.5), quantile(waits, 0.99), waits[-1] if waits else None)
