"""Wait for the services of a supervisor: tell what for and since when, and give up only when nothing gets on."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from deploy.embedded.home import Home, Record, Running, read_record
from deploy.embedded.meter import Meter
from deploy.embedded.processes import family, last_lines, since_boot_s
from deploy.embedded.progress import Progress
from deploy.embedded.status import answers, progress_line
from schemas.errors import Transient

TELL_EVERY_S = 10.0
JUDGE_EVERY_S = 2.0
MOST_RESTARTS = 5
_PATIENCE = 2.0
"""Longer than the supervisor's own, which knows its services and tells what is wrong with them."""
_LOGS = ("supervisor", "kafka", "registry", "elasticsearch")

Tell = Callable[[str], None]


def say(text: str) -> None:
    """Tell the operator, on standard error, what is waited for."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _line(late: Running) -> str:
    seconds = since_boot_s() - late.since
    return progress_line(late.name, late.state, seconds, late.restarts, late.doing, late.log)


class Waiting:
    """Looks at a supervisor again and again: the one with this pid, or where that is None, whichever there is."""

    def __init__(self, home: Home, pid: int | None, tell: Tell) -> None:
        self._home, self._pid, self._tell = home, pid, tell
        now = time.monotonic()
        self._told = self._judged = now
        self._progress = Progress(now, _PATIENCE)
        self._meter = Meter(map(home.log, _LOGS))
        self._restarts: dict[str, int] = {}
        self._first: dict[str, int] = {}
        self.record: Record | None = None

    def look(self) -> bool:
        """Return whether all is ready and answers; tells from time to time what is not.

        Raises: Transient, with the end of the log that tells why, when nothing gets on.
        """
        found = read_record(self._home.record_file)
        self.record = found if found and self._pid in (None, found.supervisor.pid) else None
        services = self.record.services if self.record else ()
        late = [running for running in services if not answers(running)]
        now = time.monotonic()
        if now - self._judged >= JUDGE_EVERY_S:
            self._judged = now
            self._judge(late, now)
        if self.record and self.record.phase == "ready" and not late:
            return True
        restarts = {running.name: running.restarts for running in services}
        self._first = restarts | self._first
        if now - self._told >= TELL_EVERY_S or any(self._restarts.get(name, n) < n for name, n in restarts.items()):
            self._told = now
            self._tell("\n".join(map(_line, late)) or f"the supervisor begins: {self._home.log('supervisor')}")
        self._restarts = restarts
        return False

    def _judge(self, late: list[Running], now: float) -> None:
        pid = self._pid or (self.record and self.record.supervisor.pid)
        self._progress.take(self._meter.sample(family(pid) if pid else ()), now)
        if why := self._progress.stuck(now):
            raise self._given_up(", ".join(running.name for running in late) or "the supervisor", why, late)
        for running in late:
            if running.restarts - self._first.get(running.name, running.restarts) >= MOST_RESTARTS:
                raise self._given_up(
                    running.name, f"was started again {MOST_RESTARTS} times and is not ready", [running]
                )

    def _given_up(self, who: str, why: str, late: list[Running]) -> Transient:
        path = Path(late[0].log) if late else self._home.log("supervisor")
        return Transient(f"{who} {why}; the log {path} ends with\n{last_lines(path)}")
