"""The real Kafka, registry and Elasticsearch under the real supervisor."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest
from kafka.admin import KafkaAdminClient

from deploy.embedded.home import home_of, read_record
from deploy.embedded.lifecycle import ServiceStatus, down, erase, owned, status, up
from deploy.embedded.processes import Identity, is_alive
from schemas.errors import Transient
from schemas.runtime.settings import Endpoints, Settings, endpoints
from tests.patience import LONG_S, patience, until

pytestmark = pytest.mark.services

ROOT = Path(__file__).parents[3]
SUBJECT = "/apis/ccompat/v7/subjects/kept-value/versions"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A home of this file, and the cache of everybody."""
    found = Settings(home=tmp_path_factory.mktemp("services") / "home")
    up(found)
    yield found
    erase(found)


@pytest.fixture
def where(settings: Settings) -> Endpoints:
    """The services, running."""
    return up(settings)


def _ask(url: str, body: dict[str, Any] | None = None, method: str | None = None) -> Any:
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, content, {"Content-Type": "application/json"}, method=method)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=patience(10)) as answer:
        return json.loads(answer.read())


def _topics(where: Endpoints) -> list[str]:
    admin = KafkaAdminClient(bootstrap_servers=where.kafka)
    try:
        return list(admin.list_topics())
    finally:
        admin.close()


def _by_name(settings: Settings) -> dict[str, ServiceStatus]:
    return {row.service: row for row in status(settings)}


def _processes(settings: Settings) -> list[Identity]:
    record = read_record(home_of(settings).record_file)
    assert record is not None
    return [record.supervisor, *(who for row in record.services for who in row.processes)]


def _gone(processes: list[Identity]) -> bool:
    return not any(map(is_alive, processes))


def _healthy(settings: Settings) -> bool:
    return all(row.healthy for row in status(settings))


def test_status_tells_pid_port_memory_and_place_of_each(settings: Settings, where: Endpoints) -> None:
    rows = _by_name(settings)
    assert set(rows) == {"kafka", "registry", "elasticsearch"}
    for row in rows.values():
        assert row.healthy is True, row
        assert row.state == "ready"
        assert row.pid is not None
        assert psutil.pid_exists(row.pid)
        assert row.rss_bytes > 100 * 2**20
        assert row.ready_s is not None
        assert 0 < row.ready_s < row.uptime_s + 1
        assert Path(row.data).is_dir()
        assert Path(row.log).stat().st_size > 0
        json.dumps(asdict(row))
    assert where.kafka.endswith(f":{rows['kafka'].port}")
    assert endpoints(settings) == where


def test_nothing_listens_beyond_this_machine(settings: Settings, where: Endpoints) -> None:
    pids = {who.pid for who in _processes(settings)}
    listening = [c for c in psutil.net_connections("inet") if c.pid in pids and c.status == psutil.CONN_LISTEN]
    assert len(listening) >= 5
    assert {c.laddr.ip.removeprefix("::ffff:") for c in listening} == {"127.0.0.1"}


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user runs it as itself")
def test_as_root_elasticsearch_runs_as_a_user_that_only_it_has(settings: Settings, where: Endpoints) -> None:
    row = _by_name(settings)["elasticsearch"]
    assert row.pid is not None
    assert psutil.Process(row.pid).uids().effective == home_of(settings).uid != 0
    assert Path(row.data).stat().st_uid == home_of(settings).uid
    assert Path(row.data).stat().st_mode & 0o077 == 0


def test_up_again_finds_the_same_services(settings: Settings, where: Endpoints) -> None:
    before = _processes(settings)
    assert up(settings) == where
    assert _processes(settings) == before


def test_topics_are_not_made_by_a_mistyped_name(where: Endpoints) -> None:
    from kafka import KafkaProducer
    from kafka.errors import KafkaError

    producer = KafkaProducer(bootstrap_servers=where.kafka, max_block_ms=1500)
    with pytest.raises(KafkaError):
        producer.send("mistyped", b"x").get(timeout=5)
    producer.close(timeout=1)
    assert "mistyped" not in _topics(where)


