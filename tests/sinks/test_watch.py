"""Alive but stuck is told from waiting for others."""

import asyncio
from contextlib import suppress

import pytest

from schemas.errors import Transient
from sinks import watch as module
from sinks.watch import BLOCKED_S, EX_SOFTWARE, STUCK_S, Progress, Watch

LATE = STUCK_S + 1


def test_records_that_nobody_commits_for_a_minute_are_stuck() -> None:
    progress = Progress(0.0)

    assert not progress.stuck({0: 5}, {0: 9}, excused=False, now=0.0)
    assert not progress.stuck({0: 5}, {0: 9}, excused=False, now=STUCK_S)
    assert progress.stuck({0: 5}, {0: 9}, excused=False, now=LATE)


def test_a_partition_of_which_nothing_was_committed_is_looked_at() -> None:
    progress = Progress(0.0)
    progress.stuck({}, {3: 9}, excused=False, now=0.0)

    assert progress.stuck({}, {3: 9}, excused=False, now=LATE)


def test_moving_slowly_is_not_stuck() -> None:
    progress = Progress(0.0)

    assert not any(progress.stuck({0: n}, {0: 1000}, excused=False, now=n * STUCK_S * 0.9) for n in range(20))


def test_having_nothing_to_do_is_not_stuck() -> None:
    progress = Progress(0.0)

    assert not any(progress.stuck({0: 9}, {0: 9}, excused=False, now=n * LATE) for n in range(5))


def test_waiting_for_an_index_in_trouble_is_not_stuck_and_afterwards_the_time_starts_anew() -> None:
    progress = Progress(0.0)
    progress.stuck({0: 5}, {0: 9}, excused=False, now=0.0)

    assert not progress.stuck({0: 5}, {0: 9}, excused=True, now=LATE)
    assert not progress.stuck({0: 5}, {0: 9}, excused=False, now=LATE + STUCK_S)
    assert progress.stuck({0: 5}, {0: 9}, excused=False, now=2 * LATE)


def test_a_loop_that_does_not_tick_ends_the_process() -> None:
    now = [0.0]
    ended: list[int] = []
    watch = Watch(ended.append, lambda: now[0])
    watch.tick()
    now[0] = BLOCKED_S
    assert not watch.blocked()
    now[0] = BLOCKED_S + 1

    watch._watch()

    assert ended == [EX_SOFTWARE]


class Standing:
    """A source, a sink, a writer and an index that stand still with records waiting."""

    def __init__(self) -> None:
        self.committed: dict[int, int] = {0: 5}
        self.in_trouble = False
        self.is_healthy = True
        self.answers = True
        self.making = False
        self._made = 0

    @property
    def made(self) -> int:
        """Another index at each look, while it is `making` them."""
        self._made += self.making
        return self._made

    async def ends(self) -> dict[int, int]:
        if not self.answers:
            raise Transient("no broker")
        return {0: 9}

    async def healthy(self) -> bool:
        return self.is_healthy


@pytest.mark.parametrize(
    ("fields", "ends"),
    [
        ({}, True),
        ({"in_trouble": True}, False),
        ({"is_healthy": False}, False),
        ({"answers": False}, False),
        ({"committed": {0: 9}}, False),
        ({"making": True}, False),
    ],
)
async def test_a_sink_that_stands_still_without_excuse_ends_the_process(
    fields: dict[str, object], ends: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_S", 0.05)
    monkeypatch.setattr(module, "STUCK_S", 0.1)
    standing, ended = Standing(), asyncio.Event()
    for name, value in fields.items():
        setattr(standing, name, value)
    task = asyncio.create_task(
        Watch(lambda _: ended.set()).progress(standing, standing, standing, standing, standing)  # type: ignore[arg-type]
    )
    with suppress(TimeoutError):
        await asyncio.wait_for(ended.wait(), 5 if ends else 0.5)
    task.cancel()

    assert ended.is_set() == ends


async def test_a_cancellation_in_the_moment_of_an_answer_ends_the_watching(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the sink ends: `asyncio.wait_for` of Python 3.11 would give the answer instead, and watch for ever."""
    monkeypatch.setattr(module, "LOOK_S", 0.05)
    watching: list[asyncio.Task[None]] = []

    class Ending(Standing):
        async def healthy(self) -> bool:
            watching[0].cancel()
            return True

    standing = Ending()
    watch = Watch(lambda _: None)
    progress = watch.progress(standing, standing, standing, standing, standing)  # type: ignore[arg-type]
    watching.append(asyncio.create_task(progress))
    done, _ = await asyncio.wait(watching, timeout=5)

    assert done
