"""Delivery with a Kafka that fails: nothing lost, nothing waits long, what waits on disk goes first."""

from itertools import count
from pathlib import Path

import pytest

from producers.delivery import spool
from producers.delivery.memory import MAX_MESSAGE_BYTES, MemoryKafka
from producers.delivery.sender import Sender
from producers.delivery.spool import Spool, SpooledRecord
from schemas.errors import Reason, Transient

TOPIC = "incident-reports.yuma_pd"


def _kafka(fails_after: int | None = None, silent: bool = False) -> MemoryKafka:
    return MemoryKafka(topics={TOPIC: [[]]}, fails_after=fails_after, silent=silent)


def _delivery(home: Path, kafka: MemoryKafka | Transient, timeout_s: float = 0.01) -> Sender:
    now = count(1)
    return Sender(kafka, home, timeout_s, lambda: next(now))


def _send(delivery: Sender, *numbers: int) -> None:
    for number in numbers:
        delivery.send("yuma_pd", b"%d" % number, b"value-%d" % number, number)


def _stored(kafka: MemoryKafka) -> list[int]:
    return [int(record.key) for record in kafka.topics[TOPIC][0]]


def _on_disk(home: Path) -> list[int]:
    found: list[int] = []

    def each(records: "object") -> int:
        found.extend(int(one.key) for one in records)  # type: ignore[attr-defined]
        return 0

    Spool(home, "yuma_pd").deliver(each)
    return found


def test_everything_is_acknowledged_when_kafka_answers(tmp_path: Path) -> None:
    kafka = _kafka()
    delivery = _delivery(tmp_path, kafka)
    _send(delivery, *range(2_000))
    delivery.close()
    assert (delivery.counts.acknowledged, delivery.counts.spooled, delivery.counts.problem) == (2_000, 0, None)
    assert _stored(kafka) == list(range(2_000))
    assert kafka.closed


def test_without_a_connection_everything_is_kept_with_its_own_time(tmp_path: Path) -> None:
    delivery = _delivery(tmp_path, Transient("no"))
    _send(delivery, 1, 2, 3)
    assert spool.record_counts(tmp_path) == {}
    delivery.flush()
    assert (delivery.counts.spooled, str(delivery.counts.problem)) == (3, "no")
    times: list[int] = []

    def each(records: "object") -> int:
        times.extend(one.timestamp_ms for one in records)  # type: ignore[attr-defined]
        return 0

    Spool(tmp_path, "yuma_pd").deliver(each)
    assert times == [1, 2, 3]


def test_after_the_first_failure_everything_goes_to_disk_in_order(tmp_path: Path) -> None:
    kafka = _kafka(fails_after=700)
    delivery = _delivery(tmp_path, kafka)
    _send(delivery, *range(3_000))
    delivery.close()
    assert _stored(kafka) == list(range(700))
    assert (delivery.counts.acknowledged, delivery.counts.spooled) == (700, 2_300)
    assert _on_disk(tmp_path) == list(range(700, 3_000))
    assert isinstance(delivery.counts.problem, Transient)


def test_kafka_that_says_nothing_is_given_up_once(tmp_path: Path) -> None:
    delivery = _delivery(tmp_path, _kafka(silent=True))
    _send(delivery, *range(10))
    delivery.close()
    assert (delivery.counts.acknowledged, delivery.counts.spooled) == (0, 10)
    assert "did not acknowledge" in str(delivery.counts.problem)


def test_topic_that_kafka_does_not_know_is_waited_for_once(tmp_path: Path) -> None:
    Spool(tmp_path, "yuma_pd").append(SpooledRecord(5, b"%d" % number, b"v") for number in range(100))
    replayed, sent = MemoryKafka(), MemoryKafka()
    _delivery(tmp_path, replayed).deliver_spool("yuma_pd")
    delivery = _delivery(tmp_path, sent)
    _send(delivery, *range(100))
    delivery.close()
    assert (len(replayed._waiting), len(sent._waiting)) == (1, 1)
    assert spool.record_counts(tmp_path) == {"yuma_pd": 200}


