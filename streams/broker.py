"""Sending and reading back: the only module of the streams that imports aiokafka's clients.

A batch of outputs becomes one batch per target partition, sent and awaited before anything is acknowledged. Stateful
stages send inside a transaction whose id is the partition's, so that the broker itself fences a worker that was taken
for dead (generation checks alone let it write: measured).
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    KafkaError,
    MessageSizeTooLargeError,
    ProducerFenced,
    RecordListTooLargeError,
)

from schemas.errors import Transient
from streams.stage import Output, Record

BATCH_BYTES = 768 * 1024
LARGEST_REQUEST = 24 * 1024 * 1024
REQUEST_TIMEOUT_MS = 30_000
TRANSACTION_TIMEOUT_MS = 60_000
READ_BACK_TIMEOUT_S = 60.0

Offsets = Mapping[tuple[str, int], int]
"""(topic, partition) -> next offset."""

_TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)


class SendRefused(Exception):
    """The broker takes some batches never: the inputs `causes` are to be rejected, the rest is to be sent again.

    Without causes, batches of several records were too large together; the next ones are smaller.
    """

    def __init__(self, causes: Iterable[int]) -> None:
        super().__init__("the broker refuses a batch as too large")
        self.causes = frozenset(causes)


class Fenced(Exception):
    """Another worker owns this partition now: what was read of it is not ours to deliver."""


class Delivery(Protocol):
    """Where a batch of outputs goes; returns after all of it is safe, with the next offset of each target."""

    async def deliver(self, outputs: Sequence[Output], consumed: Offsets, group: str = "") -> Offsets:
        """Send `outputs` and, in a transaction, commit `consumed` with them: (topic, partition) -> next offset.

        The offsets are `group`'s, by default of the group that consumes. Returns, for the topic of the stage's state, the offset after the last record sent.
        Raises: SendRefused, after which `start` must come before the next call; Fenced; Transient.
        """
        ...

    async def start(self) -> None:
        """Connect, anew if need be."""
        ...

    async def stop(self) -> None:
        """Let go of the connection."""
        ...


def _producer(bootstrap: str, transactional_id: str | None = None) -> AIOKafkaProducer:
    return AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        enable_idempotence=True,
        compression_type="zstd",
        max_batch_size=LARGEST_REQUEST,
        max_request_size=LARGEST_REQUEST,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
        transactional_id=transactional_id,
        transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
    )


async def _send(producer: AIOKafkaProducer, outputs: Sequence[Output], batch_bytes: int) -> dict[tuple[str, int], int]:
    """Send one batch per target partition and await all. Raises: SendRefused, KafkaError."""
    targets: dict[tuple[str, int], list[Output]] = {}
    for output in outputs:
        targets.setdefault((output.topic, output.partition), []).append(output)
    sent: list[tuple[tuple[str, int], list[Output], asyncio.Future[Any]]] = []
    for target, group in targets.items():
        for chunk, builder in _batches(producer, group, batch_bytes):
            # Several batches of one partition are given one after the other: aiokafka's add_batch miscounts its
            # time-out when several tasks wait for one partition.
            sent.append((target, chunk, await producer.send_batch(builder, target[0], partition=target[1])))
    ends: dict[tuple[str, int], int] = {}
    refused: list[list[Output]] = []
    failed: list[BaseException] = []
    answers = await asyncio.gather(*(future for _, _, future in sent), return_exceptions=True)
    for (target, chunk, _), answer in zip(sent, answers, strict=True):
        if isinstance(answer, _TOO_LARGE):
            refused.append(chunk)
        elif isinstance(answer, BaseException):
            failed.append(answer)
        else:
            ends[target] = answer.offset + len(chunk)
    if refused:
        # What was sent behind a refused batch fails as well, being out of order: only the refusal tells anything.
        raise SendRefused(chunk[0].cause for chunk in refused if len(chunk) == 1)
    if failed:
        raise failed[0]
    return ends


def _batches(producer: AIOKafkaProducer, outputs: list[Output], batch_bytes: int) -> Iterable[tuple[list[Output], Any]]:
    chunk: list[Output] = []
    size = 0
    for output in outputs:
        if chunk and size + len(output.value) > batch_bytes:
            yield chunk, _built(producer, chunk)
            chunk, size = [], 0
        chunk.append(output)
        size += len(output.key) + len(output.value)
    if chunk:
        yield chunk, _built(producer, chunk)


def _built(producer: AIOKafkaProducer, chunk: list[Output]) -> Any:
    builder = producer.create_batch()
    for output in chunk:
        if builder.append(key=output.key, value=output.value, timestamp=None) is None:
            raise SendRefused([output.cause])
    builder.close()
    return builder


class _Producing:
    """A producer that is made anew after a refusal: the broker would wait for the refused batch, to keep the order."""

    def __init__(self, bootstrap: str, transactional_id: str | None) -> None:
        self._bootstrap, self._id = bootstrap, transactional_id
        self._producer: AIOKafkaProducer | None = None
        self._batch_bytes = BATCH_BYTES

    async def start(self) -> None:
        """Connect; a transactional id takes its partition over: the broker fences whoever had it."""
        await self.stop()
        self._producer = _producer(self._bootstrap, self._id)
        await self._producer.start()
        if self._id is not None:
            await self._producer._txn_manager.wait_for_pid()

    async def stop(self) -> None:
        """Let go of the connection."""
        if self._producer is not None:
            await self._producer.stop()

    async def _sent(self, producer: AIOKafkaProducer, outputs: Sequence[Output]) -> dict[tuple[str, int], int]:
        try:
            return await _send(producer, outputs, self._batch_bytes)
        except SendRefused:
            self._batch_bytes = max(1, self._batch_bytes // 8)
            raise


class PlainDelivery(_Producing):
    """At least once, for a stage that keeps nothing: idempotent within this process, repeated after a crash."""

    def __init__(self, bootstrap: str) -> None:
        super().__init__(bootstrap, None)

    async def deliver(self, outputs: Sequence[Output], consumed: Offsets, group: str = "") -> Offsets:
        """Send `outputs`; `consumed` is acknowledged by the caller. See `Delivery`."""
        assert self._producer is not None
        try:
            await self._sent(self._producer, outputs)
        except KafkaError as exc:
            raise Transient(f"outputs could not be delivered: {type(exc).__name__}") from exc
        return {}


class TransactionalDelivery(_Producing):
    """Exactly once: outputs and the consumed offsets in one transaction, for the owner of one input partition."""

    def __init__(self, bootstrap: str, group: str, transactional_id: str, state_topic: str) -> None:
        super().__init__(bootstrap, transactional_id)
        self._group, self._state_topic = group, state_topic

    async def deliver(self, outputs: Sequence[Output], consumed: Offsets, group: str = "") -> Offsets:
        """Send `outputs` and commit `consumed`, whole or not at all. See `Delivery`."""
        assert self._producer is not None
        try:
            await self._producer.begin_transaction()
            ends = await self._sent(self._producer, outputs)
            offsets = {TopicPartition(*target): offset for target, offset in consumed.items()}
            await self._producer.send_offsets_to_transaction(offsets, group or self._group)
            await self._producer.commit_transaction()
        except ProducerFenced as exc:
            raise Fenced from exc
        except KafkaError as exc:
            raise Transient(f"transaction failed: {type(exc).__name__}") from exc
        return {target: end for target, end in ends.items() if target[0] == self._state_topic}


def as_record(record: Any) -> Record:
    """Give a record of aiokafka as one of ours."""
    return Record(
        record.topic, record.partition, record.offset, record.timestamp, record.key, record.value, record.headers
    )


async def end_offsets(bootstrap: str, partitions: Sequence[tuple[str, int]]) -> dict[tuple[str, int], int]:
    """Ask the broker for the next offset of each (topic, partition)."""
    if not partitions:
        return {}
    async with _reader(bootstrap) as consumer:
        asked = [TopicPartition(*partition) for partition in partitions]
        # Assigned, the topics are looked up together; else one after the other, 0.1 s each. Paused, nothing is fetched.
        consumer.assign(asked)
        consumer.pause(*asked)
        ends = await consumer.end_offsets(asked)
        return {(tp.topic, tp.partition): offset for tp, offset in ends.items()}


def _reader(bootstrap: str) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=None,
        enable_auto_commit=False,
        # The default, latest, gives nothing at all with assign() and seek, without an error.
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        # What is read back ends at an end that was asked: waiting for more only takes time.
        fetch_max_wait_ms=20,
        max_partition_fetch_bytes=LARGEST_REQUEST,
        fetch_max_bytes=2 * LARGEST_REQUEST,
    )


async def topic_partitions(bootstrap: str, matches: Callable[[str], bool]) -> list[tuple[str, int]]:
    """List all (topic, partition) whose topic `matches`."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        topics = [topic for topic in await admin.list_topics() if matches(topic)]
        described = await admin.describe_topics(topics) if topics else []
        return sorted((one["topic"], part["partition"]) for one in described for part in one["partitions"])
    finally:
        await admin.close()


