"""When everything is worked off, what was written to since the workers began is refreshed, and nothing else."""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from deploy import running
from schemas.settings import Endpoints, Settings

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

    left: tuple[Any, ...] = ()

    def __init__(self, *_: object) -> None:
        pass

    def __enter__(self) -> "Idle":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def idle(self, now: float) -> bool:
        return True


class Workers:
    """Workers of some stages, none of which is started."""

    def __init__(self, *stages: str) -> None:
        self.stages = stages


@pytest.fixture(autouse=True)
def index(monkeypatch: pytest.MonkeyPatch) -> type[Index]:
    monkeypatch.setattr(Index, "refreshed", [], raising=False)
    monkeypatch.setattr(Index, "numbers", {"a": 7, "b": 7, "new": -1}, raising=False)
    monkeypatch.setattr(running, "Elastic", Index)
    monkeypatch.setattr(running, "Admin", Idle)
    monkeypatch.setattr(running, "Look", Idle)
    return Index


def wait(before: Mapping[str, int], *stages: str, settings: Settings) -> None:
    running.until_idle(Workers(*stages), SERVICES, settings, print, before)  # type: ignore[arg-type]


def test_only_what_was_written_to_since_is_refreshed_once(index: type[Index], tmp_path: Any) -> None:
    wait({"a": 7, "b": 3}, "release", "index", settings=Settings(home=tmp_path))

    assert index.refreshed == [["b", "new"]]


def test_without_the_stage_that_indexes_nothing_is_refreshed(index: type[Index], tmp_path: Any) -> None:
    wait({}, "intake", settings=Settings(home=tmp_path))

    assert index.refreshed == []


def test_what_was_written_is_asked_of_the_index() -> None:
    assert running.written(SERVICES) == {"a": 7, "b": 7, "new": -1}
