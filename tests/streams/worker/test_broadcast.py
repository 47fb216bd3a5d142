"""Every assigned partition processes each broadcast record once, at its own pace."""

from pathlib import Path

from streams.worker import loop
from streams.worker.partitions import Partition
from tests.streams.worker.test_loop import STAGE, Collecting, FakeConsumer, record


async def test_every_assigned_partition_processes_a_broadcast_record_once(tmp_path: Path) -> None:
    """An adjudication reaches all partitions, each tracks how far it is, and none commits for the group."""
    consumer, deliveries = FakeConsumer(), {0: Collecting(), 2: Collecting()}
    working = loop.Worker(STAGE, "none", "group", tmp_path)
    working.partitions._epoch = 0
    working.partitions.owned |= {number: Partition(number, delivery, None) for number, delivery in deliveries.items()}
    working.broadcast.records += [record(0), record(1)]
    await working.broadcast.distribute(consumer)  # type: ignore[arg-type]
    working.broadcast.records += [record(7)]
    await working.broadcast.distribute(consumer)  # type: ignore[arg-type]

    for number, delivery in deliveries.items():
        assert [output.key for output in delivery.delivered] == [b"k0", b"k1", b"k7"]
        group = f"group.shared-{number}"
        assert delivery.committed == [({("in", 0): 2}, group), ({("in", 0): 8}, group)]


async def test_after_a_rebalance_broadcast_records_are_processed_anew(tmp_path: Path) -> None:
    """What was known of partitions before a rebalance is void: another worker may have had them in between."""
    consumer, gone = FakeConsumer(), Collecting()
    working = loop.Worker(STAGE, "none", "group", tmp_path)
    working.partitions._epoch = 0
    working.partitions.owned[0] = Partition(0, gone, None)
    working.broadcast.records += [record(0)]
    consumer.epoch = 1
    consumer.assigned = lambda _: []  # type: ignore[method-assign]
    await working.broadcast.distribute(consumer)  # type: ignore[arg-type]

    assert (working.partitions.owned, working.partitions._epoch, gone.delivered) == ({}, 1, [])
