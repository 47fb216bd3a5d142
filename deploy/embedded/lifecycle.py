"""Start, find and stop the embedded services of a home: `up`, `down`, `status`, and `owned` for a caller's lifetime."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import psutil  # type: ignore[import-untyped]
from filelock import FileLock, Timeout

from deploy.embedded.home import Home, SupervisorRecord, home_of, install_folder, read_record
from deploy.embedded.launcher import STOP_S, await_ready, end_child, start_child, start_detached
from deploy.embedded.processes import Identity, end_processes, identify, is_alive
from deploy.embedded.status import ServiceStatus, status
from deploy.embedded.supervisor_process import clear_leftovers
from deploy.embedded.waiting import Notify, ReadinessCheck, ignore
from deploy.installation import artifacts, java
from schemas.errors import Transient
from schemas.runtime.settings import Endpoints, Settings, endpoints

_RETRY_S = 1.0

__all__ = ["ServiceStatus", "down", "erase", "owned", "status", "up"]


def up(settings: Settings, fresh: bool = False, notify: Notify = ignore) -> Endpoints:
    """Start the services under a detached supervisor, if they do not run; return their endpoints once all answer.

    `fresh` stops them and empties this home first; `notify` of what is not ready yet.

    Raises: Configuration when something to install is missing or wrong; Transient when a service does not start, or
    when another command owns this home's services.
    """
    if settings.external:
        return endpoints(settings)
    home = _prepare(settings)
    with _command_lock(home, notify):
        record = _living_record(home)
        if record and record.owner is not None:
            raise _in_use(home, record.owner)
        if fresh:
            _stop(home, record)
            home.empty()
        if record and not fresh:
            await_ready(home, record.supervisor, notify)
        else:
            _start_detached(settings, home, notify)
    return endpoints(settings)


def down(settings: Settings, notify: Notify = ignore) -> bool:
    """Stop the services, keep their data; return whether any ran. Raises: Transient when another command owns them."""
    if settings.external:
        return False
    home = home_of(settings)
    if not home.run.exists():
        return False
    with _command_lock(home, notify):
        record = _living_record(home)
        if record and record.owner is not None:
            raise _in_use(home, record.owner)
        _stop(home, record)
    return record is not None


def erase(settings: Settings) -> None:
    """Stop the services and delete the home, with its data outside of it. Raises: Transient, as `down`."""
    down(settings)
    if not settings.external:
        home_of(settings).remove()


@contextmanager
def owned(settings: Settings, notify: Notify = ignore) -> Iterator[Endpoints]:
    """Run the services while the block lasts and yield their endpoints; they end with this process, even if killed.

    Services of this home that already run, detached or owned by this process or an ancestor, are used and left running.

    Raises: Configuration, Transient, as `up`.
    """
    if settings.external:
        yield endpoints(settings)
        return
    home = _prepare(settings)
    supervisor: subprocess.Popen[bytes] | None = None
    try:
        with _command_lock(home, notify):
            record = _living_record(home)
            if record is None:
                supervisor = start_child(settings, home)
                identity = identify(supervisor.pid) or Identity(supervisor.pid, 0.0)
            elif record.owner is None or record.owner in _ancestry():
                identity = record.supervisor
            else:
                raise _in_use(home, record.owner)
            await_ready(home, identity, notify)
        yield endpoints(settings)
    finally:
        if supervisor is not None:
            end_child(supervisor)


def _prepare(settings: Settings) -> Home:
    """Create the folders, download the services and find Java here, where the user sees progress and errors."""
    home = home_of(settings)
    home.create()
    artifacts.fetch(settings.cache.absolute(), install_folder(settings, home))
    java.find_java(settings.java, home.uid)
    return home


@contextmanager
def _command_lock(home: Home, notify: Notify) -> Iterator[None]:
    """Hold the lock of the commands that start or stop a home's services; wait while another makes progress."""
    lock = FileLock(home.run / "commands.lock")
    check: ReadinessCheck | None = None
    while not lock.is_locked:
        try:
            lock.acquire(timeout=_RETRY_S)
        except Timeout:
            check = check or ReadinessCheck(home, None, notify)
            _check_progress(check, home)
    try:
        yield
    finally:
        lock.release()


def _check_progress(check: ReadinessCheck, home: Home) -> None:
    try:
        check.is_ready()
    except Transient as exc:
        raise Transient(f"another command is starting or stopping {home.root} and makes no progress: {exc}") from exc


def _living_record(home: Home) -> SupervisorRecord | None:
    record = read_record(home.record_file)
    return record if record and is_alive(record.supervisor) and record.phase not in ("stopping", "failed") else None


def _in_use(home: Home, owner: int) -> Transient:
    return Transient(
        f"process {owner} runs the services of {home.root} for itself: end it first, or set INTERAGENCY_HOME to "
        "another folder"
    )


def _ancestry() -> set[int]:
    process = psutil.Process()
    return {process.pid, *(parent.pid for parent in process.parents())}


def _start_detached(settings: Settings, home: Home, notify: Notify) -> None:
    supervisor = start_detached(settings, home)
    try:
        await_ready(home, supervisor, notify)
    except BaseException:
        # Ctrl-C too: services that were not reported as running must not run
        end_processes([supervisor], STOP_S)
        raise


def _stop(home: Home, record: SupervisorRecord | None) -> None:
    if record:
        end_processes([record.supervisor], STOP_S)
    clear_leftovers(home)
