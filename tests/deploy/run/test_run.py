"""Workers that start slowly are waited for; what does nothing, or dies again and again, is not."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.embedded import progress
from deploy.embedded.processes import Identity
from deploy.run import run
from deploy.run.lag import STANDSTILL_S, LagCheck
from deploy.run.run import wait_until_ready
from deploy.run.workers import Workers
from schemas.errors import Transient
from schemas.runtime import process_stats
from schemas.runtime.settings import Settings


class Starting(Workers):
    """Workers of which no process is started; `then` is called at each check."""

    then: Any = None

    def check(self) -> None:
        if self.then:
            self.then(self)

    def processes(self) -> tuple[Identity, ...]:
        return ()


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(run, "JUDGE_EVERY_S", 0.0)
    return Settings(home=tmp_path)


def test_workers_that_do_nothing_are_given_up_by_name(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "QUIET_S", 0.2)
    process_stats.write(settings.home, "intake", {})
    with pytest.raises(Transient, match=r"worker resolve did not answer, and did nothing for .* s; logs: "):
        wait_until_ready(Starting(("intake", "resolve"), settings), settings)


def test_workers_that_die_again_and_again_are_given_up(settings: Settings) -> None:
    def die(workers: Workers) -> None:
        workers.restarts += 1

    workers = Starting(("resolve",), settings)
    workers.then = die
    with pytest.raises(Transient, match="worker resolve died 8 times"):
        wait_until_ready(workers, settings)


def test_workers_whose_logs_grow_are_waited_for(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "QUIET_S", 0.05)
    looks: list[int] = []

    def write(workers: Workers) -> None:
        with (settings.home / "resolve.log").open("a") as log:
            log.write("a line\n")
        looks.append(1)
        if len(looks) == 10:
            process_stats.write(settings.home, "resolve", {})

    workers = Starting(("resolve",), settings, settings.home)
    workers.then = write
    wait_until_ready(workers, settings)
    assert len(looks) == 10


class SlowAdmin:
    """Kafka's answers, one for each check: no record left, or trouble."""

    def __init__(self, answers: Iterator[Exception | None]) -> None:
        self._answers = answers

    def topic_names(self) -> set[str]:
        return set()

    def end_offsets(self, _: Any) -> dict[Any, int]:
        trouble = next(self._answers)
        if trouble:
            raise trouble
        return {("released-incidents", 0): 0}

    def group_offsets(self, _: Any) -> dict[Any, int]:
        return {}


def test_a_kafka_that_is_slow_to_answer_once_is_asked_again() -> None:
    trouble = Transient("Kafka does not answer")
    look = LagCheck(SlowAdmin(iter([None, trouble, None, None])), ["index"], 1)  # type: ignore[arg-type]
    assert [look.is_idle(float(now)) for now in range(4)] == [False, False, True, True]


def test_a_kafka_that_stays_silent_is_given_up() -> None:
    look = LagCheck(SlowAdmin(iter([Transient("Kafka does not answer")] * 9)), ["index"], 1)  # type: ignore[arg-type]
    assert not look.is_idle(1000.0)
    assert not look.is_idle(1000.0 + STANDSTILL_S)
    with pytest.raises(Transient, match="Kafka does not answer"):
        look.is_idle(1001.0 + STANDSTILL_S)
