"""What the watchdog is told of a sink: whether something waits that it could do, and whether it gets on."""

import asyncio
from typing import Any

import pytest

from schemas.errors import Transient
from schemas.runtime.watchdog import Progress, ProgressMonitor, ThreadTime, Watchdog
from sinks.indexing import progress_check as module
from sinks.indexing.progress_check import ProgressCheck


class Standing:
    """A source, a sink, a writer, an index and a provision that stand still with records waiting."""

    def __init__(self) -> None:
        self.committed: dict[int, int] = {0: 5}
        self.last = 9
        self.bulks_done = self.created = 0
        self.in_trouble = False
        self.is_healthy = True
        self.answers = True

    async def ends(self) -> dict[int, int]:
        if not self.answers:
            raise Transient("no broker")
        return {0: self.last}

    async def healthy(self) -> bool:
        return self.is_healthy


class Told(Watchdog):
    """A watchdog whose thread is never started; `count` is how often it was told of something finished."""

    def __init__(self) -> None:
        super().__init__("index", end=lambda _: None)

    @property
    def count(self) -> int:
        return self._finished


def watching(standing: Any) -> tuple[Told, ProgressCheck]:
    told = Told()
    return told, ProgressCheck(told, standing, standing, standing, standing, standing)


@pytest.mark.parametrize(
    ("fields", "waits"),
    [
        ({}, True),
        ({"committed": {}}, True),
        ({"in_trouble": True}, False),
        ({"is_healthy": False}, False),
        ({"answers": False}, False),
        ({"committed": {0: 9}}, False),
    ],
)
async def test_what_the_sink_could_do_waits_and_what_others_have_to_do_does_not(
    fields: dict[str, object], waits: bool
) -> None:
    standing = Standing()
    for name, value in fields.items():
        setattr(standing, name, value)
    told, watch = watching(standing)

    await watch.check()

    assert told.waiting == waits
    assert told.count == 0


@pytest.mark.parametrize("more", [{"bulks_done": 1}, {"created": 1}, {"committed": {0: 6}}])
async def test_a_bulk_that_ended_an_index_made_and_an_offset_committed_are_progress(more: dict[str, object]) -> None:
    standing = Standing()
    told, watch = watching(standing)
    for name, value in more.items():
        setattr(standing, name, value)

    await watch.check()
    await watch.check()

    assert told.count == 1
    assert told.waiting


async def test_a_sink_that_sleeps_for_a_minute_with_records_waiting_is_stuck() -> None:
    standing = Standing()
    told, watch = watching(standing)
    judge = ProgressMonitor()
    await watch.check()

    looks = [
        judge.check(Progress(told.count, second, told.waiting), ThreadTime(0.0, float(second))) for second in range(90)
    ]

    assert looks[50] == ""
    assert looks[-1] == "asleep"


async def test_a_cancellation_in_the_moment_of_an_answer_ends_the_watching(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the sink ends: `asyncio.wait_for` of Python 3.11 would give the answer instead, and watch for ever."""
    monkeypatch.setattr(module, "CHECK_EVERY_S", 0.05)
    tasks: list[asyncio.Task[None]] = []

    class Ending(Standing):
        async def healthy(self) -> bool:
            tasks[0].cancel()
            return True

    _, watch = watching(Ending())
    tasks.append(asyncio.create_task(watch.run()))
    done, _ = await asyncio.wait(tasks, timeout=60)

    assert done
