"""What processes and their children have done so far, as the kernel counts it."""

from collections.abc import Iterable
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from deploy.embedded.probes import is_open
from deploy.embedded.processes import Identity
from deploy.embedded.progress import Sample


class Meter:
    """Sum up what the processes of one start do; a child that begins and ends between two samples is missed."""

    def __init__(self, logs: Iterable[Path] = (), port: int | None = None) -> None:
        self._logs, self._port = tuple(logs), port
        self._seen: dict[int, tuple[float, float]] = {}
        self._cpu_s = self._waited_s = 0.0

    def sample(self, processes: Iterable[Identity]) -> Sample:
        """Return what these processes, their logs and their port show now."""
        for identity in processes:
            cpu_s, waited_s = _times(identity.pid)
            cpu_before, waited_before = self._seen.get(identity.pid, (0.0, 0.0))
            # negative when the pid is another process now, or a thread has ended
            self._cpu_s += max(0.0, cpu_s - cpu_before)
            self._waited_s += max(0.0, waited_s - waited_before)
            self._seen[identity.pid] = (cpu_s, waited_s)
        written = sum(_size(log) for log in self._logs)
        return Sample(self._cpu_s, self._waited_s, written, self._port is not None and is_open(self._port))


def _times(pid: int) -> tuple[float, float]:
    """Return the CPU time of a process, and how long its threads have waited for a processor, in seconds."""
    try:
        times = psutil.Process(pid).cpu_times()
        waited_ns = sum(map(_waited_ns, Path(f"/proc/{pid}/task").iterdir()))
    except (psutil.Error, OSError):
        return 0.0, 0.0
    return times.user + times.system, waited_ns / 1e9


def _waited_ns(thread: Path) -> int:
    try:
        return int((thread / "schedstat").read_text().split()[1])
    # the thread has just ended, or the kernel does not count waiting; psutil does not offer it
    except (OSError, ValueError, IndexError):
        return 0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
