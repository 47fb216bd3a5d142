"""Wait for a supervisor's services: notify of what is not ready, and give up only when nothing makes progress."""

import time
from collections.abc import Callable
from pathlib import Path

from deploy.embedded.home import Home, ServiceRecord, SupervisorRecord, read_record
from deploy.embedded.meter import Meter
from deploy.embedded.processes import log_tail, process_tree, since_boot_s
from deploy.embedded.progress import Progress
from deploy.embedded.status import answers, progress_line
from schemas.errors import Transient

NOTIFY_EVERY_S = 10.0
JUDGE_EVERY_S = 2.0
MAX_RESTARTS = 5
_PATIENCE = 2.0
"""Longer than the supervisor's own, which knows its services and can state what is wrong with them."""
_LOGS = ("supervisor", "kafka", "registry", "elasticsearch")

Notify = Callable[[str], None]


def ignore(_: str) -> None:
    """Ignore the message."""


def _progress_line(service: ServiceRecord) -> str:
    seconds = since_boot_s() - service.since
    return progress_line(service.name, service.state, seconds, service.restarts, service.doing, service.log)


class ReadinessCheck:
    """Check repeatedly whether a supervisor is ready: the one with this pid, or any where that is None."""

    def __init__(self, home: Home, pid: int | None, notify: Notify) -> None:
        self._home, self._pid, self._notify = home, pid, notify
        now = time.monotonic()
        self._notified_at = self._judged_at = now
        self._progress = Progress(now, _PATIENCE)
        self._meter = Meter(map(home.log, _LOGS))
        self._restarts: dict[str, int] = {}
        self._first_restarts: dict[str, int] = {}
        self.record: SupervisorRecord | None = None

    def is_ready(self) -> bool:
        """Return whether all services are ready and answer; notify from time to time of those that are not.

        Raises: Transient, with the end of the log that shows why, when nothing makes progress.
        """
        record = read_record(self._home.record_file)
        self.record = record if record and self._pid in (None, record.supervisor.pid) else None
        services = self.record.services if self.record else ()
        late = [service for service in services if not answers(service)]
        now = time.monotonic()
        if now - self._judged_at >= JUDGE_EVERY_S:
            self._judged_at = now
            self._judge(late, now)
        if self.record and self.record.phase == "ready" and not late:
            return True
        restarts = {service.name: service.restarts for service in services}
        self._first_restarts = restarts | self._first_restarts
        restarted = any(self._restarts.get(name, count) < count for name, count in restarts.items())
        if now - self._notified_at >= NOTIFY_EVERY_S or restarted:
            self._notified_at = now
            starting = f"the supervisor is starting: {self._home.log('supervisor')}"
            self._notify("\n".join(map(_progress_line, late)) or starting)
        self._restarts = restarts
        return False

    def _judge(self, late: list[ServiceRecord], now: float) -> None:
        pid = self._pid or (self.record and self.record.supervisor.pid)
        self._progress.record(self._meter.sample(process_tree(pid) if pid else ()), now)
        if problem := self._progress.stuck(now):
            raise self._failure(", ".join(service.name for service in late) or "the supervisor", problem, late)
        for service in late:
            if service.restarts - self._first_restarts.get(service.name, service.restarts) >= MAX_RESTARTS:
                raise self._failure(service.name, f"was restarted {MAX_RESTARTS} times and is not ready", [service])

    def _failure(self, name: str, problem: str, late: list[ServiceRecord]) -> Transient:
        path = Path(late[0].log) if late else self._home.log("supervisor")
        return Transient(f"{name} {problem}; the log {path} ends with\n{log_tail(path)}")
