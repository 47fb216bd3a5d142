"""The workers of the stages as child processes: start, restart after a growing pause, stop, leave no orphan."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from deploy.embedded.processes import Identity, process_tree, start_process
from schemas.runtime import process_stats
from schemas.runtime.backoff import pause_s
from schemas.runtime.settings import Settings
from schemas.runtime.telemetry import logger

COMMANDS: dict[str, tuple[str, ...]] = {
    "intake": ("streams", "intake"),
    "resolve": ("streams", "resolve"),
    "release": ("streams", "release"),
    "index": ("sinks",),
}
STAGES = tuple(COMMANDS)
FIRST_PAUSE_S = 1.0
MAX_PAUSE_S = 30.0
STEADY_S = 60.0
STOP_S = 30.0

log = logger("deploy.run.workers")


@dataclass(slots=True)
class _Worker:
    stage: str
    process: subprocess.Popen[bytes]
    started: float
    deaths: int = 0
    restart_at: float | None = None
    restarts: int = 0


def ordinal(number: int) -> str:
    """Return the ordinal of a count: 1st, 2nd, 3rd, 4th, 11th, 21st."""
    last = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{last}"


def _restart_notice(worker: _Worker, code: int, log_file: Path | None) -> str:
    log_hint = f", see {log_file}" if log_file else ""
    return f"{worker.stage} exited with code {code} and was restarted ({ordinal(worker.restarts)} time){log_hint}"


@dataclass(slots=True)
class Workers:
    """One process for each of `stages`; their logs go to the folder `logs`, or to standard error where it is None.

    Call `check` about once a second; `notify` is called with a sentence about each restart.
    """

    stages: Iterable[str]
    settings: Settings
    logs: Path | None = None
    notify: Callable[[str], None] | None = None
    restarts: int = 0
    _workers: list[_Worker] = field(default_factory=list)

    def __enter__(self) -> "Workers":
        process_stats.remove_ended(self.settings.home)
        for stage in self.stages:
            self._workers.append(_Worker(stage, self._start(stage), time.monotonic()))
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def log_files(self) -> list[Path]:
        """Return the workers' log files, [] where they log to standard error."""
        return [self.logs / f"{stage}.log" for stage in self.stages] if self.logs else []

    def _start(self, stage: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", *COMMANDS[stage]]
        process = start_process(command, self._log_file(stage), dict(os.environ), Path.cwd())
        log.debug("worker_process_started", stage=stage, pid=process.pid)
        return process

    def _log_file(self, stage: str) -> Path | None:
        return self.logs and self.logs / f"{stage}.log"

    def check(self) -> None:
        """Restart dead workers, each after a pause that doubles until the worker stays up for STEADY_S seconds."""
        now = time.monotonic()
        for worker in self._workers:
            code = worker.process.poll()
            if code is None:
                continue
            if worker.restart_at is None:
                worker.deaths = 1 if now - worker.started > STEADY_S else worker.deaths + 1
                worker.restart_at = now + pause_s(worker.deaths - 1, FIRST_PAUSE_S, MAX_PAUSE_S)
                self.restarts += 1
                log.error("worker_process_died", stage=worker.stage, pid=worker.process.pid, code=code)
            elif now >= worker.restart_at:
                worker.process, worker.started, worker.restart_at = self._start(worker.stage), now, None
                worker.restarts += 1
                if self.notify is not None:
                    self.notify(_restart_notice(worker, code, self._log_file(worker.stage)))

    def processes(self) -> tuple[Identity, ...]:
        """Return the living processes of all workers."""
        return tuple(who for worker in self._workers for who in process_tree(worker.process.pid))

    def stop(self) -> None:
        """Send TERM, and KILL after STOP_S seconds; the next worker reads again what was not committed."""
        living = [worker.process for worker in self._workers if worker.process.poll() is None]
        for process in living:
            process.terminate()
        deadline = time.monotonic() + STOP_S
        for process in living:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
        for process in living:
            if process.poll() is None:
                log.error("worker_process_killed", pid=process.pid)
                process.kill()
                process.wait()