def test_state_is_kept_between_down_and_up_and_fresh_empties_it(settings: Settings, where: Endpoints) -> None:
    admin = KafkaAdminClient(bootstrap_servers=where.kafka)
    admin.create_topics({"kept": {"num_partitions": 3, "replication_factor": 1}})
    admin.close()
    made = _ask(f"{where.registry}{SUBJECT}", {"schema": '{"type":"string"}'})
    _ask(f"{where.elasticsearch}/kept", {"settings": {"number_of_replicas": 0}}, "PUT")
    _ask(f"{where.elasticsearch}/kept/_doc/1?refresh=true", {"n": 7}, "PUT")
    worker_state = settings.home / "state" / "table"
    worker_state.write_text("rows")
    before = _processes(settings)

    assert down(settings) is True
    assert _gone(before)
    assert not settings.endpoints_file.exists()
    assert {row.state for row in status(settings)} == {"stopped"}
    assert down(settings) is False

    assert up(settings) == where, "the ports are the same"
    assert "kept" in _topics(where)
    assert _ask(f"{where.registry}/apis/ccompat/v7/schemas/ids/{made['id']}")["schema"] == '{"type":"string"}'
    assert _ask(f"{where.elasticsearch}/kept/_doc/1")["_source"] == {"n": 7}
    assert worker_state.exists()

    assert up(settings, fresh=True) == where
    assert "kept" not in _topics(where)
    assert _ask(f"{where.registry}/apis/ccompat/v7/subjects") == []
    assert "kept" not in _ask(f"{where.elasticsearch}/_alias")
    assert not worker_state.exists()


@pytest.mark.parametrize(("name", "which"), [("kafka", 0), ("registry", 0), ("elasticsearch", 0), ("elasticsearch", 1)])
def test_a_killed_service_is_restarted_on_its_port(settings: Settings, where: Endpoints, name: str, which: int) -> None:
    before = _by_name(settings)[name]
    record = read_record(home_of(settings).record_file)
    assert record is not None
    (row,) = (row for row in record.services if row.name == name)
    os.kill(row.processes[which].pid, signal.SIGKILL)
    until(lambda: _by_name(settings)[name].restarts == before.restarts + 1, what="its restart")
    # Kafka waits for the end of the killed one's session as well, by the clock.
    until(lambda: _healthy(settings), 3 * LONG_S, what="all healthy", seen=lambda: status(settings))
    after = _by_name(settings)[name]
    assert after.pid != before.pid
    assert after.port == before.port
    assert _gone(list(row.processes))
    assert endpoints(settings) == where


