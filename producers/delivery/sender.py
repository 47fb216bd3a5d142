"""Deliver records: acknowledged by Kafka, written to disk, or refused with a reason; never lost, never waiting long.

After the first failure of Kafka everything goes to the spool for the rest of the run: waiting for each record's own
timeout would keep a dispatcher waiting for hours.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import monotonic

from producers.delivery.port import Receipt, RecordProducer
from producers.delivery.spool import REFUSED, Spool, SpooledRecord
from schemas.errors import PipelineError, Rejected, Transient
from schemas.topics import reports_topic

# Bounds on what is in flight, because kafka-python has none: they limit memory, and what a kill repeats.
_MAX_PENDING_BYTES = 64 * 1024 * 1024
_MAX_PENDING = 50_000
_SETTLE_EVERY = 512
_SAVE_EVERY = 1_000
_SAVE_BYTES = 8 * 1024 * 1024

_Pending = tuple[Receipt, str, SpooledRecord, object]
"""Receipt, agency, the record, and where it came from."""


@dataclass
class DeliveryCounts:
    """What became of the records so far.

    `delivered` counts those taken from the spool; `refusals` pairs where a record came from with Kafka's reason;
    `problem` is why records went to disk.
    """

    acknowledged: int = 0
    delivered: int = 0
    spooled: int = 0
    refusals: list[tuple[object, Rejected]] = field(default_factory=list)
    problem: PipelineError | None = None


def _is_failed(receipt: Receipt) -> bool:
    return receipt.is_done and receipt.exception is not None


class Sender:
    """Send records through a `RecordProducer`, or write them to disk; not for several threads at once."""

    def __init__(
        self, producer: RecordProducer | PipelineError, home: Path, timeout_s: float, now_ms: Callable[[], int]
    ) -> None:
        """Start with a connection, or with the reason why there is none: then everything goes to disk.

        `timeout_s` bounds, in seconds, how long a record may stay unacknowledged; `now_ms` returns UTC milliseconds.
        """
        self.counts = DeliveryCounts()
        self._producer: RecordProducer | None = None
        if isinstance(producer, PipelineError):
            self.counts.problem = producer
        else:
            self._producer = producer
        self._home, self._now_ms = home, now_ms
        self._patience_s = timeout_s * 1.5 + 1
        self._pending: deque[_Pending] = deque()
        self._pending_bytes = 0
        self._settle_in = _SETTLE_EVERY
        self._unsaved: dict[str, list[SpooledRecord]] = {}
        self._unsaved_bytes = 0
        self._spools: dict[str, Spool] = {}

    @property
    def connected(self) -> bool:
        """Return False once records go to disk."""
        return self._producer is not None

    def send(self, agency_id: str, key: bytes, value: bytes, origin: object = None) -> None:
        """Send one framed record; its refusal comes with `origin`. Raises: Transient when the disk fails too."""
        record = SpooledRecord(self._now_ms(), key, value)
        if self._producer is None:
            self._spool_later(agency_id, record)
            return
        receipt = self._producer.send(reports_topic(agency_id), key, value, record.timestamp_ms)
        self._pending.append((receipt, agency_id, record, origin))
        self._pending_bytes += len(value)
        if _is_failed(receipt):
            # Failed at once, perhaps after waiting for a topic: the next record must not wait for it again.
            self._settle(0, 0)
        self._settle_in -= 1
        if self._settle_in <= 0 or self._pending_bytes > _MAX_PENDING_BYTES:
            self._settle_in = _SETTLE_EVERY
            self._settle(_MAX_PENDING, _MAX_PENDING_BYTES)

    def flush(self) -> None:
        """Wait until every record is acknowledged, refused or on disk. Raises: Transient when the disk fails too."""
        self._settle(0, 0)
        self._save()

    def fail(self, problem: PipelineError) -> None:
        """Stop using Kafka for the rest of the run: unacknowledged records go to disk, in order."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        self.counts.problem = problem
        producer.close(0)
        for receipt, agency_id, record, origin in self._pending:
            if receipt.exception is None:
                self.counts.acknowledged += 1
                continue
            error = producer.classify(receipt.exception)
            if isinstance(error, Rejected):
                self.counts.refusals.append((origin, error))
            else:
                self._spool_later(agency_id, record)
        self._pending.clear()
        self._pending_bytes = 0

    def close(self) -> None:
        """Flush, and close the connection. Raises: Transient when the disk fails too."""
        self.flush()
        if self._producer is not None:
            self._producer.close(self._patience_s)
            self._producer = None

    def _settle(self, max_pending: int, max_bytes: int) -> None:
        """Count the records that are done, and wait while more than `max_pending` or `max_bytes` are not."""
        deadline = monotonic() + self._patience_s
        pending = self._pending
        while pending and self._producer is not None:
            receipt, _, record, origin = pending[0]
            if not receipt.is_done:
                if len(pending) <= max_pending and self._pending_bytes <= max_bytes:
                    return
                if not self._producer.wait(receipt, max(0.0, deadline - monotonic())):
                    self.fail(self._timed_out())
                    return
                deadline = monotonic() + self._patience_s
            if receipt.exception is None:
                self.counts.acknowledged += 1
            else:
                error = self._producer.classify(receipt.exception)
                if not isinstance(error, Rejected):
                    self.fail(error)
                    return
                self.counts.refusals.append((origin, error))
            pending.popleft()
            self._pending_bytes -= len(record.value)

    def _timed_out(self) -> Transient:
        return Transient(f"Kafka did not acknowledge a record within {self._patience_s:g} s")

    def _spool_later(self, agency_id: str, record: SpooledRecord) -> None:
        unsaved = self._unsaved.setdefault(agency_id, [])
        unsaved.append(record)
        self._unsaved_bytes += len(record.value)
        if len(unsaved) >= _SAVE_EVERY or self._unsaved_bytes >= _SAVE_BYTES:
            self._save()

    def _save(self) -> None:
        for agency_id, records in self._unsaved.items():
            try:
                self._spool(agency_id).append(records)
            except OSError as exc:
                raise Transient(f"neither Kafka nor the spool of {agency_id} takes reports: {exc.strerror}") from exc
            self.counts.spooled += len(records)
        self._unsaved.clear()
        self._unsaved_bytes = 0

    def _spool(self, agency_id: str) -> Spool:
        # One per run: it remembers how far the file is sound, and does not read it again for every append.
        return self._spools.get(agency_id) or self._spools.setdefault(agency_id, Spool(self._home, agency_id))

    def deliver_spool(self, agency_id: str) -> None:
        """Deliver what an earlier run wrote to disk for this agency, before anything new is sent."""
        if self._producer is not None:
            self._spool(agency_id).deliver(partial(self._send_spooled, agency_id, self._producer))

    def _send_spooled(self, agency_id: str, producer: RecordProducer, records: Iterator[SpooledRecord]) -> int:
        """Send spooled records; return the file position up to which all are acknowledged or refused."""
        done, in_flight, size = 0, deque[tuple[Receipt, SpooledRecord]](), 0
        for record in records:
            # A time in the future comes from a wrong clock, which is why Kafka refused it: now the clock may be right.
            timestamp_ms = min(record.timestamp_ms, self._now_ms())
            receipt = producer.send(reports_topic(agency_id), record.key, record.value, timestamp_ms)
            in_flight.append((receipt, record))
            size += len(record.value)
            while in_flight and (len(in_flight) > _SAVE_EVERY or size > _SAVE_BYTES or _is_failed(receipt)):
                if not self._settle_spooled(agency_id, producer, *in_flight[0]):
                    return done
                done = in_flight[0][1].end
                size -= len(in_flight.popleft()[1].value)
        for receipt, record in in_flight:
            if not self._settle_spooled(agency_id, producer, receipt, record):
                return done
            done = record.end
        return done

    def _settle_spooled(
        self, agency_id: str, producer: RecordProducer, receipt: Receipt, record: SpooledRecord
    ) -> bool:
        """Wait for one record; return whether it is acknowledged or refused, so that it can leave the spool."""
        if not producer.wait(receipt, self._patience_s):
            self.fail(self._timed_out())
            return False
        if receipt.exception is None:
            self.counts.delivered += 1
            return True
        error = producer.classify(receipt.exception)
        if not isinstance(error, Rejected):
            self.fail(error)
            return False
        Spool(self._home, agency_id, REFUSED).append([record])
        self.counts.refusals.append((f"spool of {agency_id}", error))
        return True
