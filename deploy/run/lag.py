"""When a pipeline has worked everything off: asked of the broker, not of the workers."""

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

QUIET_LOOKS = 2
LOOK_EVERY_S = 1.0
STANDSTILL_S = 120.0
MARKERS_AT_MOST = 100
"""Beyond this, there are records as well; reading them would only take time."""
_TRANSACTIONAL = frozenset({INCIDENTS, RELEASED_INCIDENTS, PURGES})

_INPUTS = {"intake": INCIDENT_REPORTS, "resolve": ENRICHED_REPORTS, "release": INCIDENTS, "index": RELEASED_INCIDENTS}
_BESIDE = {"resolve": (ADJUDICATIONS, PURGES), "release": (AGREEMENTS, PURGES)}
"""What every partition of a stage takes in whole."""

Offsets = dict[tuple[str, int], int]


@dataclass(frozen=True, slots=True)
class Left:
    """Records that a stage has not worked off: between what its group committed and the end of the partition."""

    stage: str
    topic: str
    partition: int
    records: int

    def __str__(self) -> str:
        agency = agency_of(self.topic)
        whose = f" of {agency}" if agency else ""
        return f"{self.stage}: {self.topic}/{self.partition}{whose}, {self.records} left"


class Look:
    """Looks at the stages again and again: `left` of the last look, and how long nothing has moved."""

    def __init__(self, admin: Admin, stages: Iterable[str], generation: int) -> None:
        self._admin, self._stages, self._generation = admin, list(stages), generation
        self._ends: Offsets = {}
        self._committed: Offsets = {}
        self._markers = set[tuple[str, int, int, int]]()
        """Topic, partition, start and end between which no record lies: that stays so."""
        self._quiet = 0
        self._moved_at = self._answered_at = 0.0
        self.left: list[Left] = []

    def idle(self, now: float) -> bool:
        """Look once more, `now` in seconds of a steady clock: True at the second look that finds nothing left.

        Raises: Transient when Kafka has not answered for STANDSTILL_S seconds.
        """
        self._answered_at = self._answered_at or now
        try:
            idle = self._look(now)
        except Transient:
            self._quiet = 0
            if now - self._answered_at > STANDSTILL_S:
                raise
            return False
        self._answered_at = now
        return idle

    def _look(self, now: float) -> bool:
        ends: Offsets = {}
        committed: Offsets = {}
        self.left = []
        for stage in self._stages:
            stage_ends, stage_committed = self._of(stage)
            ends |= stage_ends
            committed |= stage_committed
            self.left += self._left(stage, stage_ends, stage_committed)
        for stage in self._stages:
            committed |= self._taken_in(stage, ends)
        if (ends, committed) != (self._ends, self._committed) or not self._moved_at:
            self._moved_at = now
        self._quiet = self._quiet + 1 if not self.left and ends == self._ends else 0
        self._ends, self._committed = ends, committed
        return self._quiet >= QUIET_LOOKS - 1

    def _taken_in(self, stage: str, ends: Offsets) -> Offsets:
        """Look how far each partition of a stage took in the topics that it reads beside its input, in no group."""
        topics = {topic.name: topic for topic in _BESIDE.get(stage, ())}
        beside = {topic: end for (topic, _), end in self._admin.end_offsets(topics).items()} if topics else {}
        ends |= {(topic, 0): end for topic, end in beside.items()}
        taken: Offsets = {}
        for partition in range(_INPUTS[stage].partitions if any(beside.values()) else 0):
            group = broadcast_group(consumer_group(stage, self._generation), partition)
            offsets = self._admin.group_offsets(group)
            for topic, end in beside.items():
                done = taken[(f"{group}/{topic}", partition)] = offsets.get((topic, 0), 0)
                if self._behind(topics[topic], (topic, 0), done, end):
                    self.left.append(Left(stage, topic, partition, end - done))
        return taken

    def moved(self, now: float) -> None:
        """Note that there was progress which no offset shows."""
        self._moved_at = now

    def standstill_s(self, now: float) -> float:
        """Tell for how many seconds nothing has moved although something is left."""
        return now - self._moved_at if self.left else 0.0

    def _of(self, stage: str) -> tuple[Offsets, Offsets]:
        topic = _INPUTS[stage]
        names = {topic.at(self._generation)}
        if topic.per_agency:
            names = {name for name in self._admin.topic_names() if agency_of(name)}
        return self._admin.end_offsets(names), self._admin.group_offsets(consumer_group(stage, self._generation))

    def _left(self, stage: str, ends: Offsets, committed: Offsets) -> list[Left]:
        found = []
        for (topic, partition), end in sorted(ends.items()):
            start = committed.get((topic, partition), 0)
            if self._behind(_INPUTS[stage], (topic, partition), start, end):
                found.append(Left(stage, topic, partition, end - start))
        return found

    def _behind(self, topic: Topic, partition: tuple[str, int], start: int, end: int) -> bool:
        """Tell whether records are left in [start, end) of a partition."""
        # Each transaction leaves a marker, so a committed offset stays behind the end for ever.
        if start >= end or topic not in _TRANSACTIONAL or end - start > MARKERS_AT_MOST:
            return start < end
        asked = (*partition, start, end)
        if asked not in self._markers and self._admin.remaining_is_markers(*asked):
            self._markers.add(asked)
        return asked not in self._markers
