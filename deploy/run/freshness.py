"""How soon reports are found after they were published: what is asked, what was found when, quantiles; pure."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from schemas.identity import INTERNAL, report_id

EVERY = 25
"""One in so many reports is asked for."""


def own_view(agency: str) -> tuple[str, ...]:
    """Return the audiences in which a report of `agency` is asked for: those that see it whatever is agreed."""
    return INTERNAL, agency


@dataclass(frozen=True, slots=True)
class Freshness:
    """Seconds from publishing to being found, over `found` questions; `missing` were not found by the end."""

    found: int
    missing: int
    p50: float | None
    p99: float | None
    longest: float | None

    def as_json(self) -> dict[str, Any]:
        """Return it for `--json`, seconds."""
        return asdict(self)

    def __str__(self) -> str:
        if self.p50 is None or self.p99 is None or self.longest is None:
            return "seconds from publish to searchable: no report was asked for"
        missing = f", {self.missing:,} not found" if self.missing else ""
        return (
            f"seconds from publish to searchable: p50 {self.p50:.2f}, p99 {self.p99:.2f}, longest {self.longest:.2f}"
            f" (as {self.found:,} questions of a reader saw it{missing})"
        )


def quantile(ordered: Sequence[float], share: float) -> float | None:
    """Return the smallest of `ordered` values below or at which `share` (0 to 1) of them are; None without any."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


@dataclass(slots=True)
class Probe:
    """Reports that are asked for from their publishing until they are found, in each of `audiences` of their agency.

    Only the first record of a report is asked for: a later one would be answered by what the index holds of the
    former. `published` counts records, repeats and later versions too, `asked` questions. `first` is when the first
    report was found: seconds since the first record, and how many records had been published by then.
    """

    audiences: Callable[[str], Iterable[str]] = own_view
    published: int = 0
    asked: int = 0
    first: tuple[float, int] | None = None
    _known: set[str] = field(default_factory=set)
    _open: dict[str, dict[str, int]] = field(default_factory=dict)
    _waits: list[float] = field(default_factory=list)
    _began: int = 0

    def publish(self, agency: str, source_id: str, at: int) -> None:
        """Note a record that Kafka has since `at`, UTC milliseconds."""
        self._began = self._began or at
        self.published += 1
        name = report_id(agency, source_id)
        if name in self._known:
            return
        if len(self._known) % EVERY == 0:
            for audience in self.audiences(agency):
                self._open.setdefault(audience, {})[name] = at
                self.asked += 1
        self._known.add(name)

    @property
    def found(self) -> int:
        """How many questions were answered by a report that was found."""
        return len(self._waits)

    def open(self) -> dict[str, list[str]]:
        """Return what is not found yet: audience -> report ids."""
        return {audience: list(names) for audience, names in self._open.items() if names}

    def find(self, audience: str, reports: Mapping[str, int], now: int) -> None:
        """Note an answer that came at `now`: report id -> since when Kafka has the version that was found.

        A report that was found as it was published before counts as neither found nor missing.
        """
        open_ = self._open.get(audience, {})
        for name in reports.keys() & open_.keys():
            at = open_.pop(name)
            if reports[name] < at:
                self.asked -= 1
                continue
            self._waits.append((now - at) / 1000)
            self.first = self.first or ((now - self._began) / 1000, self.published)

    def freshness(self) -> Freshness:
        """Return what was measured so far."""
        waits = sorted(self._waits)
        missing = sum(map(len, self._open.values()))
        return Freshness(len(waits), missing, quantile(waits, 0.5), quantile(waits, 0.99), waits[-1] if waits else None)
