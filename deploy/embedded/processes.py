"""Start processes that cannot outlive this one, and end processes that are proven to be ours."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]

_PR_SET_PDEATHSIG = 1
# loaded here, since between fork and exec only the call itself is safe
_PRCTL = getattr(ctypes.CDLL(None), "prctl", None)
_SAME_S = 0.5
_AFTER_KILL_S = 10.0


@dataclass(frozen=True, slots=True)
class Identity:
    """A process, distinct from a later one with the same pid.

    `started` is in seconds after boot: unlike a date it does not move when the clock is set.
    """

    pid: int
    started: float


def since_boot_s() -> float:
    """Return the seconds since boot, the clock of `Identity.started`."""
    return float(time.time() - psutil.boot_time())


def identify(pid: int) -> Identity | None:
    """Return the identity of the living process with this pid, or None; a zombie counts as dead."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return Identity(pid, round(process.create_time() - psutil.boot_time(), 2))
    except psutil.NoSuchProcess:
        return None


def is_alive(identity: Identity) -> bool:
    """Return whether that very process is alive."""
    current = identify(identity.pid)
    return current is not None and abs(current.started - identity.started) < _SAME_S


def process_tree(pid: int) -> tuple[Identity, ...]:
    """Return the living ones of the process with this pid and its descendants."""
    try:
        pids = [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
    except psutil.NoSuchProcess:
        return ()
    return tuple(identity for identity in map(identify, pids) if identity)


def resident_bytes(processes: Iterable[Identity]) -> int:
    """Return the resident memory, in bytes, of those that are alive."""
    total = 0
    for identity in filter(is_alive, processes):
        try:
            total += psutil.Process(identity.pid).memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def end_processes(processes: Iterable[Identity], grace_s: float) -> None:
    """End those that are alive: TERM, and KILL after `grace_s` seconds; never a later process with the same pid."""
    for number, wait_s in ((signal.SIGTERM, grace_s), (signal.SIGKILL, _AFTER_KILL_S)):
        living = [identity for identity in processes if is_alive(identity)]
        for identity in living:
            try:
                os.kill(identity.pid, number)
            except ProcessLookupError:
                continue
        deadline = time.monotonic() + wait_s
        while any(map(is_alive, living)) and time.monotonic() < deadline:
            time.sleep(0.05)


def start_process(
    command: list[str], log: Path | None, environment: dict[str, str], folder: Path, uid: int | None = None
) -> subprocess.Popen[bytes]:
    """Start a process, as user `uid`, that the kernel kills when this one ends, however it ends (prctl(2)).

    Its output goes to `log`, or to this process's standard error where that is None. Call it from the main thread,
    since the kernel ties the child to the thread that started it.
    """
    parent = os.getpid()

    def bound() -> None:
        # runs after the change of user, which would clear the signal
        if _PRCTL is not None:
            _PRCTL(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    with log.open("ab") if log else nullcontext(sys.stderr) as output:
        return subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=folder,
            start_new_session=True,
            preexec_fn=bound,  # noqa: PLW1509 (this process has one thread)
            user=uid,
            group=uid,
            extra_groups=None if uid is None else [],
        )


def log_tail(log: Path, count: int = 15) -> str:
    """Return the last lines of a log, for an error message."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, log.stat().st_size - 16_384))
            lines = stream.read().decode(errors="replace").splitlines()
    except OSError:
        return "(no log)"
    return "\n".join(f"  | {line[:300]}" for line in lines[-count:]) or "(the log is empty)"
