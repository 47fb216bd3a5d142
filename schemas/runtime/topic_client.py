"""What a command asks of Kafka: names, records and counts of topics, and the writing of single records; all bounded."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from aiokafka import AIOKafkaProducer, errors
from aiokafka.admin import AIOKafkaAdminClient

from schemas.errors import Denied, PipelineError, Transient
from schemas.records.kafka_record import Record
from schemas.runtime.kafka import end_offsets, read_back, topic_partitions
from schemas.topics import INCIDENT_REPORTS

_DENIED = (
    errors.TopicAuthorizationFailedError,
    errors.GroupAuthorizationFailedError,
    errors.ClusterAuthorizationFailedError,
    errors.SaslAuthenticationFailed,
)
_STOP_S = 5.0


def refusal(bootstrap: str, exc: BaseException) -> PipelineError:
    """Return what an error of aiokafka means to a user: Denied where an ACL or a login refuses, else Transient."""
    name = type(exc).__name__
    if isinstance(exc, _DENIED):
        return Denied(f"Kafka at {bootstrap} does not allow this: {name}")
    if isinstance(exc, errors.BrokerResponseError) and not exc.retriable:
        return Transient(f"Kafka at {bootstrap} refuses with {name}; see its log")
    # A wrong password can look like a broker that never answers, so both causes are named.
    return Transient(f"Kafka at {bootstrap} does not answer: authentication or network ({name})")


class TopicClient:
    """Reads topics whole and writes single records; each wait is at most `timeout_s` seconds without progress.

    Every method raises Transient when Kafka does not answer in time, and Denied when it does not allow it.
    """

    def __init__(self, bootstrap: str, timeout_s: float) -> None:
        self._bootstrap, self._timeout_s = bootstrap, timeout_s
        self._producer: Any = None

    @contextmanager
    def _answered(self) -> Iterator[None]:
        try:
            yield
        except (errors.KafkaError, OSError, TimeoutError) as exc:
            raise refusal(self._bootstrap, exc) from exc

    async def names(self) -> set[str]:
        """Return the names of all topics but Kafka's own."""
        with self._answered():
            async with asyncio.timeout(self._timeout_s):
                admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
                await admin.start()
                try:
                    return {name for name in await admin.list_topics() if not name.startswith("__")}
                finally:
                    await admin.close()

    async def _partitions(self, topic: str) -> list[tuple[str, int]]:
        async with asyncio.timeout(self._timeout_s):
            return await topic_partitions(self._bootstrap, topic.__eq__)

    async def records(self, topic: str) -> AsyncIterator[Record]:
        """Yield every record of a topic up to its present end, committed ones only; none without the topic.

        Raises: Transient.
        """
        with self._answered():
            partitions = await self._partitions(topic)
            async for records, _ in read_back(self._bootstrap, dict.fromkeys(partitions, 0), self._timeout_s):
                for record in records:
                    yield record

    async def newest(self, topic: str) -> dict[bytes, bytes | None]:
        """Return key -> newest value of a small topic, None where it was deleted; {} without the topic.

        Raises: Transient.
        """
        return {record.key or b"": record.value async for record in self.records(topic)}

    async def count(self, topic: str, key: bytes) -> int:
        """Return how many records of a key a topic still has, all of its partition read; 0 without the topic.

        Raises: Transient.
        """
        with self._answered():
            partitions = await self._partitions(topic)
            if not partitions:
                return 0
            start = {partitions[zlib.crc32(key) % len(partitions)]: 0}
            parts = read_back(self._bootstrap, start, self._timeout_s)
            return sum([record.key == key async for records, _ in parts for record in records])

    async def last(self, topic: str) -> Record | None:
        """Return the record before the end of partition 0 of a topic without transactions; None where it is empty.

        Raises: Transient.
        """
        partition = topic, 0
        newest: Record | None = None
        with self._answered():
            async with asyncio.timeout(self._timeout_s):
                end = (await end_offsets(self._bootstrap, [partition]))[partition]
            async for records, _ in read_back(self._bootstrap, {partition: max(0, end - 1)}, self._timeout_s):
                newest = records[-1]
        return newest

    async def write(self, topic: str, key: bytes, value: bytes, at: int) -> None:
        """Write one record of UTC milliseconds `at`, and return when every replica has it.

        Its partition is the CRC-32 of its key, as everywhere in this project. Raises: Transient.
        """
        with self._answered():
            try:
                async with asyncio.timeout(self._timeout_s):
                    producer = await self._connected()
                    partitions = sorted(await producer.partitions_for(topic))
                    await producer.send_and_wait(topic, value, key, partitions[zlib.crc32(key) % len(partitions)], at)
            except TimeoutError:
                await self.close()
                raise Transient(
                    f"Kafka did not acknowledge the record within {self._timeout_s:g} s; run the command again"
                ) from None

    async def _connected(self) -> Any:
        if self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap,
                client_id="interagency-orders",
                acks="all",
                enable_idempotence=True,
                compression_type="zstd",
                max_request_size=INCIDENT_REPORTS.max_message_bytes,
                request_timeout_ms=max(1000, int(self._timeout_s * 1000)),
            )
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
            self._producer = producer
        return self._producer

    async def close(self) -> None:
        """End the connection, giving up what is not acknowledged."""
        producer, self._producer = self._producer, None
        if producer is not None:
            # An idempotent producer retries for ever, and its stop() waits for what it sent.
            with suppress(errors.KafkaError, TimeoutError):
                async with asyncio.timeout(_STOP_S):
                    await producer._sender.close()
                    await producer.stop()
