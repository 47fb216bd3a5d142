"""Start, find and stop the embedded services of a home: `up`, `down`, `status`, and `owned` for a caller's lifetime."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import psutil  # type: ignore[import-untyped]
from filelock import FileLock, Timeout

from deploy.embedded.home import Home, Record, home_of, install_folder, read_record
from deploy.embedded.launcher import STOP_S, await_ready, child, detached, end_child
from deploy.embedded.processes import Identity, end, identify, is_alive
from deploy.embedded.status import ServiceStatus, status
from deploy.embedded.supervisor_process import clear_leftovers
from deploy.embedded.waiting import Tell, Waiting, say
from deploy.installation import artifacts, java
from schemas.errors import Transient
from schemas.runtime.settings import Endpoints, Settings, endpoints

_ASK_EVERY_S = 1.0

__all__ = ["ServiceStatus", "down", "erase", "owned", "status", "up"]


def up(settings: Settings, fresh: bool = False, tell: Tell = say) -> Endpoints:
    """Start the services under a detached supervisor, if they do not run, and tell where they are once all answer.

    `fresh` stops them and empties this home first; `tell` is given what is waited for. Raises: Configuration when
    something to install is missing or wrong; Transient when a service does not start, or when another command owns
    this home's services.
    """
    if settings.external:
        return endpoints(settings)
    home = _prepared(settings)
    with _changing(home, tell):
        record = _living(home)
        if record and record.owner is not None:
            raise _in_use(home, record.owner)
        if fresh:
            _stop(home, record)
            home.empty()
        if record and not fresh:
            await_ready(home, record.supervisor, tell)
        else:
            _start_detached(settings, home, tell)
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
    with _changing(home, say):
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
def owned(settings: Settings, tell: Tell = say) -> Iterator[Endpoints]:
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
        with _changing(home, tell):
            record = _living(home)
            if record is None:
                supervisor = child(settings, home)
                who = identify(supervisor.pid) or Identity(supervisor.pid, 0.0)
            elif record.owner is None or record.owner in _ancestry():
                who = record.supervisor
            else:
                raise _in_use(home, record.owner)
            await_ready(home, who, tell)
        yield endpoints(settings)
    finally:
        if supervisor is not None:
            end_child(supervisor)


def _prepared(settings: Settings) -> Home:
    """Make the folders, and fetch and find what is needed here, where progress and errors can be seen."""
    home = home_of(settings)
    home.create()
    artifacts.fetch(settings.cache.absolute(), install_folder(settings, home))
    java.find(settings.java, home.uid)
    return home


@contextmanager
def _changing(home: Home, tell: Tell) -> Iterator[None]:
    """One command at a time starts or stops the services of a home; the next waits while the services get on."""
    lock = FileLock(home.run / "commands.lock")
    waiting: Waiting | None = None
    while not lock.is_locked:
        try:
            lock.acquire(timeout=_ASK_EVERY_S)
        except Timeout:
            waiting = waiting or Waiting(home, None, tell)
            _look(waiting, home)
    try:
        yield
    finally:
        lock.release()


def _look(waiting: Waiting, home: Home) -> None:
    try:
        waiting.look()
    except Transient as exc:
        raise Transient(f"another command is starting or stopping {home.root} and gets nowhere: {exc}") from exc


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


def _start_detached(settings: Settings, home: Home, tell: Tell) -> None:
    supervisor = detached(settings, home)
    try:
        await_ready(home, supervisor, tell)
    except BaseException:
        # Ctrl-C too: what was not reported as running must not run
        end([supervisor], STOP_S)
        raise


def _stop(home: Home, record: Record | None) -> None:
    if record:
        end([record.supervisor], STOP_S)
    clear_leftovers(home)
