"""A broker and a state in memory, and one-line records: enough to run stages as the worker runs them."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from schemas.agencies import agency_row
from schemas.records import codec
from schemas.records.agency import AgencyRow
from schemas.records.kafka_record import Record
from schemas.topics import reports_topic
from streams.stage import Output, Result, Stage
from tests.schemas.samples import REPORT

NOW = 1_767_600_000_000
AGENCIES = {name: agency_row({"agency_id": name}, "test") for name in ("a_pd", "b_so", "c_mx")}


def agencies(agency_id: str) -> AgencyRow | None:
    return AGENCIES.get(agency_id)


def report(agency: str = "a_pd", number: str = "1", version: int = 1, **changes: Any) -> dict[str, Any]:
    """An invented report."""
    return {
        **REPORT,
        "agency": {**REPORT["agency"], "agency_id": agency},
        "local_incident_id": number,
        "sequence": version,
        **changes,
    }


def published(made: Mapping[str, Any], offset: int, topic: str | None = None) -> Record:
    """The record that an agency published."""
    name = topic or reports_topic(made["agency"]["agency_id"])
    key = made["local_incident_id"].encode()
    return Record(name, 0, offset, NOW + offset, key, codec.encode("incident_report", made))


class MemoryState:
    """A partition's state as a dictionary."""

    def __init__(self) -> None:
        self.values: dict[bytes, bytes] = {}
        self.kept: dict[str, Any] = {}
        self._sorted: list[bytes] = []

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        return [self.values.get(key) for key in keys]

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        if len(self._sorted) != len(self.values):
            self._sorted = sorted(self.values)
        for at in range(bisect_left(self._sorted, prefix), len(self._sorted)):
            if not self._sorted[at].startswith(prefix):
                return
            yield self._sorted[at], self.values[self._sorted[at]]

    def change(self, changes: Mapping[bytes, bytes | None]) -> None:
        self._sorted = []
        self.values.update({key: value for key, value in changes.items() if value is not None})
        for key in changes.keys() - {key for key, value in changes.items() if value is not None}:
            self.values.pop(key, None)


class Runner:
    """Runs one stage batch by batch: `topic` collects its outputs, as a broker would."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.state = stage, MemoryState()
        self.topics: dict[str, list[Output]] = {}

    def __call__(self, records: Sequence[Record], now: int = NOW) -> Result:
        result = self.stage.process(records, self.state, now)
        for output in result.outputs:
            self.topics.setdefault(output.topic, []).append(output)
        if self.stage.state is not None:
            made = [(output.decoded, output.value) for output in result.outputs if output.decoded is not None]
            changes = self.stage.state.materialize(made, self.state)
            self.state.change(changes)
            self.stage.state.follow(made, changes, self.state)
        return result

    def newest(self, topic: str) -> dict[bytes, bytes]:
        """Key -> newest value, as after compaction."""
        return {output.key: output.value for output in self.topics.get(topic, [])}

    def rebuilt(self) -> dict[bytes, bytes]:
        """The state read back from the stage's own topic, one record at a time."""
        kept, state = self.stage.state, MemoryState()
        assert kept is not None
        for output in self.topics.get(kept.topic, []):
            state.change(kept.materialize([(kept.read(output.value), output.value)], state))
        return state.values


def as_records(outputs: Sequence[Output]) -> list[Record]:
    """What the next stage reads."""
    return [Record(o.topic, o.partition, at, NOW, o.key, o.value) for at, o in enumerate(outputs)]
