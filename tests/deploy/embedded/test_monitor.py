"""The supervisor's loop, with shell scripts in place of the services."""

import itertools
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.embedded import monitor, progress
from deploy.embedded.home import Home, ServiceRecord, SupervisorRecord, read_record
from deploy.embedded.meter import Meter
from deploy.embedded.monitor import ServiceMonitor
from deploy.embedded.processes import Identity, identify, is_alive, start_process
from deploy.embedded.progress import Sample
from deploy.embedded.services import Service
from deploy.embedded.supervisor_process import clear_leftovers
from schemas.errors import Transient
from schemas.runtime.settings import Endpoints
from tests.patience import patience, until

ENDPOINTS = Endpoints("127.0.0.1:1", "http://127.0.0.1:2", "http://127.0.0.1:3")
STEADY = "echo begun; exec sleep 6000"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home(tmp_path / "home", tmp_path / "home" / "elasticsearch", None)
    found.create()
    return found


def _service(home: Home, name: str, script: str, answers: Callable[[], bool] = lambda: True) -> Service:
    return Service(
        name=name,
        command=["/bin/sh", "-c", script],
        environment={"PATH": os.environ["PATH"]},
        folder=home.root,
        port=1,
        data=home.root,
        log=home.log(name),
        answers=answers,
        grace_s=5.0,
    )


class Supervised:
    """A watch that runs in a thread until the test is over."""

    def __init__(self, home: Home, *services: Service, owner: int | None = None) -> None:
        self.home = home
        self.watch = ServiceMonitor(home, services, ENDPOINTS, owner)
        self.error: Exception | None = None
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.watch.run()
        except Transient as exc:
            self.error = exc

    def record(self) -> SupervisorRecord:
        found = until(lambda: read_record(self.home.record_file), what="the supervisor's record")
        assert found is not None
        return found

    def is_ready(self) -> bool:
        found = read_record(self.home.record_file)
        return found is not None and found.phase == "ready" and all(row.state == "ready" for row in found.services)

    def stop(self) -> None:
        self.watch.request_stop()
        self.thread.join(patience(20))
        assert not self.thread.is_alive()


@pytest.fixture
def running(home: Home) -> Iterator[Callable[..., Supervised]]:
    begun: list[Supervised] = []

    def begin(*services: Service, owner: int | None = None) -> Supervised:
        begun.append(Supervised(home, *services, owner=owner))
        return begun[-1]

    yield begin
    for each in begun:
        each.stop()


def test_endpoints_are_there_only_while_all_answer(home: Home, running: Callable[..., Supervised]) -> None:
    ready = threading.Event()
    found = running(_service(home, "kafka", STEADY), _service(home, "registry", STEADY, ready.is_set))
    until(lambda: [row.state for row in found.record().services] == ["ready", "starting"])
    assert not home.endpoints_file.exists()
    assert found.record().phase == "starting"
    ready.set()
    until(found.is_ready)
    assert json.loads(home.endpoints_file.read_text())["kafka"] == ENDPOINTS.kafka
    pids = [row.processes[0] for row in found.record().services]
    found.stop()
    assert not home.endpoints_file.exists()
    assert not home.record_file.exists()
    assert not any(map(is_alive, pids))


def test_a_service_that_ends_before_it_is_ready_fails_the_start_with_its_log(
    home: Home, running: Callable[..., Supervised]
) -> None:
    steady = _service(home, "registry", STEADY, lambda: False)
    found = running(steady, _service(home, "kafka", "echo the port is in use; exit 7", lambda: False))
    until(lambda: found.error is not None)
    message = str(found.error)
    assert "kafka exited with code 7" in message
    assert str(home.log("kafka")) in message
    assert "the port is in use" in message
    found.thread.join(patience(10))
    assert found.record().phase == "failed"
    assert found.record().error == message
    assert not is_alive(found.record().services[0].processes[0]), "the other was stopped"


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A supervisor that looks often, and gives up soon what does nothing."""
    monkeypatch.setattr(monitor, "_SAMPLE_S", 0.05)
    monkeypatch.setattr(progress, "QUIET_S", 0.5)
    # no script is so busy
    monkeypatch.setattr(progress, "DEMAND", 1e6)


def test_a_service_that_does_nothing_fails_the_start_by_name_with_its_log(
    home: Home, running: Callable[..., Supervised], hurried: None
) -> None:
    found = running(_service(home, "elasticsearch", STEADY, lambda: False))
    until(lambda: found.error is not None)
    assert "elasticsearch did not answer, and did nothing for" in str(found.error)
    assert "begun" in str(found.error)


def test_a_service_that_gets_on_is_waited_for_and_told_about(
    home: Home, running: Callable[..., Supervised], hurried: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten times as long as one that does nothing."""
    written = itertools.count()
    monkeypatch.setattr(Meter, "sample", lambda *_: Sample(log_bytes=next(written)))
    ready = threading.Event()
    found = running(_service(home, "elasticsearch", STEADY, ready.is_set))
    until(lambda: [row.doing for row in found.record().services] == ["log grows"])
    (before,) = found.record().services
    began = time.monotonic()
    until(lambda: time.monotonic() - began > 10 * progress.QUIET_S and next(written) > 20)
    (row,) = found.record().services
    assert (row.state, row.restarts, row.processes, row.since) == ("starting", 0, before.processes, before.since)
    ready.set()
    until(found.is_ready)
    assert found.record().services[0].since > row.since
    assert found.record().services[0].doing == ""


