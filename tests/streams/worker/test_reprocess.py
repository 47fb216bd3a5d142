"""Under another policy every current record is processed again, once, and nothing is lost meanwhile."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from schemas.records import codec
from schemas.records.kafka_record import Record
from schemas.runtime import kafka
from streams.stage import PolicySnapshot, Stateful
from streams.worker import loop, reprocess, restore
from streams.worker.partitions import Partition
from streams.worker.reprocess import Reprocessor
from streams.worker.state_store import PartitionStore
from tests.streams.worker.test_loop import STAGE, Collecting, FakeConsumer, batch, record


def current_policy(_: int) -> PolicySnapshot:
    return PolicySnapshot(b"1")


def stateful(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parts: list[list[Record]]) -> loop.Worker:
    """A worker of a stage with state whose current records are `parts`."""

    async def nothing_committed(*_: Any) -> int:
        return 7

    async def these(*_: Any) -> AsyncIterator[list[Record]]:
        for part in parts:
            yield part

    monkeypatch.setattr(reprocess, "committed", nothing_committed)
    monkeypatch.setattr(reprocess, "newest_records", these)
    state = Stateful("out", lambda _: {}, lambda at: [at], lambda *_: True, lambda *_: {}, policy_at=current_policy)
    return loop.Worker(replace(STAGE, state=state), "none", "group", tmp_path)


def reprocessor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parts: list[list[Record]]) -> Reprocessor:
    """What reprocesses `parts`, the current records of a partition."""
    return Reprocessor(stateful(tmp_path, monkeypatch, parts).partitions, current_policy)


async def test_under_another_policy_current_records_are_processed_again_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    working = reprocessor(tmp_path, monkeypatch, [[], [record(0), record(1)], [], [record(2)]])
    delivery, store = Collecting(), PartitionStore(tmp_path / "out-0")
    owned, policy = Partition(0, delivery, store), PolicySnapshot(b"1", {("orders", 0): 3})
    for _ in range(4):
        await working.step(owned, policy)
    assert [output.key for output in delivery.delivered] == [b"k0", b"k1", b"k2"]
    assert delivery.committed == [({}, "")] * 2, "no offset of the input is touched, and nothing is told before its end"

    for _ in range(3):
        await working.step(owned, policy)
    assert delivery.committed[2:] == [({("orders", 0): 3}, "group.shared-0")]

    await working.step(owned, PolicySnapshot(b"1", {("orders", 0): 4}))
    assert delivery.committed[3:] == [({("orders", 0): 4}, "group.shared-0")], "an order that changes nothing is told"
    assert len(delivery.delivered) == 3
    store.close()


async def test_another_policy_before_the_end_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    working = reprocessor(tmp_path, monkeypatch, [[record(0)], [record(1)]])
    delivery, store = Collecting(), PartitionStore(tmp_path / "out-0")
    owned = Partition(0, delivery, store)
    for fingerprint in (b"1", b"2", b"2", b"2", b"2"):
        await working.step(owned, PolicySnapshot(fingerprint))
    assert [output.key for output in delivery.delivered] == [b"k0", b"k0", b"k1"]

    await working.step(owned, PolicySnapshot(b"1"))
    assert owned.reprocessing is not None, "back to the former policy"
    store.close()


async def test_the_former_policy_before_the_end_is_processed_again_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    working = reprocessor(tmp_path, monkeypatch, [[record(0)], [record(1)]])
    delivery, store = Collecting(), PartitionStore(tmp_path / "out-0")
    owned = Partition(0, delivery, store)
    for fingerprint in (b"1", b"1", b"1", b"2", b"1", b"1", b"1", b"1"):
        await working.step(owned, PolicySnapshot(fingerprint))

    assert [output.key for output in delivery.delivered] == [b"k0", b"k1", b"k0", b"k0", b"k1"]
    store.close()


async def test_what_is_processed_meanwhile_is_not_processed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    working, consumer = stateful(tmp_path, monkeypatch, [[record(0)]]), FakeConsumer()
    store = PartitionStore(tmp_path / "out-0")
    working.partitions._epoch = 0
    working.partitions.owned[0] = owned = Partition(0, Collecting(), store)
    owned.reprocessing = await Reprocessor(working.partitions, current_policy).begin(0, PolicySnapshot(b"1"))
    await working._process(consumer, 0, [batch([record(5)])])  # type: ignore[arg-type]

    assert owned.reprocessing.superseded == {b"k"}
    store.close()


async def test_current_is_the_newest_record_of_each_key_that_was_processed(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [b"a", b"b", b"a", b"c", b"d", b"b"]
    log = [record(at)._replace(key=key) for at, key in enumerate(keys)]

    async def lists(*_: Any) -> AsyncIterator[tuple[list[Record], dict[tuple[str, int], int]]]:
        for at in (0, 3):
            yield log[at : at + 3], {}

    monkeypatch.setattr(kafka, "read_back", lists)
    monkeypatch.setattr(kafka, "PART_RECORDS", 2)
    passed: set[bytes | None] = set()
    found = []
    async for part in kafka.newest_records("none", ("in", 0), 5, passed):
        passed.add(b"d")
        found += [(one.key, one.offset) for one in part]

    assert found == [(b"b", 1), (b"a", 2), (b"c", 3)], "b at 5 is not taken yet, d came again meanwhile"


@pytest.mark.parametrize(("others", "kept"), [([], b"1"), ([record(3)], None)])
async def test_a_store_to_which_others_wrote_has_no_known_policy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, others: list[Record], kept: bytes | None
) -> None:
    async def since(*_: Any) -> AsyncIterator[tuple[list[Record], dict[tuple[str, int], int]]]:
        if others:
            yield others, {("out", 0): 4}

    monkeypatch.setattr(restore, "read_back", since)
    monkeypatch.setattr(codec, "decode_trusted", lambda *_: {})
    stage = stateful(tmp_path, monkeypatch, []).stage
    store = PartitionStore(tmp_path / "out-0")
    store.write({restore.FINGERPRINT: b"1"}, {})
    store.close()

    store = await restore.restored("none", stage, 0, tmp_path / "out-0", lambda: None)
    assert store.get_many([restore.FINGERPRINT]) == [kept]
    store.close()
