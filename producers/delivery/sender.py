"""Delivering records: acknowledged by Kafka, or kept on disk, or refused with a reason; never lost, never waiting long.

After the first failure of Kafka everything goes to the spool for the rest of the run: waiting for each record's own
time-out would hold a dispatcher up for hours.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import monotonic

from producers.delivery.port import Receipt, RecordProducer
from producers.delivery.spool import REFUSED, Kept, Spool
from schemas.errors import PipelineError, Rejected, Transient
from schemas.topics import reports_topic

# Bounds on what waits for an acknowledgement, because kafka-python has none: memory, and what a kill repeats.
_PENDING_BYTES = 64 * 1024 * 1024
_PENDING = 50_000
_LOOK_EVERY = 512
_SAVE_EVERY = 1_000
_SAVE_BYTES = 8 * 1024 * 1024

_Pending = tuple[Receipt, str, Kept, object]
"""Receipt, agency, what was sent, and where it came from."""


@dataclass
class Tally:
    """What became of the records so far.

    `delivered` counts those taken from the spool; `refusals` pairs where a record came from with Kafka's reason;
    `problem` is why records were kept on disk.
    """

    acknowledged: int = 0
    delivered: int = 0
    spooled: int = 0
    refusals: list[tuple[object, Rejected]] = field(default_factory=list)
    problem: PipelineError | None = None


def _given_up(receipt: Receipt) -> bool:
    return receipt.is_done and receipt.exception is not None


class Delivery:
    """Hands records to a `Sending`; one thread at a time may use it.

    `timeout_s` bounds, in seconds, how long a record may stay unacknowledged.
    """

    def __init__(
        self, sending: RecordProducer | PipelineError, home: Path, timeout_s: float, now_ms: Callable[[], int]
    ) -> None:
        """Start with a connection, or with the reason why there is none: then everything is kept on disk."""
        self.tally = Tally()
        self._sending: RecordProducer | None = None
        if isinstance(sending, PipelineError):
            self.tally.problem = sending
        else:
            self._sending = sending
        self._home, self._now_ms = home, now_ms
        self._patience_s = timeout_s * 1.5 + 1
        self._pending: deque[_Pending] = deque()
        self._pending_bytes = 0
        self._look_in = _LOOK_EVERY
        self._unsaved: dict[str, list[Kept]] = {}
        self._unsaved_bytes = 0
        self._spools: dict[str, Spool] = {}

    @property
    def connected(self) -> bool:
        """False once records go to disk."""
        return self._sending is not None

    def send(self, agency_id: str, key: bytes, value: bytes, origin: object = None) -> None:
        """Take one framed record; `origin` comes back with a refusal. Raises: Transient when the disk is full too."""
        kept = Kept(self._now_ms(), key, value)
        if self._sending is None:
            self._keep(agency_id, kept)
            return
        receipt = self._sending.send(reports_topic(agency_id), key, value, kept.timestamp_ms)
        self._pending.append((receipt, agency_id, kept, origin))
        self._pending_bytes += len(value)
        if _given_up(receipt):
            # Not even taken, perhaps after waiting for a topic: the next record must not wait for it again.
            self._settle(0, 0)
        self._look_in -= 1
        if self._look_in <= 0 or self._pending_bytes > _PENDING_BYTES:
            self._look_in = _LOOK_EVERY
            self._settle(_PENDING, _PENDING_BYTES)

    def flush(self) -> None:
        """Wait until every record is acknowledged, refused or on disk. Raises: Transient when the disk is full too."""
        self._settle(0, 0)
        self._save()

    def fail(self, problem: PipelineError) -> None:
        """Give Kafka up for the rest of the run: what it has not acknowledged goes to disk, in order."""
        sending, self._sending = self._sending, None
        if sending is None:
            return
        self.tally.problem = problem
        sending.close(0)
        for receipt, agency_id, kept, origin in self._pending:
            if receipt.exception is None:
                self.tally.acknowledged += 1
            else:
                self._unacknowledged(sending.classify(receipt.exception), agency_id, kept, origin)
        self._pending.clear()
        self._pending_bytes = 0

    def close(self) -> None:
        """Flush, and end the connection."""
        self.flush()
        if self._sending is not None:
            self._sending.close(self._patience_s)
            self._sending = None

    def _settle(self, at_most: int, at_most_bytes: int) -> None:
        """Count what is done, and wait while more than so much is not."""
        deadline = monotonic() + self._patience_s
        pending = self._pending
        while pending and self._sending is not None:
            receipt, _, kept, origin = pending[0]
            if not receipt.is_done:
                if len(pending) <= at_most and self._pending_bytes <= at_most_bytes:
                    return
                if not self._sending.wait(receipt, max(0.0, deadline - monotonic())):
                    self.fail(Transient("Kafka does not acknowledge in time"))
                    return
                deadline = monotonic() + self._patience_s
            if receipt.exception is None:
                self.tally.acknowledged += 1
            else:
                verdict = self._sending.classify(receipt.exception)
                if not isinstance(verdict, Rejected):
                    self.fail(verdict)
                    return
                self.tally.refusals.append((origin, verdict))
            pending.popleft()
            self._pending_bytes -= len(kept.value)

    def _unacknowledged(self, verdict: Rejected | PipelineError, agency_id: str, kept: Kept, origin: object) -> None:
        if isinstance(verdict, Rejected):
            self.tally.refusals.append((origin, verdict))
        else:
            self._keep(agency_id, kept)

    def _keep(self, agency_id: str, kept: Kept) -> None:
        unsaved = self._unsaved.setdefault(agency_id, [])
        unsaved.append(kept)
        self._unsaved_bytes += len(kept.value)
        if len(unsaved) >= _SAVE_EVERY or self._unsaved_bytes >= _SAVE_BYTES:
            self._save()

    def _save(self) -> None:
        for agency_id, records in self._unsaved.items():
            try:
                self._spool(agency_id).keep(records)
            except OSError as exc:
                raise Transient(f"neither Kafka nor the spool of {agency_id} takes reports: {exc.strerror}") from exc
            self.tally.spooled += len(records)
        self._unsaved.clear()
        self._unsaved_bytes = 0

    def _spool(self, agency_id: str) -> Spool:
        # One per run: it knows how far the file is sound, and does not read it again for every append.
        return self._spools.get(agency_id) or self._spools.setdefault(agency_id, Spool(self._home, agency_id))

    def deliver_spool(self, agency_id: str) -> None:
        """Deliver what an earlier run kept on disk for this agency, before anything new is sent."""
        if self._sending is not None:
            self._spool(agency_id).deliver(partial(self._replay, agency_id, self._sending))

    def _replay(self, agency_id: str, sending: RecordProducer, records: Iterator[Kept]) -> int:
        done, waiting, size = 0, deque[tuple[Receipt, Kept]](), 0
        for record in records:
            # A time in the future is of a wrong clock, which is why Kafka refused it: today's may be right.
            timestamp_ms = min(record.timestamp_ms, self._now_ms())
            receipt = sending.send(reports_topic(agency_id), record.key, record.value, timestamp_ms)
            waiting.append((receipt, record))
            size += len(record.value)
            while waiting and (len(waiting) > _SAVE_EVERY or size > _SAVE_BYTES or _given_up(receipt)):
                if not self._replayed(agency_id, sending, *waiting[0]):
                    return done
                done = waiting[0][1].end
                size -= len(waiting.popleft()[1].value)
        for receipt, record in waiting:
            if not self._replayed(agency_id, sending, receipt, record):
                return done
            done = record.end
        return done

    def _replayed(self, agency_id: str, sending: RecordProducer, receipt: Receipt, record: Kept) -> bool:
        if not sending.wait(receipt, self._patience_s):
            self.fail(Transient("Kafka does not acknowledge in time"))
            return False
        if receipt.exception is None:
            self.tally.delivered += 1
            return True
        verdict = sending.classify(receipt.exception)
        if not isinstance(verdict, Rejected):
            self.fail(verdict)
            return False
        Spool(self._home, agency_id, REFUSED).keep([record])
        self.tally.refusals.append((f"spool of {agency_id}", verdict))
        return True
