"""Delivery of a stage's outputs.

The outputs become one batch per target partition, sent and awaited before anything is acknowledged. Stateful stages
send inside a transaction whose id is the partition's, so that the broker itself fences a worker that was presumed dead
(generation checks alone let it write: measured).
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import (
    KafkaError,
    MessageSizeTooLargeError,
    ProducerFenced,
    RecordListTooLargeError,
)

from schemas.errors import Transient
from streams.stage import Output

BATCH_BYTES = 768 * 1024
LARGEST_REQUEST = 24 * 1024 * 1024
REQUEST_TIMEOUT_MS = 30_000
TRANSACTION_TIMEOUT_MS = 60_000

Offsets = Mapping[tuple[str, int], int]
"""(topic, partition) -> next offset."""

_TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)


class SendRefused(Exception):
    """The broker will never accept some batches: reject the inputs `causes`, and send the rest again.

    Without causes, batches of several records were too large together; the next ones are smaller.
    """

    def __init__(self, causes: Iterable[int]) -> None:
        super().__init__("the broker refuses a batch as too large")
        self.causes = frozenset(causes)


class Fenced(Exception):
    """Another worker owns this partition now: what was read of it must not be delivered."""


class Delivery(Protocol):
    """Where a batch of outputs goes."""

    async def deliver(self, outputs: Sequence[Output], consumed: Offsets, group: str = "") -> Offsets:
        """Send `outputs` and, in a transaction, commit `consumed` with them, for `group` or else the stage's own group.

        Returns, once all is safe, the offset after the last record sent to each partition of the stage's state topic.
        Raises: SendRefused, after which `start` must come before the next call; Fenced; Transient.
        """
        ...

    async def start(self) -> None:
        """Connect; reconnect if connected already."""
        ...

    async def stop(self) -> None:
        """Close the connection."""
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
            # Batches of one partition are submitted one after the other: aiokafka's add_batch miscounts its timeout
            # when several tasks wait for one partition.
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
        # What was sent after a refused batch fails as well, as out of order: only the refusal is informative.
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


class _RestartableProducer:
    """A producer that is recreated after a refusal: the broker would wait for the refused batch, to keep the order."""

    def __init__(self, bootstrap: str, transactional_id: str | None) -> None:
        self._bootstrap, self._id = bootstrap, transactional_id
        self._producer: AIOKafkaProducer | None = None
        self._batch_bytes = BATCH_BYTES

    async def start(self) -> None:
        """Connect; a transactional id takes its partition over: the broker fences whoever owned it."""
        await self.stop()
        self._producer = _producer(self._bootstrap, self._id)
        await self._producer.start()
        if self._id is not None:
            await self._producer._txn_manager.wait_for_pid()

    async def stop(self) -> None:
        """Close the connection."""
        if self._producer is not None:
            await self._producer.stop()

    async def _sent(self, producer: AIOKafkaProducer, outputs: Sequence[Output]) -> dict[tuple[str, int], int]:
        try:
            return await _send(producer, outputs, self._batch_bytes)
        except SendRefused:
            self._batch_bytes = max(1, self._batch_bytes // 8)
            raise


class PlainDelivery(_RestartableProducer):
    """At-least-once delivery, for a stage without state: idempotent within this process, repeated after a crash."""

    def __init__(self, bootstrap: str) -> None:
        super().__init__(bootstrap, None)

    async def deliver(self, outputs: Sequence[Output], consumed: Offsets, group: str = "") -> Offsets:
        """Send `outputs`; the caller acknowledges `consumed`. Raises: Transient."""
        assert self._producer is not None
        try:
            await self._sent(self._producer, outputs)
        except KafkaError as exc:
            raise Transient(f"outputs could not be delivered: {type(exc).__name__}") from exc
        return {}


class TransactionalDelivery(_RestartableProducer):
    """Exactly-once delivery: outputs and consumed offsets in one transaction, for the owner of one input partition."""

    def __init__(self, bootstrap: str, group: str, transactional_id: str, state_topic: str) -> None:
        super().__init__(bootstrap, transactional_id)
        self._group, self._state_topic = group, state_topic

    async def deliver(self, outputs: Sequence[Output], consumed: Offsets, group: str = "") -> Offsets:
        """Send `outputs` and commit `consumed`, all or nothing. Raises: Transient, Fenced."""
        assert self._producer is not None
        try:
            await self._producer.begin_transaction()
            ends = await self._sent(self._producer, outputs)
            offsets = {TopicPartition(*target): offset for target, offset in consumed.items()}
            if offsets:
                await self._producer.send_offsets_to_transaction(offsets, group or self._group)
            await self._producer.commit_transaction()
        except ProducerFenced as exc:
            raise Fenced from exc
        except KafkaError as exc:
            raise Transient(f"transaction failed: {type(exc).__name__}") from exc
        return {target: end for target, end in ends.items() if target[0] == self._state_topic}
