"""The ports of publishing: the fake and the real Kafka must answer alike."""

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from producers.delivery.kafka import Admin, Producer
from producers.delivery.memory import MAX_MESSAGE_BYTES, MemoryKafka
from producers.delivery.port import RecordProducer, TopicAdmin
from schemas.errors import Configuration, Reason, Rejected, Transient
from schemas.runtime.settings import Endpoints
from tests.patience import patience, until

_SETTINGS = {"cleanup.policy": "delete", "max.message.bytes": str(MAX_MESSAGE_BYTES), "retention.ms": "-1"}


@dataclass
class _Kafka:
    """Either Kafka, and a topic of two partitions that is this test's own."""

    sending: RecordProducer
    admin: TopicAdmin
    topic: str


@pytest.fixture(params=["memory", pytest.param("real", marks=pytest.mark.services)])
def kafka(request: pytest.FixtureRequest) -> Iterator[_Kafka]:
    topic = f"port-{uuid.uuid4().hex[:12]}"
    if request.param == "memory":
        memory = MemoryKafka()
        memory.create_topics({topic: (2, _SETTINGS)})
        yield _Kafka(memory, memory, topic)
        return
    endpoints: Endpoints = request.getfixturevalue("endpoints")
    admin, sending = Admin(endpoints.kafka), Producer(endpoints.kafka, patience(1))
    admin.create_topics({topic: (2, _SETTINGS)})
    yield _Kafka(sending, admin, topic)
    sending.close(patience(1))
    admin.close()


def _send(kafka: _Kafka, key: bytes, value: bytes | None) -> None:
    receipt = kafka.sending.send(kafka.topic, key, value)
    assert kafka.sending.wait(receipt, patience(10))
    assert receipt.exception is None


def test_record_is_acknowledged_and_read_back(kafka: _Kafka) -> None:
    _send(kafka, b"a", b"one")
    _send(kafka, b"b", b"two")
    assert kafka.admin.read_compacted(kafka.topic) == {b"a": b"one", b"b": b"two"}


def test_newest_value_of_a_key_stands_and_a_deleted_one_is_none(kafka: _Kafka) -> None:
    for value in (b"one", b"two"):
        _send(kafka, b"a", value)
    _send(kafka, b"b", b"three")
    _send(kafka, b"b", None)
    assert kafka.admin.read_compacted(kafka.topic) == {b"a": b"two", b"b": None}


def test_the_records_of_a_key_are_counted(kafka: _Kafka) -> None:
    for key in (b"a", b"b", b"a"):
        _send(kafka, key, b"x")
    assert [kafka.admin.count_keyed(kafka.topic, key) for key in (b"a", b"b", b"c")] == [2, 1, 0]
    assert kafka.admin.count_keyed("port-nowhere", b"a") == 0


def test_key_always_goes_to_the_same_partition(kafka: _Kafka) -> None:
    for _ in range(3):
        for key in range(20):
            kafka.sending.send(kafka.topic, b"%d" % key, b"x")
    _send(kafka, b"last", b"x")
    until(lambda: sum(kafka.admin.end_offsets([kafka.topic]).values()) >= 61)
    ends = kafka.admin.end_offsets([kafka.topic])
    # CRC-32 of 0 to 19, three times, and of "last".
    assert ends == {(kafka.topic, 0): 25, (kafka.topic, 1): 36}


def test_record_that_is_too_large_is_refused_for_its_own_sake(kafka: _Kafka) -> None:
    receipt = kafka.sending.send(kafka.topic, b"a", os.urandom(MAX_MESSAGE_BYTES + 100_000))
    assert kafka.sending.wait(receipt, patience(10))
    assert receipt.exception is not None
    verdict = kafka.sending.classify(receipt.exception)
    assert isinstance(verdict, Rejected)
    assert verdict.reason is Reason.TOO_LARGE
    _send(kafka, b"b", b"the next one is taken")