async def read_back(
    bootstrap: str, start: Mapping[tuple[str, int], int]
) -> AsyncIterator[tuple[list[Record], dict[tuple[str, int], int]]]:
    """Read every (topic, partition) from its offset to the end asked now, committed records only.

    Yields lists of records of one partition, with the positions reached so far.
    Raises: Transient when a partition does not move for READ_BACK_TIMEOUT_S.
    """
    partitions = [TopicPartition(*partition) for partition in start]
    async with _reader(bootstrap) as consumer:
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        beginnings = await consumer.beginning_offsets(partitions)
        left = {}
        for tp in partitions:
            first = max(start[(tp.topic, tp.partition)], beginnings[tp])
            if first < ends[tp]:
                consumer.seek(tp, first)
                left[tp] = ends[tp]
        if set(partitions) - set(left):
            consumer.pause(*(set(partitions) - set(left)))
        deadline = asyncio.get_running_loop().time() + READ_BACK_TIMEOUT_S
        reached: dict[tuple[str, int], int] = {}
        while left:
            lists = await consumer.getmany(timeout_ms=200, max_records=5000)
            for tp, records in lists.items():
                deadline = asyncio.get_running_loop().time() + READ_BACK_TIMEOUT_S
                reached[(tp.topic, tp.partition)] = records[-1].offset + 1
                yield [as_record(record) for record in records], dict(reached)
            for tp in list(left):
                # The position passes transaction markers, which no record shows.
                if await consumer.position(tp) >= left[tp]:
                    del left[tp]
            if asyncio.get_running_loop().time() > deadline:
                raise Transient(f"reading back does not move: {', '.join(f'{t.topic}/{t.partition}' for t in left)}")


async def follow(bootstrap: str, topic: str) -> AsyncIterator[tuple[list[Record], bool]]:
    """Read the one partition of `topic` from its beginning, for ever; gives at least one list a second, empty or not.

    With each comes whether everything is read that was there when reading began. Raises: Transient.
    """
    partition = TopicPartition(topic, 0)
    async with _reader(bootstrap) as consumer:
        consumer.assign([partition])
        try:
            end = (await consumer.end_offsets([partition]))[partition]
            await consumer.seek_to_beginning(partition)
            while True:
                lists = await consumer.getmany(timeout_ms=1000, max_records=5000)
                records = [as_record(record) for record in lists.get(partition, ())]
                yield records, await consumer.position(partition) >= end
        except KafkaError as exc:
            raise Transient(f"{topic} cannot be followed: {type(exc).__name__}") from exc
