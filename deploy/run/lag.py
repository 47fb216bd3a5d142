"""Whether a pipeline has processed all its input, as the broker's offsets show, not as the workers say."""

from collections.abc import Iterable
from dataclasses import dataclass

from producers.delivery.kafka import Admin
from schemas.errors import Transient
from schemas.topics import (
    ADJUDICATIONS,
    AGREEMENTS,
    ENRICHED_REPORTS,
    INCIDENT_REPORTS,
    INCIDENTS,
    PURGES,
    RELEASED_INCIDENTS,
    Topic,
    agency_of,
    broadcast_group,
    consumer_group,
)

QUIET_CHECKS = 2
CHECK_EVERY_S = 1.0
STANDSTILL_S = 120.0
MAX_MARKERS = 100
"""A longer stretch contains records as well; reading it would only take time."""
_TRANSACTIONAL = frozenset({INCIDENTS, RELEASED_INCIDENTS, PURGES})

_INPUTS = {"intake": INCIDENT_REPORTS, "resolve": ENRICHED_REPORTS, "release": INCIDENTS, "index": RELEASED_INCIDENTS}
_BROADCAST = {"resolve": (ADJUDICATIONS, PURGES), "release": (AGREEMENTS, PURGES)}
"""The broadcast topics of a stage: each of its partitions reads all of them."""

Offsets = dict[tuple[str, int], int]


@dataclass(frozen=True, slots=True)
class Remaining:
    """Records that a stage has not processed: between its committed offset and the end of the partition."""

    stage: str
    topic: str
    partition: int
    records: int

    def __str__(self) -> str:
        agency = agency_of(self.topic)
        owner = f" of {agency}" if agency else ""
        return f"{self.stage}: {self.topic}/{self.partition}{owner}, {self.records} left"


class LagCheck:
    """Check the stages repeatedly: `remaining` is of the last check."""

    def __init__(self, admin: Admin, stages: Iterable[str], generation: int) -> None:
        self._admin, self._stages, self._generation = admin, list(stages), generation
        self._ends: Offsets = {}
        self._committed: Offsets = {}
        self._markers = set[tuple[str, int, int, int]]()
        """Topic, partition, start and end of stretches without a record, which they stay."""
        self._quiet = 0
        self._moved_at = self._answered_at = 0.0
        self.remaining: list[Remaining] = []

    def is_idle(self, now: float) -> bool:
        """Check once more, `now` in seconds of a monotonic clock; True at the second check that finds nothing left.

        Raises: Transient when Kafka has not answered for STANDSTILL_S seconds.
        """
        self._answered_at = self._answered_at or now
        try:
            idle = self._check(now)
        except Transient:
            self._quiet = 0
            if now - self._answered_at > STANDSTILL_S:
                raise
            return False
        self._answered_at = now
        return idle

    def note_progress(self, now: float) -> None:
        """Record progress that no offset shows, `now` in seconds of the same clock."""
        self._moved_at = now

    def standstill_s(self, now: float) -> float:
        """Return for how many seconds nothing has moved although something is left."""
        return now - self._moved_at if self.remaining else 0.0

    def _check(self, now: float) -> bool:
        ends: Offsets = {}
        committed: Offsets = {}
        self.remaining = []
        for stage in self._stages:
            stage_ends, stage_committed = self._input_offsets(stage)
            ends |= stage_ends
            committed |= stage_committed
            self.remaining += self._remaining_input(stage, stage_ends, stage_committed)
        for stage in self._stages:
            committed |= self._check_broadcast(stage, ends)
        if (ends, committed) != (self._ends, self._committed) or not self._moved_at:
            self._moved_at = now
        self._quiet = self._quiet + 1 if not self.remaining and ends == self._ends else 0
        self._ends, self._committed = ends, committed
        return self._quiet >= QUIET_CHECKS - 1

    def _input_offsets(self, stage: str) -> tuple[Offsets, Offsets]:
        """Return the end and the committed offset of each partition of a stage's input."""
        topic = _INPUTS[stage]
        names = {topic.at(self._generation)}
        if topic.per_agency:
            names = {name for name in self._admin.topic_names() if agency_of(name)}
        return self._admin.end_offsets(names), self._admin.group_offsets(consumer_group(stage, self._generation))

    def _remaining_input(self, stage: str, ends: Offsets, committed: Offsets) -> list[Remaining]:
        remaining = []
        for (topic, partition), end in sorted(ends.items()):
            start = committed.get((topic, partition), 0)
            if self._is_behind(_INPUTS[stage], (topic, partition), start, end):
                remaining.append(Remaining(stage, topic, partition, end - start))
        return remaining

    def _check_broadcast(self, stage: str, ends: Offsets) -> Offsets:
        """Return how far each partition of a stage has read its broadcast topics; add their ends and what is left."""
        topics = {topic.name: topic for topic in _BROADCAST.get(stage, ())}
        topic_ends = {topic: end for (topic, _), end in self._admin.end_offsets(topics).items()} if topics else {}
        ends |= {(topic, 0): end for topic, end in topic_ends.items()}
        committed: Offsets = {}
        for partition in range(_INPUTS[stage].partitions if any(topic_ends.values()) else 0):
            group = broadcast_group(consumer_group(stage, self._generation), partition)
            offsets = self._admin.group_offsets(group)
            for topic, end in topic_ends.items():
                position = committed[(f"{group}/{topic}", partition)] = offsets.get((topic, 0), 0)
                if self._is_behind(topics[topic], (topic, 0), position, end):
                    self.remaining.append(Remaining(stage, topic, partition, end - position))
        return committed

    def _is_behind(self, topic: Topic, partition: tuple[str, int], start: int, end: int) -> bool:
        """Return whether [start, end) of a partition contains a record."""
        # Each transaction leaves a marker, so a committed offset stays behind the end for ever.
        if start >= end or topic not in _TRANSACTIONAL or end - start > MAX_MARKERS:
            return start < end
        stretch = (*partition, start, end)
        if stretch not in self._markers and self._admin.remaining_is_markers(*stretch):
            self._markers.add(stretch)
        return stretch not in self._markers
