"""The sink's Kafka consumer, and its producer of rejections.

Records are read with `read_committed`, so that nothing of an open or aborted transaction of release is indexed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError, MessageSizeTooLargeError

from schemas.errors import Transient
from schemas.records.rejection import KafkaRecord, Rejection
from schemas.runtime import telemetry
from schemas.runtime.backoff import pause_s
from schemas.topics import REJECTED_REPORTS
from sinks.indexing.rejected import Refusal, rejected
from sinks.indexing.settings import IndexSettings

HEARTBEAT_MS = 3_000
# For all partitions together: 2,000 records of 3 kB are 6 MB. A larger record is still fetched, alone.
FETCH_BYTES = 16 * 1024 * 1024
PARTITION_FETCH_BYTES = 4 * 1024 * 1024
REQUEST_TIMEOUT_MS = 30_000
# The default, 100, logs 40 lines a second while the broker is unavailable.
RETRY_MS = 500
_log = telemetry.logger(__name__)


class _Revoked(ConsumerRebalanceListener):  # type: ignore[misc]
    def __init__(self, source: "KafkaSource") -> None:
        self._source = source

    async def on_partitions_revoked(self, revoked: Collection[Any]) -> None:
        """Finish the batches in flight before the partitions are given up, and begin a new epoch."""
        # Empty when the group is joined for the first time.
        if revoked:
            _log.info("partitions_revoked", partitions=sorted(tp.partition for tp in revoked))
            await self._source.release()
            self._source.epoch += 1

    async def on_partitions_assigned(self, assigned: Collection[Any]) -> None:
        """Log the partitions that this process reads from now on."""
        _log.info("partitions_assigned", partitions=sorted(tp.partition for tp in assigned))


class KafkaSource:
    """`sinks.indexing.consume.Source` on one topic, as a member of a consumer group."""

    def __init__(self, bootstrap: str, topic: str, group: str, settings: IndexSettings) -> None:
        self.epoch = 0
        self._topic, self._records = topic, settings.poll_records
        self._release: Callable[[], Awaitable[None]] | None = None
        self._consumer: Any = None
        self._options = {
            "bootstrap_servers": bootstrap,
            "group_id": group,
            "isolation_level": "read_committed",
            "enable_auto_commit": False,
            "auto_offset_reset": "earliest",
            "session_timeout_ms": int(settings.session_timeout_s * 1000),
            "heartbeat_interval_ms": HEARTBEAT_MS,
            "retry_backoff_ms": RETRY_MS,
            "max_poll_interval_ms": int(settings.poll_interval_s * 1000),
            "fetch_max_bytes": FETCH_BYTES,
            "max_partition_fetch_bytes": PARTITION_FETCH_BYTES,
        }

    async def start(self) -> None:
        """Join the group, retrying without end while Kafka or the topic is not available."""

        def consumer() -> Any:
            joining = AIOKafkaConsumer(**self._options)
            joining.subscribe([self._topic], listener=_Revoked(self))
            return joining

        self._consumer = await _started(consumer)

    def on_release(self, release: Callable[[], Awaitable[None]]) -> None:
        """Call `release` before partitions are revoked, so that batches in flight can finish and commit."""
        self._release = release

    async def release(self) -> None:
        """Finish and commit before partitions are revoked."""
        if self._release is not None:
            await self._release()

    async def poll(self, seconds: float) -> dict[int, list[KafkaRecord]]:
        """See `sinks.indexing.consume.Source`."""
        try:
            lists = await self._consumer.getmany(timeout_ms=int(seconds * 1000), max_records=self._records)
        except KafkaError as exc:
            raise Transient(f"{self._topic} cannot be read ({type(exc).__name__})") from exc
        return {tp.partition: records for tp, records in lists.items()}

    async def keep_alive(self) -> None:
        """See `sinks.indexing.consume.Source`."""
        # Polling a partition that does not exist returns no records, and counts as a poll.
        await self._consumer.getmany(TopicPartition(self._topic, -1), timeout_ms=0)

    async def commit(self, offsets: dict[int, int]) -> bool:
        """See `sinks.indexing.consume.Source`."""
        try:
            await self._consumer.commit({TopicPartition(self._topic, p): offset for p, offset in offsets.items()})
        except (CommitFailedError, IllegalStateError):
            return False
        except KafkaError as exc:
            raise Transient(f"offsets cannot be committed ({type(exc).__name__})") from exc
        return True

    async def positions(self) -> dict[int, int]:
        """See `sinks.indexing.consume.Source`."""
        positions = {}
        for tp in self._consumer.assignment():
            try:
                async with asyncio.timeout(0.1):
                    positions[tp.partition] = await self._consumer.position(tp)
            except (IllegalStateError, TimeoutError):
                continue
        return positions

    async def ends(self) -> dict[int, int]:
        """See `sinks.indexing.consume.Source`."""
        try:
            ends = await self._consumer.end_offsets(list(self._consumer.assignment()))
        except KafkaError as exc:
            raise Transient(f"end offsets cannot be read ({type(exc).__name__})") from exc
        return {tp.partition: offset for tp, offset in ends.items()}

    async def stop(self) -> None:
        """Leave the group."""
        if self._consumer is not None:
            await self._consumer.stop()


class KafkaRejects:
    """`sinks.indexing.consume.Rejects` on the topic `rejected-reports`; `clock` returns UTC seconds."""

    def __init__(self, bootstrap: str, code_version: str, clock: Callable[[], float]) -> None:
        self._code_version, self._clock = code_version, clock
        self._producer: Any = None
        self._options = {
            "bootstrap_servers": bootstrap,
            "acks": "all",
            "enable_idempotence": True,
            "max_request_size": REJECTED_REPORTS.max_message_bytes,
            "request_timeout_ms": REQUEST_TIMEOUT_MS,
            "retry_backoff_ms": RETRY_MS,
        }

    async def start(self) -> None:
        """Connect, retrying without end while Kafka is not available."""
        self._producer = await _started(lambda: AIOKafkaProducer(**self._options))

    async def deliver(self, refusals: Sequence[Refusal]) -> None:
        """See `sinks.indexing.consume.Rejects`."""
        left, attempt = list(refusals), 0
        while left:
            answers = await asyncio.gather(*(self._send(refusal) for refusal in left), return_exceptions=True)
            failed = [(refusal, error) for refusal, error in zip(left, answers, strict=True) if error is not None]
            for _, error in failed:
                if not (isinstance(error, KafkaError) and error.retriable):
                    raise error
            left = [refusal for refusal, _ in failed]
            if failed:
                await _pause_after(failed[0][1], attempt)
                attempt += 1

    async def _send(self, refusal: Refusal) -> None:
        now = int(self._clock() * 1000)
        try:
            await self._send_record(rejected(refusal, now, self._code_version))
        except MessageSizeTooLargeError:
            # The broker is configured to accept less than `topics.toml` states.
            await self._send_record(rejected(refusal, now, self._code_version, bare=True))

    async def _send_record(self, record: Rejection) -> None:
        topic = REJECTED_REPORTS.name
        await self._producer.send_and_wait(topic, record.value, key=record.key, partition=record.partition)

    async def stop(self) -> None:
        """Send what is left and close the connection."""
        if self._producer is not None:
            await self._producer.stop()


async def _started(client: Callable[[], Any]) -> Any:
    """Return a new client once one of them has started; each that cannot is stopped."""
    attempt = 0
    while True:
        starting = client()
        try:
            await starting.start()
        except KafkaError as exc:
            await starting.stop()
            await _pause_after(exc, attempt)
            attempt += 1
        else:
            return starting


async def _pause_after(exc: BaseException, attempt: int) -> None:
    seconds = pause_s(attempt)
    _log.warning("kafka_trouble", error=type(exc).__name__, attempt=attempt + 1, seconds=seconds)
    await asyncio.sleep(seconds)
