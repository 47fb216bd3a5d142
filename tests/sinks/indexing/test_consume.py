"""The loop: an offset is committed only when each record before it has ended."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from schemas.errors import Configuration, Reason
from sinks.index.names import IndexName
from sinks.index.port import Answer
from sinks.indexing import consume as module
from sinks.indexing.consume import Consumer
from sinks.indexing.stats import IndexMetrics
from sinks.indexing.writer import Writer
from tests.patience import eventually, patience
from tests.sinks.factories import released
from tests.sinks.fakes import EachOnce, FakeRecord, FakeRejects, FakeSource, Moody, framed, no_sleep

ALIAS = "incidents-internal"


class World:
    """A sink on a Kafka and an index in memory."""

    def __init__(self) -> None:
        self.source, self.rejects, self.index, self.figures = FakeSource(), FakeRejects(), Moody(), IndexMetrics()
        writer = Writer(self.index, EachOnce(self.index), no_sleep)
        self.sink = Consumer(self.source, self.rejects, writer, self.figures, generation=1, in_flight=2)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the sink for as long as the block lasts; its orderly end is part of it."""
        task = asyncio.create_task(self.sink.run())
        try:
            yield
            self.sink.stop()
            async with asyncio.timeout(patience(5)):
                await task
        finally:
            task.cancel()

    def held(self) -> Callable[[], None]:
        """Hold writes back; give what lets them go."""
        gate = asyncio.Event()
        write = self.index.bulk

        async def bulk(operations: Any) -> list[Answer]:
            await gate.wait()
            return await write(operations)

        self.index.bulk = bulk  # type: ignore[method-assign]
        return gate.set


@pytest.fixture
def world() -> World:
    return World()


async def test_records_are_indexed_and_committed(world: World) -> None:
    async with world.running():
        world.source.give(framed(released(view_id="i1"), 0), framed(released(view_id="i2"), 1, partition=3))
        await eventually(lambda: world.source.committed == {0: 1, 3: 2})

    assert await world.index.count(ALIAS) == 2
    assert (world.figures.indexed, world.figures.stale, world.figures.rejected) == (2, 0, 0)


async def test_what_cannot_be_indexed_is_delivered_as_rejected_before_its_offset_is_committed(world: World) -> None:
    world.rejects.open.clear()
    async with world.running():
        world.source.give(
            framed(released(view_id="i1"), 0),
            FakeRecord(1, b"garbage"),
            FakeRecord(2, None),
            framed(released(view_id="i3", document=b'{"nonsense":1}'), 3),
            framed(released(view_id="x" * 600), 4),
            framed(released(view_id="i5"), 5),
        )
        await eventually(lambda: len(world.index.bulks) == 1)
        await asyncio.sleep(0.1)
        assert world.source.commits == []
        world.rejects.open.set()
        await eventually(lambda: world.source.committed == {0: 6})

    assert [(refusal.record.offset, refusal.why.reason) for refusal in world.rejects.delivered] == [
        (1, Reason.BAD_FRAME),
        (2, Reason.BAD_FRAME),
        (4, Reason.BAD_VALUE),
        (3, Reason.INDEX_REFUSED),
    ]
    assert (world.figures.indexed, world.figures.rejected) == (2, 4)


