"""In-flight records, written to disk before a stage runs on them, so that the next process knows what ended this one.

A record may end the process (a crash in a library, memory, an endless loop that the watchdog ends). The records that
were in flight then are tried in halves, and a record at which the process ends repeatedly while alone is rejected.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from schemas.errors import Reason, Rejected
from schemas.records.kafka_record import Record
from streams.worker.pace import Pace

DEATHS_ALONE = 3
"""How often the process must end at a single record: a random kill does not happen that often."""
MOST_GIVEN_UP = 1_000
"""Given-up records that are remembered: those of a fetched batch, which is read again until all of it is done."""
_GIVEN_UP = Rejected(Reason.STAGE_ERROR, "", f"the process ended {DEATHS_ALONE} times at this record alone")

Spans = dict[str, tuple[int, int]]
"""'topic/partition' -> offsets [first, last] of the records that were in flight."""


@dataclass(frozen=True, slots=True)
class PriorAttempt:
    """What is known of the processes before this one: `given_up` are 'topic/partition/offset'.

    The `records` in `spans` were in flight when the last process ended; a single record, `deaths_alone` times.
    """

    records: int = 0
    deaths_alone: int = 0
    spans: Spans = field(default_factory=dict)
    given_up: tuple[str, ...] = ()

    def suspects(self, records: Sequence[Record]) -> bool:
        """Return whether any of these records was in flight."""
        return bool(self.spans) and any(map(self._was_in_flight, records))

    def _was_in_flight(self, record: Record) -> bool:
        first, last = self.spans.get(_place(record.topic, record.partition), (0, -1))
        return first <= record.offset <= last


class Attempts:
    """Cuts records into slices, and keeps the file that states which slice is in flight."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._before = _read(path)

    def slices(self, records: Sequence[Record], pace: Pace) -> Iterator[Sequence[Record]]:
        """Yield `records` in slices of the current `pace`; those that a process ended at, in halves."""
        start = 0
        while start < len(records):
            part = records[start : start + pace.size]
            if self._before.suspects(part):
                part = part[: max(1, self._before.records // 2)]
            yield part
            start += len(part)

    def suspected(self, records: Sequence[Record]) -> bool:
        """Return whether a process ended at any of these records."""
        return self._before.suspects(records)

    def given_up(self, records: Sequence[Record]) -> dict[int, Rejected]:
        """Return, by place in `records`, those at which the process ended so often that they are not tried again."""
        before = self._before
        if len(records) == 1 and before.deaths_alone >= DEATHS_ALONE and before.suspects(records):
            given_up = (*before.given_up, _position(records[0]))[-MOST_GIVEN_UP:]
            self._before = before = PriorAttempt(given_up=given_up)
        if not before.given_up:
            return {}
        return {place: _GIVEN_UP for place, record in enumerate(records) if _position(record) in before.given_up}

    @contextmanager
    def in_flight(self, records: Sequence[Record]) -> Iterator[None]:
        """Mark these records as in flight: if the process ends inside, the next one knows them."""
        self._write(self._of(records))
        yield
        if self._before.given_up:
            self._write(PriorAttempt(given_up=self._before.given_up))
        else:
            self._path.unlink(missing_ok=True)

    def _write(self, now: PriorAttempt) -> None:
        self._path.write_text(json.dumps(asdict(now)))

    def _of(self, records: Sequence[Record]) -> PriorAttempt:
        offsets: dict[tuple[str, int], list[int]] = {}
        for record in records:
            offsets.setdefault((record.topic, record.partition), []).append(record.offset)
        spans = {_place(*partition): (min(each), max(each)) for partition, each in offsets.items()}
        deaths = self._before.deaths_alone if self._before.suspects(records) else 0
        alone = deaths + 1 if len(records) == 1 else 0
        return replace(self._before, records=len(records), deaths_alone=alone, spans=spans)


def _place(topic: str, partition: int) -> str:
    return f"{topic}/{partition}"


def _position(record: Record) -> str:
    return f"{record.topic}/{record.partition}/{record.offset}"


def _read(path: Path) -> PriorAttempt:
    """Read what the previous process left; nothing where it ended normally or the file is torn."""
    with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
        stored = json.loads(path.read_text())
        spans = {str(place): (int(first), int(last)) for place, (first, last) in stored["spans"].items()}
        given_up = tuple(map(str, stored["given_up"]))
        return PriorAttempt(int(stored["records"]), int(stored["deaths_alone"]), spans, given_up)
    return PriorAttempt()