def test_a_killed_supervisor_leaves_no_process_and_two_ups_at_once_start_one_again(
    settings: Settings, where: Endpoints
) -> None:
    supervisor, *services = _processes(settings)
    os.kill(supervisor.pid, signal.SIGKILL)
    until(lambda: _gone(services), what="no process left")
    assert {row.state for row in status(settings)} == {"stopped"}
    found: list[Endpoints] = []
    threads = [threading.Thread(target=lambda: found.append(up(settings))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [where, where]
    assert _healthy(settings)
    supervisors = [
        process
        for process in psutil.process_iter(["cmdline", "environ"])
        if "deploy.embedded.supervisor_process" in (process.info["cmdline"] or [])
        and (process.info["environ"] or {}).get("INTERAGENCY_HOME") == str(settings.home)
    ]
    assert len(supervisors) == 1


OWNER = """
    import sys, time
    from pathlib import Path
    from deploy.embedded.lifecycle import owned
    from schemas.runtime.settings import Settings
    with owned(Settings(home=Path(sys.argv[1]))) as where:
        print(where.kafka, flush=True)
        time.sleep(60_000)
"""


@pytest.fixture
def owner(settings: Settings, tmp_path: Path) -> Iterator[Callable[[], tuple[subprocess.Popen[str], Settings]]]:
    """Begins another process that owns services of another home."""
    other = Settings(home=tmp_path / "other")
    begun: list[subprocess.Popen[str]] = []

    def begin() -> tuple[subprocess.Popen[str], Settings]:
        command = [sys.executable, "-c", textwrap.dedent(OWNER), str(other.home)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        begun.append(process)
        assert process.stdout is not None
        assert process.stdout.readline().startswith("127.0.0.1:")
        return process, other

    yield begin
    for process in begun:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
    until(lambda: read_record(home_of(other).record_file) is None)
    erase(other)


def test_a_killed_owner_leaves_no_process_and_a_second_home_runs_on(
    settings: Settings, where: Endpoints, owner: Callable[[], tuple[subprocess.Popen[str], Settings]]
) -> None:
    process, other = owner()
    theirs = _processes(other)
    assert _healthy(settings), "two homes run side by side"
    assert not {row.port for row in status(settings)} & {row.port for row in status(other)}
    with pytest.raises(Transient, match=f"process {process.pid} runs the services"):
        up(other)
    with pytest.raises(Transient, match=f"process {process.pid} runs the services"):
        down(other)
    with pytest.raises(Transient, match=f"process {process.pid} runs the services"), owned(other):
        pass
    os.kill(process.pid, signal.SIGKILL)
    until(lambda: _gone(theirs), what="no process left")
    until(lambda: not other.endpoints_file.exists())
    assert _healthy(settings)


def test_owned_uses_what_runs_and_leaves_it_running(settings: Settings, where: Endpoints) -> None:
    before = _processes(settings)
    with owned(settings) as found:
        assert found == where
        assert _processes(settings) == before
    assert _processes(settings) == before
    assert _healthy(settings)


def test_owned_services_end_with_the_block_and_a_nested_block_uses_them(tmp_path: Path) -> None:
    other = Settings(home=tmp_path / "other")
    try:
        with owned(other) as found:
            processes = _processes(other)
            with owned(other) as inner:
                assert inner == found
            assert _healthy(other)
        assert _gone(processes)
        assert not other.endpoints_file.exists()
    finally:
        erase(other)
    assert not other.home.exists()


def test_a_service_that_cannot_start_is_named_with_its_log(tmp_path: Path) -> None:
    other = Settings(home=tmp_path / "other")
    meta = other.home / "kafka" / "data" / "meta.properties"
    meta.parent.mkdir(parents=True)
    meta.write_text("version=1\ncluster.id=another\nnode.id=2\n")
    try:
        with pytest.raises(Transient) as caught:
            up(other)
        assert "kafka exited with code" in str(caught.value)
        assert str(other.home / "logs" / "kafka.log") in str(caught.value)
        assert "node" in str(caught.value)
        assert {row.state for row in status(other)} == {"failed"}
    finally:
        erase(other)


def test_ctrl_c_while_services_start_leaves_nothing_behind(tmp_path: Path) -> None:
    other = Settings(home=tmp_path / "other")
    environment = {**os.environ, "INTERAGENCY_HOME": str(other.home)}
    command = [sys.executable, "-m", "interagency", "up"]
    try:
        with subprocess.Popen(command, env=environment, cwd=ROOT, stderr=subprocess.PIPE) as process:
            record = until(lambda: read_record(home_of(other).record_file), what="the services' start")
            assert record is not None
            until(lambda: any("elasticsearch" in each for each in _commands(other)), what="Elasticsearch's start")
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=patience(2 * LONG_S))
        assert process.returncode == 130
        assert _commands(other) == []
        assert {row.state for row in status(other)} == {"stopped"}
    finally:
        erase(other)


def _commands(settings: Settings) -> list[str]:
    """The command lines that name a home."""
    lines = [" ".join(one.info["cmdline"] or []) for one in psutil.process_iter(["cmdline"])]
    return [line for line in lines if str(settings.home) in line or str(home_of(settings).elasticsearch) in line]


def test_services_named_by_the_environment_are_only_told(tmp_path: Path) -> None:
    named = Settings(home=tmp_path / "h", kafka="k:1", registry="http://r:2/", elasticsearch="http://e:3")
    expected = Endpoints("k:1", "http://r:2", "http://e:3")
    assert up(named) == expected
    with owned(named) as found:
        assert found == expected
    assert down(named) is False
    assert {row.state for row in status(named)} == {"external"}
    assert list(tmp_path.iterdir()) == []
