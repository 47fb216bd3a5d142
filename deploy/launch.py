"""Start the supervisor process, detached or as a child, wait for it, and end it."""

import os
import subprocess
import sys
import time
from pathlib import Path

from deploy.home import Home, Record, read_record
from deploy.processes import Identity, identify, is_alive, last_lines
from deploy.status import answers
from deploy.watch import START_S
from schemas.errors import Transient
from schemas.settings import Settings

READY_S = START_S + 20.0
STOP_S = 60.0


def _environment(settings: Settings) -> dict[str, str]:
    source = str(Path(__file__).parents[1])
    named = {
        "INTERAGENCY_HOME": str(settings.home.absolute()),
        "INTERAGENCY_CACHE": str(settings.cache.absolute()),
        "INTERAGENCY_LOG_LEVEL": settings.log_level,
        "PYTHONPATH": os.pathsep.join(filter(None, [source, os.environ.get("PYTHONPATH")])),
    }
    if settings.java:
        named["INTERAGENCY_JAVA"] = str(settings.java.absolute())
    return dict(os.environ) | named


def detached(settings: Settings, home: Home) -> Identity:
    """Start a supervisor that belongs to nobody and runs until it is told to stop."""
    command = [sys.executable, "-m", "deploy.keeper"]
    with home.log("supervisor").open("ab") as output:
        told = subprocess.run(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=output,
            env=_environment(settings),
            cwd=home.root,
            start_new_session=True,
            check=True,
        )
    pid = int(told.stdout)
    return identify(pid) or Identity(pid, 0.0)


def child(settings: Settings, home: Home) -> subprocess.Popen[bytes]:
    """Start a supervisor that ends with this process, even if that is killed."""
    command = [sys.executable, "-m", "deploy.keeper", "--owner", str(os.getpid())]
    with home.log("supervisor").open("ab") as output:
        # in a session of its own: Ctrl-C is for the caller, who then ends it in order
        return subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=_environment(settings),
            cwd=home.root,
            start_new_session=True,
        )


def await_ready(home: Home, supervisor: Identity) -> None:
    """Wait until the supervisor says that all is ready and each service answers here too.

    Raises: Transient, with the end of the log that tells why, when it ends before that or takes too long.
    """
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        alive = is_alive(supervisor)
        record = read_record(home.record_file)
        mine = record if record and record.supervisor.pid == supervisor.pid else None
        if mine and mine.phase == "ready" and all(map(answers, mine.services)):
            return
        if not alive:
            raise _failed(home, mine)
        time.sleep(0.1)
    late = [running for running in (mine.services if mine else ()) if not answers(running)]
    paths = [Path(running.log) for running in late] or [home.log("supervisor")]
    raise Transient(
        f"{', '.join(running.name for running in late) or 'the supervisor'} not ready within {READY_S:.0f} s; "
        f"the log {paths[0]} ends with\n{last_lines(paths[0])}"
    )


def _failed(home: Home, record: Record | None) -> Transient:
    if record and record.error:
        return Transient(record.error)
    path = home.log("supervisor")
    return Transient(f"the supervisor ended; its log {path} ends with\n{last_lines(path)}")


def end_child(supervisor: subprocess.Popen[bytes]) -> None:
    """End a supervisor that `child` gave, and with it its services."""
    supervisor.terminate()
    try:
        supervisor.wait(STOP_S)
    except subprocess.TimeoutExpired:
        # its services die with it
        supervisor.kill()
        supervisor.wait()
