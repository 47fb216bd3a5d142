"""Start, find and stop the embedded services of a home: `up`, `down`, `status`, and `owned` for a caller's lifetime."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil  # type: ignore[import-untyped]
from filelock import FileLock, Timeout

from deploy import artifacts, java
from deploy.home import Home, Record, home_of, install_folder, read_record
from deploy.keeper import clear_leftovers
from deploy.processes import Identity, end, identify, is_alive, last_lines
from deploy.status import ServiceStatus, answers, status
from deploy.watch import START_S
from schemas.errors import Transient
from schemas.settings import Endpoints, Settings, endpoints

__all__ = ["ServiceStatus", "down", "erase", "owned", "status", "up"]

_READY_S = START_S + 20.0
_STOP_S = 60.0
_LOCK_S = _READY_S + _STOP_S


def up(settings: Settings, fresh: bool = False) -> Endpoints:
    """Start the services under a detached supervisor, if they do not run, and tell where they are once all answer.

    `fresh` stops them and empties this home first. Raises: Configuration when something to install is missing or
    wrong; Transient when a service does not start, or when another command owns this home's services.
    """
    if settings.external:
        return endpoints(settings)
    home = _prepared(settings)
    with _changing(home):
        record = _living(home)
        if record and record.owner is not None:
            raise _in_use(home, record.owner)
        if fresh:
            _stop(home, record)
            home.empty()
        if record and not fresh:
            _await_ready(home, record.supervisor)
        else:
            _start_detached(settings, home)
    return endpoints(settings)


def down(settings: Settings) -> bool:
    """Stop the services; what they hold is kept. Gives False when none ran.

    Raises: Transient when another command owns them.
    """
    if settings.external:
        return False
    home = home_of(settings)
    if not home.run.exists():
        return False
    with _changing(home):
        record = _living(home)
        if record and record.owner is not None:
            raise _in_use(home, record.owner)
        _stop(home, record)
    return record is not None


def erase(settings: Settings) -> None:
    """Stop the services and delete the home, also what of it lies elsewhere. Raises: as `down`."""
    down(settings)
    if not settings.external:
        home_of(settings).remove()


@contextmanager
def owned(settings: Settings) -> Iterator[Endpoints]:
    """Give running services for as long as the block lasts; they end with this process, even if it is killed.

    Services of this home that already run, detached or owned by this process or one it descends from, are used and
    left running. Raises: as `up`.
    """
    if settings.external:
        yield endpoints(settings)
        return
    home = _prepared(settings)
    supervisor: subprocess.Popen[bytes] | None = None
    try:
        with _changing(home):
            record = _living(home)
            if record is None:
                supervisor = _child(settings, home)
                who = identify(supervisor.pid) or Identity(supervisor.pid, 0.0)
            elif record.owner is None or record.owner in _ancestry():
                who = record.supervisor
            else:
                raise _in_use(home, record.owner)
            _await_ready(home, who)
        yield endpoints(settings)
    finally:
        if supervisor is not None:
            _stop_child(supervisor)


def _prepared(settings: Settings) -> Home:
    """Make the folders, and fetch and find what is needed here, where progress and errors can be seen."""
    home = home_of(settings)
    home.create()
    artifacts.fetch(settings.cache.absolute(), install_folder(settings, home))
    java.find(settings.java, home.uid)
    return home


@contextmanager
def _changing(home: Home) -> Iterator[None]:
    """One command at a time starts or stops the services of a home."""
    lock = FileLock(home.run / "commands.lock", timeout=_LOCK_S)
    try:
        lock.acquire()
    except Timeout as exc:
        raise Transient(f"another command has been starting or stopping {home.root} for {_LOCK_S:.0f} s") from exc
    try:
        yield
    finally:
        lock.release()


def _living(home: Home) -> Record | None:
    record = read_record(home.record_file)
    return record if record and is_alive(record.supervisor) and record.phase not in ("stopping", "failed") else None


def _in_use(home: Home, owner: int) -> Transient:
    return Transient(
        f"process {owner} runs the services of {home.root} for itself: end it first, or set INTERAGENCY_HOME to "
        "another folder"
    )


def _ancestry() -> set[int]:
    me = psutil.Process()
    return {me.pid, *(parent.pid for parent in me.parents())}


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


def _start_detached(settings: Settings, home: Home) -> None:
    supervisor = _detached(settings, home)
    try:
        _await_ready(home, supervisor)
    except BaseException:
        # Ctrl-C too: what was not reported as running must not run
        end([supervisor], _STOP_S)
        raise


def _detached(settings: Settings, home: Home) -> Identity:
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


def _child(settings: Settings, home: Home) -> subprocess.Popen[bytes]:
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


def _await_ready(home: Home, supervisor: Identity) -> None:
    """Wait until the supervisor says that all is ready and each service answers here too."""
    deadline = time.monotonic() + _READY_S
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
        f"{', '.join(running.name for running in late) or 'the supervisor'} not ready within {_READY_S:.0f} s; "
        f"the log {paths[0]} ends with\n{last_lines(paths[0])}"
    )


def _failed(home: Home, record: Record | None) -> Transient:
    if record and record.error:
        return Transient(record.error)
    path = home.log("supervisor")
    return Transient(f"the supervisor ended; its log {path} ends with\n{last_lines(path)}")


def _stop(home: Home, record: Record | None) -> None:
    if record:
        end([record.supervisor], _STOP_S)
    clear_leftovers(home)


def _stop_child(supervisor: subprocess.Popen[bytes]) -> None:
    supervisor.terminate()
    try:
        supervisor.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        # its services die with it
        supervisor.kill()
        supervisor.wait()
