"""Start the supervisor process, detached or as a child, wait for it, and end it."""

import os
import subprocess
import sys
import time
from pathlib import Path

from deploy.embedded.home import Home, Record
from deploy.embedded.processes import Identity, identify, is_alive, last_lines
from deploy.embedded.waiting import Tell, Waiting, say
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


def detached(settings: Settings, home: Home) -> Identity:
    """Start a supervisor that belongs to nobody and runs until it is told to stop."""
    command = [sys.executable, "-m", "deploy.embedded.supervisor_process"]
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
    command = [sys.executable, "-m", "deploy.embedded.supervisor_process", "--owner", str(os.getpid())]
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


def await_ready(home: Home, supervisor: Identity, tell: Tell = say) -> None:
    """Wait until the supervisor says that all is ready and each service answers here too, however long that takes.

    Raises: Transient, with the end of the log that tells why, when it ends before that or nothing gets on.
    """
    waiting = Waiting(home, supervisor.pid, tell)
    while True:
        alive = is_alive(supervisor)
        if waiting.look():
            return
        if not alive:
            raise _failed(home, waiting.record)
        time.sleep(0.1)


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
