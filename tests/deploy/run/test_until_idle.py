"""When everything is worked off, what was written to since the workers began is refreshed, and nothing else."""

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from deploy.run import run
from deploy.run.lag import Remaining
from schemas.errors import Transient
from schemas.runtime.settings import Endpoints, Settings

SERVICES = Endpoints("kafka", "registry", "elasticsearch")


class Index:
    """Index name -> number of its last write; what was refreshed."""

    refreshed: list[list[str]]
    numbers: Mapping[str, int]

    def __init__(self, _: str) -> None:
        """Connects nowhere."""

    async def written(self) -> dict[str, int]:
        return dict(self.numbers)

    async def refresh(self, names: Iterable[str]) -> None:
        self.refreshed.append(sorted(names))

    async def close(self) -> None:
        pass


class Idle:
    """A pipeline that has nothing left to do, in which each look ends at once."""

    remaining: tuple[Any, ...] = ()

    def __init__(self, *_: object) -> None:
        pass

    def __enter__(self) -> "Idle":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def is_idle(self, now: float) -> bool:
        return True


class Workers:
    """Workers of some stages, none of which is started."""

    def __init__(self, *stages: str) -> None:
        self.stages = stages

    def check(self) -> None:
        """Nobody has died."""


@pytest.fixture(autouse=True)
def index(monkeypatch: pytest.MonkeyPatch) -> type[Index]:
    monkeypatch.setattr(Index, "refreshed", [], raising=False)
    monkeypatch.setattr(Index, "numbers", {"a": 7, "b": 7, "new": -1}, raising=False)
    monkeypatch.setattr("sinks.index.elastic.Elastic", Index)
    monkeypatch.setattr(run, "Admin", Idle)
    monkeypatch.setattr(run, "LagCheck", Idle)
    return Index


def wait(before: Mapping[str, int], *stages: str, settings: Settings) -> None:
    run.wait_until_idle(Workers(*stages), SERVICES, settings, lambda _: None, before, asyncio.run)  # type: ignore[arg-type]


def test_only_what_was_written_to_since_is_refreshed_once(index: type[Index], tmp_path: Path) -> None:
    wait({"a": 7, "b": 3}, "release", "index", settings=Settings(home=tmp_path))

    assert index.refreshed == [["b", "new"]]


def test_without_the_stage_that_indexes_nothing_is_refreshed(index: type[Index], tmp_path: Path) -> None:
    wait({}, "intake", settings=Settings(home=tmp_path))

    assert index.refreshed == []


def test_making_indices_is_progress_and_nothing_else_beside_offsets_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    now, made = [0.0], [0, 1, 2, 2, 2, 2, 2, 2, 2]

    class Standing(Idle):
        """A partition that stands still: a look moves the clock by a minute, and sees nothing move."""

        remaining = (Remaining("index", "released-incidents", 0, 70),)

        def __init__(self, *_: object) -> None:
            self.moved_at = 0.0

        def is_idle(self, at: float) -> bool:
            now[0] += 60.0
            return False

        def note_progress(self, at: float) -> None:
            self.moved_at = at

        def standstill_s(self, at: float) -> float:
            return at - self.moved_at

    monkeypatch.setattr(run, "LagCheck", Standing)
    monkeypatch.setattr("deploy.run.run.time.monotonic", lambda: now[0])
    monkeypatch.setattr("deploy.run.run.time.sleep", lambda _: None)
    monkeypatch.setattr(run, "_indices", lambda _: made.pop(0))
    with pytest.raises(Transient, match="nothing has moved for 120 s: index: released-incidents/0"):
        wait({}, "index", settings=Settings(home=tmp_path))

    assert now[0] == 120.0 + 180.0, "two minutes and a look after the last index"


def test_what_was_written_is_asked_of_the_index() -> None:
    assert asyncio.run(run.write_positions(SERVICES)) == {"a": 7, "b": 7, "new": -1}
