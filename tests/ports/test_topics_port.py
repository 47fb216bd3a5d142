"""What commands ask of topics: the fake and the real Kafka must answer alike."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from aiokafka import AIOKafkaProducer, errors

from producers.delivery.kafka import Admin
from producers.delivery.memory import MemoryKafka
from schemas.errors import Denied, Transient
from schemas.runtime.settings import Endpoints
from schemas.runtime.topic_client import TopicClient, refusal
from sinks.access.ports import Topics
from tests.patience import patience
from tests.sinks.fakes import MemoryTopics

AT = 1_767_571_200_000


@dataclass
class _Kafka:
    """Either Kafka, and a topic of two partitions that is this test's own."""

    topics: Topics
    topic: str


@pytest.fixture(params=["memory", pytest.param("real", marks=pytest.mark.services)])
async def kafka(request: pytest.FixtureRequest) -> AsyncIterator[_Kafka]:
    topic = f"port-{uuid.uuid4().hex[:12]}"
    if request.param == "memory":
        memory = MemoryKafka()
        memory.create_topics({topic: (2, {})})
        yield _Kafka(MemoryTopics(memory), topic)
        return
    endpoints: Endpoints = request.getfixturevalue("endpoints")
    with Admin(endpoints.kafka) as admin:
        admin.create_topics({topic: (2, {})})
    client = TopicClient(endpoints.kafka, patience(10))
    yield _Kafka(client, topic)
    await client.close()


async def test_what_is_written_is_read_back_with_its_time(kafka: _Kafka) -> None:
    await kafka.topics.write(kafka.topic, b"a", b"one", AT)
    await kafka.topics.write(kafka.topic, b"b", b"two", AT + 1)

    assert kafka.topic in await kafka.topics.names()
    assert await kafka.topics.newest(kafka.topic) == {b"a": b"one", b"b": b"two"}
    found = [one async for one in kafka.topics.records(kafka.topic)]
    assert sorted((one.key, one.value, one.timestamp) for one in found) == [
        (b"a", b"one", AT),
        (b"b", b"two", AT + 1),
    ]


async def test_the_newest_value_of_a_key_is_current_and_its_records_are_counted(kafka: _Kafka) -> None:
    for key, value in ((b"a", b"one"), (b"b", b"x"), (b"a", b"two")):
        await kafka.topics.write(kafka.topic, key, value, AT)

    assert await kafka.topics.newest(kafka.topic) == {b"a": b"two", b"b": b"x"}
    assert [await kafka.topics.count(kafka.topic, key) for key in (b"a", b"b", b"c")] == [2, 1, 0]


async def test_without_the_topic_there_is_nothing(kafka: _Kafka) -> None:
    assert await kafka.topics.newest("port-nowhere") == {}
    assert await kafka.topics.count("port-nowhere", b"a") == 0
    assert [one async for one in kafka.topics.records("port-nowhere")] == []
    assert await kafka.topics.last(kafka.topic) is None


@pytest.mark.services
async def test_an_open_transaction_hides_its_records_and_its_markers_end_no_reading(endpoints: Endpoints) -> None:
    topic = f"port-{uuid.uuid4().hex[:12]}"
    with Admin(endpoints.kafka) as admin:
        admin.create_topics({topic: (1, {})})
    client = TopicClient(endpoints.kafka, patience(10))
    producer = AIOKafkaProducer(bootstrap_servers=endpoints.kafka, transactional_id=topic)
    await producer.start()
    for value, commits in ((b"kept", True), (b"aborted", False)):
        await producer.begin_transaction()
        await producer.send_and_wait(topic, value, b"k")
        assert (await client.newest(topic)).get(b"k") != value
        await (producer.commit_transaction() if commits else producer.abort_transaction())
    await producer.stop()

    assert await client.newest(topic) == {b"k": b"kept"}
    assert await client.count(topic, b"k") == 1
    await client.close()


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (errors.TopicAuthorizationFailedError("t"), Denied),
        (errors.ClusterAuthorizationFailedError(), Denied),
        (errors.SaslAuthenticationFailed(), Denied),
        (errors.PolicyViolationError(), Transient),
        (errors.KafkaConnectionError(), Transient),
        (TimeoutError(), Transient),
    ],
)
def test_a_refusal_is_denied_and_everything_else_may_be_tried_again(error: Exception, kind: type[Exception]) -> None:
    assert type(refusal("k:1", error)) is kind


async def test_a_kafka_that_is_away_is_said_in_one_sentence_and_in_time() -> None:
    client = TopicClient("127.0.0.1:1", patience(1))
    with pytest.raises(Transient, match=r"Kafka at 127\.0\.0\.1:1 does not answer"):
        await client.newest("t")
    with pytest.raises(Transient, match="does not answer"):
        await client.write("t", b"k", b"v", AT)
    await client.close()
