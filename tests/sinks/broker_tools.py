"""Topics, records and offsets of a real Kafka, for the tests of the sink."""

import random
from collections.abc import Iterable, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from schemas.records import codec
from schemas.records.audit import RejectedReport
from schemas.topics import (
    AGENCIES,
    AGREEMENTS,
    PURGES,
    REJECTED_REPORTS,
    RELEASED_INCIDENTS,
    Topic,
    consumer_group,
    partition_for,
)


def unused_generation() -> int:
    """A generation of this test alone: its topic, group and indices meet those of no other."""
    return random.randint(10, 999_999)


async def make_topic(kafka: str, topic: Topic, generation: int) -> None:
    """Make a topic as `init` does, unless it exists."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        name = topic.at(generation)
        if name not in await admin.list_topics():
            await admin.create_topics([NewTopic(name, topic.partitions, 1, topic_configs=topic.settings())])
    finally:
        await admin.close()


async def make_topics(kafka: str, generation: int) -> None:
    """Make the topics that the sink reads, follows and writes."""
    await make_topic(kafka, RELEASED_INCIDENTS, generation)
    for topic in (REJECTED_REPORTS, AGENCIES, AGREEMENTS, PURGES):
        await make_topic(kafka, topic, generation)


async def publish(kafka: str, generation: int, records: Sequence[Any], abort: bool = False) -> None:
    """Write ReleasedIncidents, or bytes as they are, in one transaction, as release does."""
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka, transactional_id=f"tests-{generation}", max_request_size=20 * 1024 * 1024
    )
    topic = RELEASED_INCIDENTS.at(generation)
    await producer.start()
    try:
        await producer.begin_transaction()
        for record in records:
            value = record if isinstance(record, bytes) else codec.encode("released_incident", record)
            target = 0 if isinstance(record, bytes) else partition_for(record["audience"], RELEASED_INCIDENTS)
            await producer.send(topic, value, key=b"k", partition=target, headers=[("h", b"1")])
        await (producer.abort_transaction() if abort else producer.commit_transaction())
    finally:
        await producer.stop()


async def send(kafka: str, topic: Topic, key: bytes, value: bytes) -> None:
    """Write one record to the first partition of a topic."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    await producer.start()
    try:
        await producer.send_and_wait(topic.name, value, key=key, partition=0)
    finally:
        await producer.stop()


async def rejected_of(kafka: str, generation: int) -> list[RejectedReport]:
    """Read what was rejected of this generation's topic."""
    topic = RELEASED_INCIDENTS.at(generation)
    partitions = [TopicPartition(REJECTED_REPORTS.name, p) for p in range(REJECTED_REPORTS.partitions)]
    found: list[Any] = []
    async for record in _all(kafka, partitions):
        told = codec.decode_trusted("rejected_report", record.value)
        if told["topic"] == topic:
            assert record.partition == partition_for(topic, REJECTED_REPORTS)
            assert record.key == f"{topic}/{told['partition']}/{told['offset']}/index".encode()
            found.append(told)
    return found


async def _all(kafka: str, partitions: Iterable[TopicPartition]) -> Any:
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(list(partitions))
        ends = await consumer.end_offsets(list(partitions))
        for tp, end in ends.items():
            while await consumer.position(tp) < end:
                for record in (await consumer.getmany(tp, timeout_ms=1000)).get(tp, []):
                    yield record
    finally:
        await consumer.stop()


async def lag(kafka: str, generation: int) -> int:
    """How many offsets, markers too, the sink's group has not committed."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka, group_id=consumer_group("index", generation), enable_auto_commit=False
    )
    await consumer.start()
    try:
        topic = RELEASED_INCIDENTS.at(generation)
        partitions = [TopicPartition(topic, p) for p in range(RELEASED_INCIDENTS.partitions)]
        ends = await consumer.end_offsets(partitions)
        return sum([end - (await consumer.committed(tp) or 0) for tp, end in ends.items()])
    finally:
        await consumer.stop()