def test_what_is_not_acknowledged_is_bounded(tmp_path: Path) -> None:
    kafka = _kafka(silent=True)
    delivery = _delivery(tmp_path, kafka)
    for number in range(200):
        delivery.send("yuma_pd", b"%d" % number, b"x" * 1_000_000)
    assert not delivery.connected
    assert len(kafka._waiting) < 70
    delivery.close()
    assert delivery.counts.spooled == 200


def test_record_too_large_for_kafka_is_refused_and_the_others_are_not(tmp_path: Path) -> None:
    kafka = _kafka()
    delivery = _delivery(tmp_path, kafka)
    _send(delivery, 1)
    delivery.send("yuma_pd", b"2", b"x" * (MAX_MESSAGE_BYTES + 1), ("file", 7))
    _send(delivery, 3)
    delivery.close()
    assert _stored(kafka) == [1, 3]
    [(origin, rejected)] = delivery.counts.refusals
    assert (origin, rejected.reason) == (("file", 7), Reason.TOO_LARGE)
    assert spool.record_counts(tmp_path) == {}


def test_record_too_large_is_refused_also_while_kafka_is_given_up(tmp_path: Path) -> None:
    delivery = _delivery(tmp_path, _kafka(fails_after=0))
    _send(delivery, 1)
    delivery.send("yuma_pd", b"2", b"x", None)
    delivery.close()
    assert _on_disk(tmp_path) == [1, 2]


def test_spool_is_delivered_and_removed(tmp_path: Path) -> None:
    Spool(tmp_path, "yuma_pd").append(SpooledRecord(5, b"%d" % number, b"v") for number in range(3_000))
    kafka = _kafka()
    delivery = _delivery(tmp_path, kafka)
    delivery.deliver_spool("yuma_pd")
    _send(delivery, 9_999)
    delivery.close()
    assert _stored(kafka) == [*range(3_000), 9_999]
    assert {record.timestamp_ms for record in kafka.topics[TOPIC][0][5:3_000]} == {5}
    assert (delivery.counts.delivered, delivery.counts.acknowledged) == (3_000, 1)
    assert spool.record_counts(tmp_path) == {}


def test_spooled_record_of_a_clock_that_was_ahead_takes_the_present_time(tmp_path: Path) -> None:
    Spool(tmp_path, "yuma_pd").append([SpooledRecord(99_999, b"1", b"v")])
    kafka = _kafka()
    _delivery(tmp_path, kafka).deliver_spool("yuma_pd")
    assert [record.timestamp_ms for record in kafka.topics[TOPIC][0]] == [1]


@pytest.mark.parametrize("taken", [0, 1, 1_500, 2_999])
def test_spool_keeps_what_kafka_did_not_take(tmp_path: Path, taken: int) -> None:
    Spool(tmp_path, "yuma_pd").append(SpooledRecord(5, b"%d" % number, b"v") for number in range(3_000))
    kafka = _kafka(fails_after=taken)
    delivery = _delivery(tmp_path, kafka)
    delivery.deliver_spool("yuma_pd")
    _send(delivery, 9_999)
    delivery.close()
    assert _stored(kafka) == list(range(taken))
    assert _on_disk(tmp_path) == [*range(taken, 3_000), 9_999]
    assert delivery.counts.delivered == taken


def test_spooled_record_that_kafka_refuses_is_set_aside_and_does_not_block_the_others(tmp_path: Path) -> None:
    Spool(tmp_path, "yuma_pd").append(
        [SpooledRecord(5, b"1", b"v"), SpooledRecord(5, b"2", b"x" * 2_000_000), SpooledRecord(5, b"3", b"v")]
    )
    kafka = _kafka()
    delivery = _delivery(tmp_path, kafka)
    delivery.deliver_spool("yuma_pd")
    assert _stored(kafka) == [1, 3]
    assert [rejected.reason for _, rejected in delivery.counts.refusals] == [Reason.TOO_LARGE]
    assert Spool(tmp_path, "yuma_pd", spool.REFUSED).count() == 1
    assert spool.record_counts(tmp_path) == {}


def test_disk_that_takes_nothing_is_an_error_and_not_silence(tmp_path: Path) -> None:
    delivery = _delivery(tmp_path, Transient("no"))
    (tmp_path / "spool").write_text("in the way")
    _send(delivery, 1)
    with pytest.raises(Transient, match="yuma_pd"):
        delivery.flush()
