"""What the operator hears while services start, and when waiting for them ends."""

import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from deploy.embedded import lifecycle, progress, status, waiting
from deploy.embedded.home import Home, ServiceRecord, SupervisorRecord
from deploy.embedded.processes import Identity, identify, since_boot_s
from deploy.embedded.status import progress_line
from deploy.embedded.waiting import ReadinessCheck
from schemas.errors import Transient
from schemas.runtime.settings import Settings
from tests.patience import until

LATE = ServiceRecord("elasticsearch", 1, "starting", "/data", "/logs/elasticsearch.log", doing="log grows")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home(tmp_path / "home", tmp_path / "home" / "elasticsearch", None)
    found.create()
    return found


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """It judges and tells at every look."""
    monkeypatch.setattr(waiting, "JUDGE_EVERY_S", 0.0)
    monkeypatch.setattr(waiting, "NOTIFY_EVERY_S", 0.0)


def _write(home: Home, *services: ServiceRecord, phase: str = "starting") -> int:
    me = identify(os.getpid())
    assert me is not None
    SupervisorRecord(me, phase, services=services).write(home.record_file)
    return me.pid


@pytest.mark.parametrize(
    ("restarts", "again"), [(0, ""), (1, " (restarted once)"), (2, " (restarted twice)"), (7, " (restarted 7 times)")]
)
def test_a_line_tells_what_is_waited_for_since_when_and_how_often_it_was_started_again(
    restarts: int, again: str
) -> None:
    line = progress_line("elasticsearch", "starting", 140.4, restarts, "log grows", "/logs/elasticsearch.log")
    assert line == f"elasticsearch: starting for 140 s{again}, log grows: /logs/elasticsearch.log"


def test_one_that_was_ready_and_does_not_answer_is_told_as_such() -> None:
    assert progress_line("kafka", "ready", 9, 0, "", "/k.log") == "kafka: does not answer, ready for 9 s: /k.log"


def test_what_is_late_is_told_again_and_again_and_what_is_ready_is_not(home: Home, eager: None) -> None:
    told: list[str] = []
    pid = _write(home, LATE, replace(LATE, name="kafka", state="restarting", since=since_boot_s() - 30, restarts=2))
    looking = ReadinessCheck(home, pid, told.append)
    assert not looking.is_ready()
    assert not looking.is_ready()
    assert len(told) == 2
    assert [line.partition(" for ")[0] for line in told[0].splitlines()] == [
        "elasticsearch: starting",
        "kafka: restarting",
    ]
    assert "(restarted twice)" in told[0]


def test_it_is_told_at_once_that_one_was_started_again(home: Home) -> None:
    told: list[str] = []
    looking = ReadinessCheck(home, _write(home, LATE), told.append)
    looking.is_ready()
    assert told == []
    _write(home, replace(LATE, restarts=1))
    looking.is_ready()
    looking.is_ready()
    assert len(told) == 1
    assert "(restarted once)" in told[0]


def test_all_is_ready_when_each_answers(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "answers", lambda running: running.name != "kafka")
    pid = _write(home, LATE, phase="ready")
    assert ReadinessCheck(home, pid, print).is_ready()
    _write(home, LATE, replace(LATE, name="kafka"), phase="ready")
    assert not ReadinessCheck(home, pid, print).is_ready()


def test_the_record_of_another_supervisor_is_not_taken_for_its_own(home: Home) -> None:
    SupervisorRecord(Identity(1, 0.0), "ready").write(home.record_file)
    assert not ReadinessCheck(home, 2**22, print).is_ready()


def test_where_nothing_gets_on_it_ends_with_the_log_of_what_is_late(
    home: Home, eager: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "QUIET_S", 0.01)
    log = home.log("elasticsearch")
    log.write_text("why it does not start\n")
    SupervisorRecord(Identity(2**22, 0.0), "starting", services=(replace(LATE, log=str(log)),)).write(home.record_file)
    looking = ReadinessCheck(home, 2**22, lambda _: None)
    with pytest.raises(Transient, match=r"(?s)elasticsearch did not answer, and did nothing .*why it does not start"):
        until(looking.is_ready)


def test_one_that_is_started_again_and_again_while_it_is_waited_for_ends_the_wait(home: Home, eager: None) -> None:
    """What happened before does not count."""
    pid = _write(home, replace(LATE, restarts=30))
    looking = ReadinessCheck(home, pid, lambda _: None)
    for restarts in range(30, 35):
        _write(home, replace(LATE, restarts=restarts))
        looking.is_ready()
    _write(home, replace(LATE, restarts=35))
    with pytest.raises(Transient, match="elasticsearch was restarted 5 times"):
        looking.is_ready()


def test_a_command_that_gets_nowhere_does_not_hold_the_next_for_ever(
    home: Home, eager: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "QUIET_S", 0.01)
    monkeypatch.setattr(lifecycle, "_RETRY_S", 0.01)
    with (
        FileLock(home.run / "commands.lock"),
        pytest.raises(Transient, match=r"another command is starting or stopping .* and makes no progress"),
        lifecycle._command_lock(home, lambda _: None),
    ):
        pass


def test_the_next_command_waits_while_the_services_get_on(home: Home) -> None:
    held, entered = threading.Event(), threading.Event()

    def first() -> None:
        with FileLock(home.run / "commands.lock"):
            held.set()
            assert not entered.wait(1.5), "one command at a time"

    holding = threading.Thread(target=first)
    holding.start()
    assert held.wait(60)
    with lifecycle._command_lock(home, lambda _: None):
        entered.set()
    holding.join()


def test_status_tells_since_when_and_what_a_start_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(home=tmp_path / "home")
    home = Home(settings.home, settings.home / "elasticsearch", None)
    home.create()
    monkeypatch.setattr(status, "home_of", lambda _: home)
    _write(home, replace(LATE, since=since_boot_s() - 140, restarts=2))
    (row,) = status.status(settings)
    assert row.state_s >= 140
    assert (row.doing, row.restarts, row.healthy) == ("log grows", 2, False)
