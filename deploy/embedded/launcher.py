"""Start the supervisor process, detached or as a child; wait for it; end it."""

import os
import subprocess
import sys
import time
from pathlib import Path

from deploy.embedded.home import Home, SupervisorRecord
from deploy.embedded.processes import Identity, identify, is_alive, log_tail
from deploy.embedded.waiting import Notify, ReadinessCheck, ignore
from schemas.errors import Transient
from schemas.runtime.settings import Settings

STOP_S = 60.0


def _environment(settings: Settings) -> dict[str, str]:
    source = str(Path(__file__).parents[2])
    named = {
        "INTERAGENCY_HOME": str(settings.home.absolute()),
        "INTERAGENCY_CACHE": str(settings.cache.absolute()),
        "INTERAGENCY_LOG_LEVEL": settings.log_level,
        "PYTHONPATH": os.pathsep.join(filter(None, [source, os.environ.get("PYTHONPATH")])),
    }
    if settings.java:
        named["INTERAGENCY_JAVA"] = str(settings.java.absolute())
    return dict(os.environ) | named


def start_detached(settings: Settings, home: Home) -> Identity:
    """Start a supervisor without an owner, which runs until `down`."""
    command = [sys.executable, "-m", "deploy.embedded.supervisor_process"]
    with home.log("supervisor").open("ab") as output:
        result = subprocess.run(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=output,
            env=_environment(settings),
            cwd=home.root,
            start_new_session=True,
            check=True,
        )
    pid = int(result.stdout)
    return identify(pid) or Identity(pid, 0.0)


def start_child(settings: Settings, home: Home) -> subprocess.Popen[bytes]:
    """Start a supervisor that ends with this process, even if this process is killed."""
    command = [sys.executable, "-m", "deploy.embedded.supervisor_process", "--owner", str(os.getpid())]
    with home.log("supervisor").open("ab") as output:
        # a session of its own: Ctrl-C reaches only the caller, which then shuts the supervisor down in order
        return subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=_environment(settings),
            cwd=home.root,
            start_new_session=True,
        )


def await_ready(home: Home, supervisor: Identity, notify: Notify = ignore) -> None:
    """Wait until the supervisor reports all services ready and each answers here too, however long that takes.

    Raises: Transient, with the end of the log that shows why, when it exits before that or nothing makes progress.
    """
    check = ReadinessCheck(home, supervisor.pid, notify)
    while True:
        alive = is_alive(supervisor)
        if check.is_ready():
            return
        if not alive:
            raise _start_failure(home, check.record)
        time.sleep(0.1)


def _start_failure(home: Home, record: SupervisorRecord | None) -> Transient:
    if record and record.error:
        return Transient(record.error)
    path = home.log("supervisor")
    return Transient(f"the supervisor exited; its log {path} ends with\n{log_tail(path)}")


def end_child(supervisor: subprocess.Popen[bytes]) -> None:
    """End a supervisor that `start_child` started, and its services with it."""
    supervisor.terminate()
    try:
        supervisor.wait(STOP_S)
    except subprocess.TimeoutExpired:
        # its services die with it
        supervisor.kill()
        supervisor.wait()
