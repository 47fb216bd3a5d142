"""Read a topic up to its present end through kafka-python, outside any consumer group."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import kafka
from kafka import errors
from kafka.structs import TopicPartition

from producers.delivery.kafka.connection import translated_errors

_POLL_MS = 100
_OPEN_TRANSACTION_S = 1.0


class TopicReader:
    """Read committed records of small topics; give up after `timeout_ms` milliseconds without progress."""

    def __init__(self, server: str, timeout_ms: int) -> None:
        self._server, self._timeout_ms = server, timeout_ms

    def remaining_is_markers(self, topic: str, partition: int, start: int, end: int) -> bool:
        """Return whether no committed record is at an offset in [start, end); False while a transaction is open there.

        Raises: Transient, Denied.
        """
        at = TopicPartition(topic, partition)
        with self._consumer() as consumer:
            consumer.assign([at])
            consumer.seek(at, start)
            try:
                return not any(True for _ in self._records(consumer, {at: end}, _OPEN_TRANSACTION_S))
            except errors.KafkaTimeoutError:
                return False

    def read_compacted(self, topic: str) -> dict[bytes, bytes | None]:
        """Return key -> newest value up to the present end, None where deleted; {} where there is no such topic.

        Raises: Transient, Denied.
        """
        with self._consumer() as consumer:
            partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
            return {record.key: record.value for record in self._all_records(consumer, partitions)}

    def count_keyed(self, topic: str, key: bytes) -> int:
        """Count the records of a key that the topic still holds; reads the whole partition; 0 without a topic.

        Raises: Transient, Denied.
        """
        with self._consumer() as consumer:
            numbers = sorted(consumer.partitions_for_topic(topic) or ())
            partitions = [TopicPartition(topic, numbers[zlib.crc32(key) % len(numbers)])] if numbers else []
            return sum(record.key == key for record in self._all_records(consumer, partitions))

    @contextmanager
    def _consumer(self) -> Iterator[Any]:
        with translated_errors(self._server):
            consumer = kafka.KafkaConsumer(
                bootstrap_servers=self._server,
                client_id="interagency-inspect",
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                isolation_level="read_committed",
                bootstrap_timeout_ms=self._timeout_ms,
                request_timeout_ms=self._timeout_ms,
                metrics_enabled=False,
            )
            try:
                yield consumer
            finally:
                consumer.close(autocommit=False)

    def _all_records(self, consumer: Any, partitions: list[TopicPartition]) -> Iterator[Any]:
        if not partitions:
            return
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        yield from self._records(consumer, consumer.end_offsets(partitions), self._timeout_ms / 1000)

    def _records(self, consumer: Any, ends: dict[TopicPartition, int], patience_s: float) -> Iterator[Any]:
        """Yield the records before `ends`. Raises: KafkaTimeoutError after `patience_s` seconds without progress."""
        last_positions, deadline = None, 0.0
        while True:
            positions = [consumer.position(at, timeout_ms=self._timeout_ms) for at in ends]
            if all(place is not None and place >= end for place, end in zip(positions, ends.values(), strict=True)):
                return
            if positions != last_positions:
                last_positions, deadline = positions, monotonic() + patience_s
            elif monotonic() >= deadline:
                raise errors.KafkaTimeoutError("the end was not reached")
            for at, records in consumer.poll(timeout_ms=_POLL_MS).items():
                yield from (record for record in records if record.offset < ends[at])