def test_one_that_was_ready_and_starts_again_without_getting_on_is_given_more_time_each_time(
    home: Home, running: Callable[..., Supervised], hurried: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monitor, "restart_pause_s", lambda _: 0.0)
    given: list[int] = []
    monkeypatch.setattr(monitor, "patience", lambda failures: given.append(failures) or 0.1)  # type: ignore[func-returns-value]
    answering = threading.Event()
    answering.set()
    found = running(_service(home, "elasticsearch", STEADY, answering.is_set))
    until(found.is_ready)
    answering.clear()
    os.kill(found.record().services[0].processes[0].pid, 9)
    until(lambda: len(given) >= 5)
    outage = found.record().services[0]
    assert given[:5] == [0, 0, 1, 2, 3], "the first start, the one after the kill, and those after one that got nowhere"
    assert outage.state == "restarting"
    assert outage.restarts >= 4
    answering.set()
    until(found.is_ready)
    os.kill(found.record().services[0].processes[0].pid, 9)
    until(lambda: found.record().services[0].restarts > outage.restarts and found.is_ready())
    assert given[-1] == 0


def test_the_child_of_a_launcher_that_dies_while_it_starts_is_ended(
    home: Home, running: Callable[..., Supervised], hurried: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once all had been published; before, the start fails."""
    monkeypatch.setattr(progress, "QUIET_S", 6000.0)
    answering = threading.Event()
    answering.set()
    begun, script = home.log("elasticsearch"), "sleep 6000 & echo begun; wait; exit 1"

    def ready() -> bool:
        # One that is ready at once is written down before it has started its child.
        return answering.is_set() and "begun" in begun.read_text()

    found = running(_service(home, "elasticsearch", script, ready))
    until(found.is_ready)
    answering.clear()
    for restarts in (1, 2):
        until(lambda: len(found.record().services[0].processes) == 2)
        launcher, child = found.record().services[0].processes
        os.kill(launcher.pid, 9)
        until(lambda count=restarts: found.record().services[0].restarts == count)  # type: ignore[misc]
        assert not is_alive(child)


def test_a_service_that_dies_is_started_again_with_its_children_gone(
    home: Home, running: Callable[..., Supervised]
) -> None:
    begun = home.log("elasticsearch")
    script = "sleep 6000 & echo begun; wait; exit 1"
    found = running(_service(home, "elasticsearch", script, lambda: "begun" in begun.read_text()))
    until(found.is_ready)
    launcher, child = found.record().services[0].processes
    os.kill(launcher.pid, 9)
    until(lambda: found.record().services[0].restarts == 1)
    until(found.is_ready)
    assert not is_alive(child)
    (now, *_) = found.record().services[0].processes
    assert now.pid != launcher.pid
    assert is_alive(now)
    assert home.endpoints_file.exists()


def test_one_that_keeps_dying_is_started_ever_later() -> None:
    pauses = [monitor.restart_pause_s(deaths) for deaths in range(1, 12)]
    assert pauses[:4] == [0.5, 1.0, 2.0, 4.0]
    assert pauses[-1] == pauses[-2] == 30.0


def test_each_death_in_a_row_counts(
    home: Home, running: Callable[..., Supervised], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(monitor, "restart_pause_s", lambda deaths: asked.append(deaths) or 0.1)  # type: ignore[func-returns-value]
    once = _service(home, "kafka", f"echo begun; [ -e {home.root}/broken ] && exit 1; exec sleep 6000")
    found = running(once)
    until(found.is_ready)
    (home.root / "broken").touch()
    os.kill(found.record().services[0].processes[0].pid, 9)
    until(lambda: len(asked) >= 3)
    assert asked[:3] == [1, 2, 3]
    (home.root / "broken").unlink()
    until(found.is_ready)


def test_all_ends_when_the_owner_is_not_the_parent_any_more(home: Home, running: Callable[..., Supervised]) -> None:
    found = running(_service(home, "kafka", STEADY), owner=os.getppid())
    until(found.is_ready)
    pid = found.record().services[0].processes[0]
    found.watch.owner = 1 if os.getppid() != 1 else 2
    until(lambda: not is_alive(pid))
    found.thread.join(patience(10))
    assert not home.record_file.exists()


def test_leftovers_are_ended_only_if_they_are_the_ones_written_down(home: Home) -> None:
    service = _service(home, "kafka", STEADY)
    processes = [start_process(service.command, service.log, service.environment, service.folder) for _ in range(2)]
    ours, others = (identify(process.pid) for process in processes)
    assert ours is not None
    assert others is not None
    earlier = Identity(others.pid, others.started - 100)
    row = ServiceRecord("kafka", 1, "ready", "", "", processes=(ours, earlier))
    SupervisorRecord(Identity(1, 0.0), "ready", services=(row,)).write(home.record_file)
    home.endpoints_file.write_text("{}")
    try:
        clear_leftovers(home)
        assert not is_alive(ours)
        assert is_alive(others)
        assert not home.record_file.exists()
        assert not home.endpoints_file.exists()
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_a_record_comes_back_as_written(home: Home) -> None:
    row = ServiceRecord("kafka", 1, "ready", "/d", "/l", (Identity(2, 3.5), Identity(4, 5.0)), 6, 7.5, 8.5, "log grows")
    record = SupervisorRecord(Identity(8, 9.0), "ready", owner=10, error="e", services=(row,))
    record.write(home.record_file)
    assert read_record(home.record_file) == record


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"supervisor": 1, "services": []}', '{"services": [1]}'])
def test_a_broken_record_proves_nothing(home: Home, text: str) -> None:
    home.record_file.write_text(text)
    assert read_record(home.record_file) is None
