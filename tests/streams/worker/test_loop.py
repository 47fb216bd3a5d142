"""Every record ends in outputs, in a rejected record, or in a crash before it is acknowledged: never in silence."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from schemas.errors import Fatal, Reason, Transient
from schemas.records import codec
from schemas.records.kafka_record import Record
from schemas.topics import REJECTED_REPORTS
from streams.stage import Changes, Output, Result, Stage, State, Stateful
from streams.worker import delivery as broker
from streams.worker import loop, partitions
from streams.worker.partitions import Partition
from streams.worker.stage_runner import StageRunner
from streams.worker.state_store import PartitionStore
from tests.streams.fakes import NOW


def record(offset: int, value: bytes = b"good") -> Record:
    return Record("in", 0, offset, NOW, b"k", value, [("traceparent", b"00")])


def process(records: Sequence[Record], _: State, __: int) -> Result:
    """Raises at a bad record, as a bug would."""
    result = Result()
    for cause, one in enumerate(records):
        if one.value == b"bad":
            raise ZeroDivisionError
        result.outputs.append(Output("out", 0, b"k%d" % one.offset, one.value or b"", cause))
    return result


STAGE = Stage("test", "in", process, lambda one: ("a_pd", {"topic": "t", "partition": 0, "offset": one.offset}))


class Collecting:
    """A delivery that keeps what it gets, and refuses or fails as told."""

    def __init__(self, refuses: bytes = b"", fails: Exception | None = None) -> None:
        self.refuses, self.fails, self.delivered, self.starts = refuses, fails, list[Output](), 0
        self.committed: list[tuple[dict[tuple[str, int], int], str]] = []

    async def start(self) -> None:
        self.starts += 1

    async def stop(self) -> None: ...

    async def deliver(self, outputs: Sequence[Output], consumed: broker.Offsets, group: str = "") -> broker.Offsets:
        if self.fails:
            raise self.fails
        too_large = [o.cause for o in outputs if self.refuses and self.refuses in o.value and o.topic == "out"]
        if too_large:
            raise broker.SendRefused(too_large)
        self.delivered += outputs
        self.committed.append((dict(consumed), group))
        return {("out", 0): 1}


class FakeConsumer:
    def __init__(self) -> None:
        self.acknowledged: list[Any] = []
        self.dropped: list[Any] = []
        self.ours = True
        self.again = 0
        self.epoch = 0

    def assigned(self, _: str) -> list[int]:
        return [0, 2]

    def rewind(self) -> None:
        self.again += 1

    def is_current(self, _: Any) -> bool:
        return self.ours

    def acknowledge(self, batches: Any) -> None:
        self.acknowledged += batches

    def discard(self, batches: Any) -> None:
        self.dropped += batches


def batch(records: list[Record]) -> Any:
    partition = SimpleNamespace(topic="in", partition=0)
    return SimpleNamespace(
        epoch=0, records=records, span=SimpleNamespace(partition=partition, end=records[-1].offset + 1)
    )


async def settle(tmp_path: Path, delivery: Collecting, records: list[Record]) -> FakeConsumer:
    consumer = FakeConsumer()
    working = loop.Worker(STAGE, "none", "group", tmp_path)
    working.partitions._epoch = 0
    working.partitions.owned[0] = Partition(0, delivery, None)
    await working._process(consumer, 0, [batch(records)])  # type: ignore[arg-type]
    return consumer


def rejected(delivery: Collecting) -> list[dict[str, Any]]:
    return [
        codec.decode_trusted("rejected_report", output.value)
        for output in delivery.delivered
        if output.topic == REJECTED_REPORTS.name
    ]


async def test_a_batch_is_acknowledged_after_it_is_delivered(tmp_path: Path) -> None:
    delivery = Collecting()
    consumer = await settle(tmp_path, delivery, [record(0), record(1)])

    assert [output.key for output in delivery.delivered] == [b"k0", b"k1"]
    assert len(consumer.acknowledged) == 1


async def test_a_record_at_which_the_stage_fails_is_rejected_alone_byte_for_byte(tmp_path: Path) -> None:
    delivery = Collecting()
    consumer = await settle(tmp_path, delivery, [record(0), record(1, b"bad"), record(2)])

    (one,) = rejected(delivery)
    assert (one["reason"], one["stage"], one["offset"], one["value"]) == (Reason.STAGE_ERROR, "test", 1, b"bad")
    assert one["headers"] == [{"key": "traceparent", "value": b"00"}]
    assert one["source"] == {"topic": "t", "partition": 0, "offset": 1}
    assert [output.key for output in delivery.delivered if output.topic == "out"] == [b"k0", b"k2"]
    assert len(consumer.acknowledged) == 1


async def test_a_record_that_the_broker_will_never_take_is_rejected_alone(tmp_path: Path) -> None:
    delivery = Collecting(refuses=b"huge")
    await settle(tmp_path, delivery, [record(0), record(1, b"huge"), record(2)])

    assert [one["reason"] for one in rejected(delivery)] == [Reason.SEND_REFUSED]
    assert [output.key for output in delivery.delivered if output.topic == "out"] == [b"k0", b"k2"]
    assert delivery.starts == 1


async def test_trouble_of_the_broker_rejects_nothing_and_acknowledges_nothing(tmp_path: Path) -> None:
    consumer = FakeConsumer()
    working = loop.Worker(STAGE, "none", "group", tmp_path)
    working.partitions._epoch = 0
    working.partitions.owned[0] = Partition(0, Collecting(fails=Transient("away")), None)

    with pytest.raises(Transient):
        await working._process(consumer, 0, [batch([record(0)])])  # type: ignore[arg-type]
    assert consumer.acknowledged == []


async def test_a_fenced_worker_drops_its_batch_and_reads_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitions, "FENCED_PAUSE_S", 0)
    consumer = await settle(tmp_path, Collecting(fails=broker.Fenced()), [record(0)])

    assert (len(consumer.dropped), consumer.acknowledged, consumer.again) == (1, [], 1)


async def test_a_batch_of_a_partition_that_is_gone_is_dropped_before_it_is_delivered(tmp_path: Path) -> None:
    consumer, delivery = FakeConsumer(), Collecting()
    consumer.ours = False
    working = loop.Worker(STAGE, "none", "group", tmp_path)
    working.partitions._epoch = 0
    working.partitions.owned[0] = Partition(0, delivery, None)
    await working._process(consumer, 0, [batch([record(0)])])  # type: ignore[arg-type]

    assert (len(consumer.dropped), delivery.delivered) == (1, [])


async def test_records_of_one_agency_at_which_the_stage_fails_cost_no_other_a_thing(tmp_path: Path) -> None:
    """51 and more of them were once taken for a fault of the stage, which then died at every start."""
    delivery = Collecting()
    consumer = await settle(tmp_path, delivery, [record(at, b"good" if at == 300 else b"bad") for at in range(600)])

    assert len(rejected(delivery)) == 599
    assert [output.key for output in delivery.delivered if output.topic == "out"] == [b"k300"]
    assert len(consumer.acknowledged) == 1


def of_agencies() -> Stage:
    return replace(STAGE, trace=lambda one: (f"agency_{one.offset}", None))


async def test_a_stage_that_fails_everywhere_ends_the_process_once_and_then_goes_on_by_halves(tmp_path: Path) -> None:
    delivery, records = Collecting(), [record(at, b"bad") for at in range(8)]
    first = StageRunner(of_agencies(), tmp_path)
    with pytest.raises(Fatal, match="its own fault"):
        await first.deliver(records, delivery, None, {}, NOW)
    assert delivery.delivered == []

    restarted = StageRunner(of_agencies(), tmp_path)
    slices = list(restarted.slices(records))
    assert [len(some) for some in slices] == [4, 4]
    for some in slices:
        await restarted.deliver(some, delivery, None, {}, NOW)
    assert {one["reason"] for one in rejected(delivery)} == {Reason.STAGE_ERROR}
    assert len(rejected(delivery)) == 8


async def test_a_record_that_the_client_could_not_read_is_refused_by_its_position(tmp_path: Path) -> None:
    delivery, damaged = Collecting(), record(1)._replace(value=None, damage="a header's name is not UTF-8")
    await settle(tmp_path, delivery, [record(0), damaged, record(2)])

    (one,) = rejected(delivery)
    assert (one["reason"], one["offset"], one["detail"]) == (Reason.BAD_FRAME, 1, "a header's name is not UTF-8")
    assert [output.key for output in delivery.delivered if output.topic == "out"] == [b"k0", b"k2"]


async def test_a_rejection_that_the_broker_does_not_take_is_written_without_the_record(tmp_path: Path) -> None:
    class Small(Collecting):
        async def deliver(self, outputs: Sequence[Output], consumed: broker.Offsets, group: str = "") -> broker.Offsets:
            large = [output.cause for output in outputs if b"huge" in output.value]
            if large:
                raise broker.SendRefused(large)
            return await super().deliver(outputs, consumed, group)

    delivery = Small()
    await settle(tmp_path, delivery, [record(0), record(1, b"huge"), record(2)])

    (one,) = rejected(delivery)
    assert (one["reason"], one["offset"], one["value"]) == (Reason.SEND_REFUSED, 1, None)
    assert "value of 4 bytes" in one["detail"]
    assert [output.key for output in delivery.delivered if output.topic == "out"] == [b"k0", b"k2"]


async def test_what_cannot_be_kept_in_the_state_is_not_written_either(tmp_path: Path) -> None:
    """Else it would be found when it is read back, at every start."""

    def materialize(written: Sequence[Any], _: State) -> Changes:
        if any(value == b"unkeepable" for _, value in written):
            raise OverflowError
        return {b"key": b"value"}

    def making(records: Sequence[Record], state: State, now: int) -> Result:
        result = process(records, state, now)
        result.outputs = [replace(output, decoded={}) for output in result.outputs]
        return result

    state = Stateful("out", lambda _: {}, lambda at: [at], lambda *_: True, materialize)
    runner = StageRunner(replace(STAGE, process=making, state=state), tmp_path)
    delivery, store = Collecting(), PartitionStore(tmp_path / "out-0")
    await runner.deliver([record(0), record(1, b"unkeepable"), record(2)], delivery, store, {}, NOW)

    assert [one["offset"] for one in rejected(delivery)] == [1]
    assert [output.key for output in delivery.delivered if output.topic == "out"] == [b"k0", b"k2"]
    assert store.get_many([b"key"]) == [b"value"]
    store.close()


async def test_a_large_batch_is_delivered_slice_by_slice(tmp_path: Path) -> None:
    delivery = Collecting()
    await settle(tmp_path, delivery, [record(at) for at in range(600)])

    ends = [committed[("in", 0)] for committed, _ in delivery.committed]
    assert ends == [250, 600], "a fast stage gets twice as much next time"
    assert [output.key for output in delivery.delivered] == [b"k%d" % at for at in range(600)]
