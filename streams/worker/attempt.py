"""What a stage has in hand, written down before it begins: so that the next process knows what ended this one.

A record may end the process itself (a crash of a library, memory, an endless loop that the watchdog ends). The records
that were in hand then are tried by halves, and one at which the process ended again and again alone is rejected.
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
"""So often the process must have ended at one record alone: a kill by chance does not come so often."""
MOST_GIVEN_UP = 1_000
"""Records that are remembered as given up: those of one list, which are read again until all of it is done."""
_WHY = Rejected(Reason.STAGE_ERROR, "", f"the process ended {DEATHS_ALONE} times at this record alone")

Spans = dict[str, tuple[int, int]]
"""'topic/partition' -> offsets [first, last] of the records that were in hand."""


@dataclass(frozen=True, slots=True)
class Before:
    """What is known of the processes before this one: `given_up` are 'topic/partition/offset'.

    `records` in `spans` were in hand when the last one ended, `deaths_alone` times if it was one.
    """

    records: int = 0
    deaths_alone: int = 0
    spans: Spans = field(default_factory=dict)
    given_up: tuple[str, ...] = ()

    def suspects(self, records: Sequence[Record]) -> bool:
        """Tell whether any of these was in hand."""
        return bool(self.spans) and any(map(self._was_in_hand, records))

    def _was_in_hand(self, record: Record) -> bool:
        first, last = self.spans.get(_place(record.topic, record.partition), (0, -1))
        return first <= record.offset <= last


class Attempts:
    """Cuts records into slices, and keeps the file that says which slice is in hand."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._before = _read(path)

    def slices(self, records: Sequence[Record], pace: Pace) -> Iterator[Sequence[Record]]:
        """Yield `records` slice by slice, as `pace` has it by then; those that a process ended at by halves."""
        at = 0
        while at < len(records):
            part = records[at : at + pace.size]
            if self._before.suspects(part):
                part = part[: max(1, self._before.records // 2)]
            yield part
            at += len(part)

    def suspected(self, records: Sequence[Record]) -> bool:
        """Tell whether a process ended at any of these."""
        return self._before.suspects(records)

    def given_up(self, records: Sequence[Record]) -> dict[int, Rejected]:
        """Return those, by their places, at which the process ended so often that they are not tried again."""
        before = self._before
        if len(records) == 1 and before.deaths_alone >= DEATHS_ALONE and before.suspects(records):
            given_up = (*before.given_up, _name(records[0]))[-MOST_GIVEN_UP:]
            self._before = before = Before(given_up=given_up)
        if not before.given_up:
            return {}
        return {at: _WHY for at, one in enumerate(records) if _name(one) in before.given_up}

    @contextmanager
    def in_hand(self, records: Sequence[Record]) -> Iterator[None]:
        """Have these records in hand: if the process ends in here, or by what is raised, the next one knows them."""
        self._write(self._of(records))
        yield
        if self._before.given_up:
            self._write(Before(given_up=self._before.given_up))
        else:
            self._path.unlink(missing_ok=True)

    def _write(self, now: Before) -> None:
        self._path.write_text(json.dumps(asdict(now)))

    def _of(self, records: Sequence[Record]) -> Before:
        offsets: dict[tuple[str, int], list[int]] = {}
        for one in records:
            offsets.setdefault((one.topic, one.partition), []).append(one.offset)
        spans = {_place(*at): (min(each), max(each)) for at, each in offsets.items()}
        deaths = self._before.deaths_alone if self._before.suspects(records) else 0
        alone = deaths + 1 if len(records) == 1 else 0
        return replace(self._before, records=len(records), deaths_alone=alone, spans=spans)


def _place(topic: str, partition: int) -> str:
    return f"{topic}/{partition}"


def _name(record: Record) -> str:
    return f"{record.topic}/{record.partition}/{record.offset}"


def _read(path: Path) -> Before:
    """Read what the process before left; nothing where it ended in order or the file is torn."""
    with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
        found = json.loads(path.read_text())
        spans = {str(place): (int(first), int(last)) for place, (first, last) in found["spans"].items()}
        given_up = tuple(map(str, found["given_up"]))
        return Before(int(found["records"]), int(found["deaths_alone"]), spans, given_up)
    return Before()
