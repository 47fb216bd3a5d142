"""Start processes that cannot outlive this one, and end processes that are proved to be ours."""

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
# loaded here: between fork and exec only the call itself is safe
_PRCTL = getattr(ctypes.CDLL(None), "prctl", None)
_SAME_S = 0.5
_AFTER_KILL_S = 10.0


@dataclass(frozen=True, slots=True)
class Identity:
    """A process that is not mistaken for a later one with its pid.

    `started` is in seconds after boot: unlike a date it does not move when the clock is set.
    """

    pid: int
    started: float


def since_boot_s() -> float:
    """Return the seconds since boot, the clock of `Identity.started`."""
    return float(time.time() - psutil.boot_time())


def identify(pid: int) -> Identity | None:
    """Give the identity of a living process, or None; one that waits to be reaped is dead."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return Identity(pid, round(process.create_time() - psutil.boot_time(), 2))
    except psutil.NoSuchProcess:
        return None


def is_alive(who: Identity) -> bool:
    """Tell whether that very process lives."""
    found = identify(who.pid)
    return found is not None and abs(found.started - who.started) < _SAME_S


def family(pid: int) -> tuple[Identity, ...]:
    """Give a process and what it started, as far as it lives."""
    try:
        pids = [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
    except psutil.NoSuchProcess:
        return ()
    return tuple(who for who in map(identify, pids) if who)


def resident_bytes(processes: Iterable[Identity]) -> int:
    """Give the resident memory of those that live."""
    total = 0
    for who in filter(is_alive, processes):
        try:
            total += psutil.Process(who.pid).memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def end(processes: Iterable[Identity], grace_s: float) -> None:
    """End each that lives and is proved to be the one meant: TERM, and KILL after `grace_s` seconds."""
    for number, wait_s in ((signal.SIGTERM, grace_s), (signal.SIGKILL, _AFTER_KILL_S)):
        living = [who for who in processes if is_alive(who)]
        for who in living:
            try:
                os.kill(who.pid, number)
            except ProcessLookupError:
                continue
        deadline = time.monotonic() + wait_s
        while any(map(is_alive, living)) and time.monotonic() < deadline:
            time.sleep(0.05)


def start(
    command: list[str], log: Path | None, environment: dict[str, str], folder: Path, uid: int | None = None
) -> subprocess.Popen[bytes]:
    """Start a process that the kernel kills when this one ends, however it ends.

    Its output goes to `log`; where that is None, to this process's own standard error.

    Call it from the main thread: the kernel looks at the thread that started the child.
    """
    parent = os.getpid()

    def bound() -> None:
        # runs after the change of user, which would clear it
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


def last_lines(log: Path, count: int = 15) -> str:
    """Give the end of a log, for an error message."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, log.stat().st_size - 16_384))
            lines = stream.read().decode(errors="replace").splitlines()
    except OSError:
        return "(no log)"
    return "\n".join(f"  | {line[:300]}" for line in lines[-count:]) or "(the log is empty)"