def test_topic_that_is_not_there_is_a_transient_failure(kafka: _Kafka) -> None:
    receipt = kafka.sending.send("port-nowhere", b"a", b"x")
    assert kafka.sending.wait(receipt, patience(10))
    assert receipt.exception is not None
    verdict = kafka.sending.classify(receipt.exception)
    assert isinstance(verdict, Transient)
    assert "authentication or network" in str(verdict)


def test_closing_leaves_no_receipt_open(kafka: _Kafka) -> None:
    receipts = [kafka.sending.send(kafka.topic, b"%d" % number, b"x" * 1_000) for number in range(500)]
    kafka.sending.close(0)
    assert all(receipt.is_done for receipt in receipts)
    acknowledged = sum(receipt.exception is None for receipt in receipts)
    assert sum(kafka.admin.end_offsets([kafka.topic]).values()) >= acknowledged


def test_making_topics_again_changes_nothing(kafka: _Kafka) -> None:
    other = kafka.topic + "-other"
    assert kafka.admin.create_topics({kafka.topic: (2, _SETTINGS), other: (1, _SETTINGS)}) == {other}
    assert kafka.admin.create_topics({kafka.topic: (2, _SETTINGS), other: (1, _SETTINGS)}) == set()
    assert {kafka.topic, other} <= kafka.admin.topic_names()
    assert set(kafka.admin.end_offsets([kafka.topic, other])) == {(kafka.topic, 0), (kafka.topic, 1), (other, 0)}


def test_nothing_is_told_of_topics_that_are_not_there(kafka: _Kafka) -> None:
    assert kafka.admin.end_offsets(["port-nowhere"]) == {}
    assert kafka.admin.end_offsets([]) == {}
    assert kafka.admin.read_compacted("port-nowhere") == {}


def test_new_topic_is_empty(kafka: _Kafka) -> None:
    empty = {(kafka.topic, 0): 0, (kafka.topic, 1): 0}
    assert kafka.admin.beginning_offsets([kafka.topic]) == kafka.admin.end_offsets([kafka.topic]) == empty
    assert kafka.admin.read_compacted(kafka.topic) == {}


@pytest.mark.services
def test_group_that_never_was_has_committed_nothing(endpoints: Endpoints) -> None:
    with Admin(endpoints.kafka) as admin:
        assert admin.group_offsets(f"port-{uuid.uuid4().hex}") == {}


@pytest.mark.services
def test_refused_setting_of_a_topic_is_a_matter_of_configuration(endpoints: Endpoints) -> None:
    with Admin(endpoints.kafka) as admin, pytest.raises(Configuration, match="port-bad"):
        admin.create_topics({"port-bad": (1, {"cleanup.policy": "sometimes"})})


@pytest.mark.services
def test_markers_and_aborted_records_are_nothing_that_remains(endpoints: Endpoints) -> None:
    import kafka as library

    topic = f"port-{uuid.uuid4().hex[:12]}"
    producer = library.KafkaProducer(bootstrap_servers=endpoints.kafka, transactional_id=topic)
    with Admin(endpoints.kafka) as admin:
        admin.create_topics({topic: (1, _SETTINGS)})
        producer.init_transactions()
        for ending in (producer.commit_transaction, producer.abort_transaction):
            producer.begin_transaction()
            producer.send(topic, b"value", key=b"key", partition=0)
            producer.flush()
            ending()
        end = _settled(admin, topic, 4)
        assert not admin.remaining_is_markers(topic, 0, 0, end)
        assert admin.remaining_is_markers(topic, 0, 1, end)
        assert admin.remaining_is_markers(topic, 0, end, end)
        producer.begin_transaction()
        producer.send(topic, b"value", key=b"key", partition=0)
        producer.flush()
        assert not admin.remaining_is_markers(topic, 0, end, end + 1)
        producer.commit_transaction()
        assert not admin.remaining_is_markers(topic, 0, end, end + 1)
    producer.close()


def _settled(admin: Admin, topic: str, end: int) -> int:
    """Markers are written a moment after the transaction has ended."""
    until(lambda: admin.end_offsets([topic])[topic, 0] >= end, seen=lambda: admin.end_offsets([topic]))
    return admin.end_offsets([topic])[topic, 0]