async def test_nothing_is_committed_past_a_batch_that_is_under_way(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LARGE_BATCH", 1)
    release_first = world.held()
    async with world.running():
        world.source.give(framed(released(view_id="i1"), 0))
        await eventually(lambda: world.sink.in_flight == 1)
        # Garbage alone has nothing to write: the second batch lands at once, behind the first.
        world.source.give(FakeRecord(1, b"garbage"))
        await eventually(lambda: len(world.rejects.delivered) == 1)
        await asyncio.sleep(0.1)
        assert world.source.commits == []

        release_first()
        await eventually(lambda: world.source.committed == {0: 2})


async def test_only_so_many_batches_are_under_way_and_the_group_hears_of_us(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEEP_ALIVE_S", 0.05)
    monkeypatch.setattr(module, "LARGE_BATCH", 1)
    release = world.held()
    async with world.running():
        for offset in range(5):
            world.source.give(framed(released(view_id=f"i{offset}"), offset))
        await eventually(lambda: world.source.stayed >= 2)
        assert world.sink.in_flight == 2
        assert world.source.batches.qsize() == 3

        release()
        await eventually(lambda: world.source.committed == {0: 5})


async def test_small_batches_grow_while_one_is_under_way(world: World) -> None:
    release = world.held()
    async with world.running():
        for offset in range(5):
            world.source.give(framed(released(view_id=f"i{offset}"), offset))
        await eventually(world.source.batches.empty)
        assert world.sink.in_flight == 2
        assert world.index.bulks == []

        release()
        await eventually(lambda: world.source.committed == {0: 5})

    assert world.index.bulks == [1, 4]


async def test_a_batch_that_grew_before_its_partitions_were_given_up_is_not_mixed_with_what_comes_after(
    world: World,
) -> None:
    release = world.held()
    async with world.running():
        for offset in range(2):
            world.source.give(framed(released(view_id=f"i{offset}"), offset))
        await eventually(lambda: world.sink.in_flight == 2)
        world.source.epoch += 1
        world.source.give(framed(released(view_id="i9"), 9, partition=3))
        await eventually(lambda: world.sink.in_flight == 3)
        release()
        await eventually(lambda: world.figures.indexed == 3)

    assert world.index.bulks == [1, 1, 1]


async def test_an_older_revision_in_a_batch_is_counted_as_stale(world: World) -> None:
    async with world.running():
        world.source.give(framed(released(revision=1), 0), framed(released(revision=2), 1))
        await eventually(lambda: world.source.committed == {0: 2})

    assert (world.figures.indexed, world.figures.stale) == (1, 1)


async def test_everything_again_changes_nothing_and_rejects_nothing_new(world: World) -> None:
    records = [framed(released(view_id=f"i{n}", revision=n + 1), n) for n in range(5)]
    async with world.running():
        world.source.give(*records)
        await eventually(lambda: world.source.committed == {0: 5})
        before = {name: await world.index.get(ALIAS, name) for name in ("i0", "i4")}
        world.source.give(*records)
        await eventually(lambda: world.figures.stale == 5)

    assert {name: await world.index.get(ALIAS, name) for name in ("i0", "i4")} == before
    assert world.rejects.delivered == []


async def test_transaction_markers_are_passed_when_nothing_is_under_way(world: World) -> None:
    async with world.running():
        world.source.give(framed(released(), 0))
        await eventually(lambda: world.source.committed == {0: 1})
        world.source.position[0] = 2
        await eventually(lambda: world.source.committed == {0: 2})


async def test_a_position_is_not_committed_while_its_records_are_under_way(world: World) -> None:
    release = world.held()
    async with world.running():
        world.source.give(framed(released(), 0))
        await eventually(lambda: world.sink.in_flight == 1)
        await asyncio.sleep(0.1)
        assert world.source.commits == []
        release()


async def test_positions_that_a_new_batch_overtook_are_not_committed(world: World) -> None:
    asked, answer = asyncio.Event(), asyncio.Event()

    async def positions() -> dict[int, int]:
        asked.set()
        await answer.wait()
        return dict(world.source.position)

    world.source.positions = positions  # type: ignore[method-assign]
    release = world.held()
    async with world.running():
        await asked.wait()
        world.source.give(framed(released(), 0))
        await eventually(lambda: world.sink.in_flight == 1)
        answer.set()
        await asyncio.sleep(0.1)

        assert world.source.commits == []
        release()


async def test_a_revocation_waits_for_what_is_under_way_and_commits_it(world: World) -> None:
    release = world.held()
    async with world.running():
        world.source.give(framed(released(), 0))
        await eventually(lambda: world.sink.in_flight == 1)
        revoking = asyncio.create_task(world.sink.release())
        await asyncio.sleep(0.05)
        assert not revoking.done()
        release()
        await revoking

        assert world.source.committed == {0: 1}


async def test_what_lands_after_its_partition_was_given_up_is_not_committed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REVOKE_S", 0.05)
    release = world.held()
    async with world.running():
        world.source.give(framed(released(), 7))
        await eventually(lambda: world.sink.in_flight == 1)
        await world.sink.release()
        world.source.epoch += 1
        world.source.position = {}
        release()
        await eventually(lambda: world.figures.indexed == 1)
        await asyncio.sleep(0.1)

        assert world.source.commits == []


async def test_a_commit_that_comes_too_late_is_no_error(world: World) -> None:
    world.source.owned = False
    async with world.running():
        world.source.give(framed(released(), 0))
        await eventually(lambda: world.figures.indexed == 1)
        await asyncio.sleep(0.1)

    assert world.source.commits == []


async def test_told_to_stop_it_finishes_and_commits(world: World) -> None:
    release = world.held()
    async with world.running():
        world.source.give(framed(released(), 0))
        await eventually(lambda: world.sink.in_flight == 1)
        world.sink.stop()
        release()

    assert world.source.committed == {0: 1}
    assert world.figures.indexed == 1


async def test_told_to_stop_while_the_index_is_down_it_ends_and_commits_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DRAIN_S", 0.1)
    world.held()
    async with world.running():
        world.source.give(framed(released(), 0))
        await eventually(lambda: world.sink.in_flight == 1)

    assert world.source.commits == []


async def test_what_is_not_expected_ends_it_and_commits_nothing(world: World) -> None:
    async def refuse(_: IndexName) -> None:
        raise Configuration("another type for a field")

    world.index.ensure = refuse  # type: ignore[method-assign, assignment]
    world.source.give(framed(released(), 0))

    with pytest.raises(ExceptionGroup) as caught:
        async with asyncio.timeout(patience(5)):
            await world.sink.run()

    assert caught.group_contains(Configuration)
    assert world.source.commits == []
