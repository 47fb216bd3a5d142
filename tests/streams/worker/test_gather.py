"""A batch goes at once after a rest; under steady traffic it waits for more, and never when it is full."""

import asyncio
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from streams.stage import Stateful
from streams.worker import loop
from streams.worker.loop import BATCH_RECORDS, GROW_S, PACE_S, Worker
from tests.streams.worker.test_loop import STAGE

STATEFUL = replace(STAGE, state=Stateful("out", lambda _: {}, lambda _: [0], lambda *_: True, lambda *_: {}))


class Traffic:
    """Lists that come at certain seconds of a clock, which only sleeping moves."""

    def __init__(self, *comes: tuple[float, int]) -> None:
        self.now, self._comes = 100.0, list(comes)

    async def sleep(self, seconds: float) -> None:
        self.now += max(seconds, 0.001)

    async def take(self) -> Any:
        at, _ = self._comes[0]
        self.now = max(self.now, 100.0 + at)
        return self.take_ready()

    def take_ready(self) -> Any:
        if not self._comes or 100.0 + self._comes[0][0] > self.now:
            return None
        return SimpleNamespace(records=[None] * self._comes.pop(0)[1])


@pytest.fixture
def gathered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Gather so many batches of a traffic: (seconds, records) of each."""

    def gather(traffic: Traffic, batches: int, stage: Any = STATEFUL) -> list[tuple[float, int]]:
        monkeypatch.setattr("streams.worker.loop.time.monotonic", lambda: traffic.now)
        monkeypatch.setattr("streams.worker.loop.asyncio.sleep", traffic.sleep)
        working, found = Worker(stage, "none", "group", tmp_path), []

        async def run() -> None:
            for _ in range(batches):
                lists = await working._gather(traffic)  # type: ignore[arg-type]
                found.append((round(traffic.now - 100.0, 3), sum(len(entry.records) for entry in lists)))

        asyncio.run(run())
        return found

    return gather


def test_the_first_batch_after_a_rest_goes_after_a_moment(gathered: Any) -> None:
    assert gathered(Traffic((0.0, 1), (7.0, 1)), 2) == [(GROW_S, 1), (7.0 + GROW_S, 1)]


def test_under_steady_traffic_a_batch_waits_for_more(gathered: Any) -> None:
    steady = [(number / 100, 1) for number in range(300)]
    batches = gathered(Traffic(*steady), 4)

    paces = [later[0] - earlier[0] for earlier, later in pairwise(batches)]
    assert paces == pytest.approx([PACE_S] * 3, abs=0.01)
    assert [records for _, records in batches[1:]] == pytest.approx([PACE_S * 100] * 3, abs=1)


def test_a_full_batch_waits_for_nothing(gathered: Any) -> None:
    crowd = [(0.0, 500)] * 9
    assert gathered(Traffic(*crowd), 2) == [(0.0, BATCH_RECORDS), (0.0, BATCH_RECORDS)]


def test_a_stage_without_transactions_only_waits_a_moment(gathered: Any) -> None:
    assert gathered(Traffic((0.0, 1), (0.03, 1)), 2, STAGE) == [(GROW_S, 1), (0.03 + GROW_S, 1)]


def test_the_pace_is_longer_than_the_moment() -> None:
    assert loop.PACE_S > loop.GROW_S
