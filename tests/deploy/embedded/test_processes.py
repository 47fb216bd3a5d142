"""A process is signalled only when proved to be ours, and none outlives the one that started it."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.embedded.processes import (
    Identity,
    end_processes,
    identify,
    is_alive,
    log_tail,
    process_tree,
    resident_bytes,
    start_process,
)
from tests.patience import patience, until


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "6000"])
    yield process
    process.kill()
    process.wait()


def _identity(process: subprocess.Popen[bytes]) -> Identity:
    found = identify(process.pid)
    assert found is not None
    return found


def test_a_living_process_is_recognized_again(sleeper: subprocess.Popen[bytes]) -> None:
    assert is_alive(_identity(sleeper))
    assert resident_bytes([_identity(sleeper)]) > 0


def test_a_pid_that_now_belongs_to_another_is_neither_alive_nor_signalled(sleeper: subprocess.Popen[bytes]) -> None:
    earlier = replace(_identity(sleeper), started=_identity(sleeper).started - 5)
    assert not is_alive(earlier)
    assert resident_bytes([earlier]) == 0
    end_processes([earlier], grace_s=1)
    assert sleeper.poll() is None


def test_one_that_waits_to_be_reaped_is_dead(sleeper: subprocess.Popen[bytes]) -> None:
    who = _identity(sleeper)
    os.kill(sleeper.pid, signal.SIGKILL)
    until(lambda: not is_alive(who))
    assert sleeper.returncode is None, "nobody reaped it yet"


def test_end_kills_what_ignores_term(tmp_path: Path) -> None:
    script = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        end_processes([_identity(process)], grace_s=0.5)
        assert process.wait() == -signal.SIGKILL


def test_end_lets_what_heeds_term_end_by_itself(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = start_process(
        ["sh", "-c", "trap 'echo bye; exit 3' TERM; echo on; sleep 6000 & wait"], log, dict(os.environ), tmp_path
    )
    until(lambda: "on" in log.read_text())
    end_processes([_identity(process)], grace_s=patience(5))
    assert process.wait() == 3
    assert "bye" in log.read_text()


STARTER = """
    import os, sys, time
    from pathlib import Path
    from deploy.embedded.processes import start_process
    uid = 59200 if os.geteuid() == 0 else None
    folder = Path(sys.argv[1])
    child = start_process(["sleep", "6000"], folder / "log", dict(os.environ), Path("/"), uid)
    print(child.pid, flush=True)
    time.sleep(60)
"""


def test_a_service_dies_with_a_killed_starter_even_as_another_user(tmp_path: Path) -> None:
    command = [sys.executable, "-c", textwrap.dedent(STARTER), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as starter:
        assert starter.stdout is not None
        child = identify(int(starter.stdout.readline()))
        assert child is not None
        assert is_alive(child)
        starter.kill()
    until(lambda: not is_alive(child))


def test_a_service_is_in_a_session_of_its_own(tmp_path: Path) -> None:
    process = start_process(["sleep", "6000"], tmp_path / "log", dict(os.environ), tmp_path)
    try:
        assert os.getsid(process.pid) == process.pid != os.getsid(0)
        assert process_tree(process.pid)[0].pid == process.pid
    finally:
        process.kill()
        process.wait()


def test_last_lines_are_the_end_of_the_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert log_tail(log) == "(no log)"
    log.write_text("")
    assert log_tail(log) == "(the log is empty)"
    log.write_text("".join(f"line {n}\n" for n in range(5000)))
    assert log_tail(log, 2) == "  | line 4998\n  | line 4999"
