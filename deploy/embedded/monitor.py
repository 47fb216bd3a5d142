"""The loop that looks after the three services: start, await, restart what dies, stop.

One thread: the kernel ties a child's life to the thread that started it.
"""

import os
import subprocess
import time
from dataclasses import dataclass, replace

from deploy.embedded.home import Home, Record, Running
from deploy.embedded.meter import Meter
from deploy.embedded.processes import Identity, end, family, identify, last_lines, since_boot_s, start
from deploy.embedded.progress import Progress, patience
from deploy.embedded.services import Service
from schemas.errors import PipelineError, Transient
from schemas.runtime import backoff
from schemas.runtime.settings import Endpoints
from schemas.runtime.telemetry import logger

_LOOK_S = 0.2
_SAMPLE_S = 2.0
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0
_STEADY_S = 60.0

log = logger(__name__)


def pause_s(deaths: int) -> float:
    """Tell how long to wait, in seconds, before one that died so often in a row is started again."""
    return backoff.pause_s(deaths - 1, _FIRST_PAUSE_S, _LONGEST_PAUSE_S)


@dataclass(slots=True)
class Watched:
    """One service and its process. Times are of the monotonic clock, in seconds.

    `deaths` and `given_up` count in a row: starts that ended by themselves, and those that made no progress.
    """

    service: Service
    process: subprocess.Popen[bytes]
    started: float
    seen: Running
    meter: Meter
    progress: Progress
    sampled: float = float("-inf")
    ready_at: float | None = None
    again_at: float | None = None
    deaths: int = 0
    given_up: int = 0


class Watch:
    """Starts the services, looks after them until it is told to stop, and stops them."""

    def __init__(self, home: Home, services: tuple[Service, ...], endpoints: Endpoints, owner: int | None) -> None:
        self.home = home
        self.endpoints = endpoints
        self.owner = owner
        self.stopping = False
        self.published = False
        me = identify(os.getpid())
        assert me is not None
        self.record = Record(supervisor=me, phase="starting", owner=owner)
        self.services = services
        self.watched: list[Watched] = []

    def stop_soon(self, *_: object) -> None:
        """Ask the loop to end; the handler of TERM and INT."""
        self.stopping = True

    def run(self) -> None:
        """Work until told to stop or until the owner is gone; raises Transient when a service does not start."""
        failure = ""
        try:
            for service in self.services:
                self.watched.append(self._start(service))
            self._note("starting")
            while not self.stopping and not self._abandoned():
                for watched in self.watched:
                    self._look(watched)
                self._publish_once()
                time.sleep(_LOOK_S)
        except PipelineError as exc:
            failure = str(exc)
            raise
        finally:
            self._stop_all(failure)

    def _abandoned(self) -> bool:
        # not a death signal: that comes when the thread that started this process ends. The parent changes even
        # before the owner is reaped, and a later process with its pid is not the parent
        return self.owner is not None and os.getppid() != self.owner

    def _start(self, service: Service, given_up: int = 0) -> Watched:
        log.info("service_starting", service=service.name, port=service.port)
        process = start(service.command, service.log, service.environment, service.folder, service.uid)
        running = Running(
            name=service.name,
            port=service.port,
            state="starting",
            data=str(service.data),
            log=str(service.log),
            processes=family(process.pid),
            since=since_boot_s(),
        )
        now = time.monotonic()
        meter = Meter((service.log,), service.port)
        return Watched(service, process, now, running, meter, Progress(now, patience(given_up)), given_up=given_up)

    def _look(self, watched: Watched) -> None:
        now = time.monotonic()
        if watched.again_at is not None:
            if now >= watched.again_at:
                self._start_again(watched)
        elif watched.process.poll() is not None:
            self._died(watched, now)
        elif watched.ready_at is None:
            self._await(watched, now)

    def _await(self, watched: Watched, now: float) -> None:
        name, seconds = watched.service.name, round(now - watched.started, 2)
        if watched.service.answers():
            watched.ready_at, watched.given_up = now, 0
            # only now are all its processes there
            processes = family(watched.process.pid)
            self._see(watched, state="ready", processes=processes, ready_s=seconds, since=since_boot_s(), doing="")
            log.info("service_ready", service=name, pid=watched.process.pid, port=watched.service.port, seconds=seconds)
        elif now - watched.sampled >= _SAMPLE_S:
            watched.sampled = now
            processes = family(watched.process.pid)
            watched.progress.take(watched.meter.sample(processes), now)
            self._judge(watched, processes, now)

    def _judge(self, watched: Watched, processes: tuple[Identity, ...], now: float) -> None:
        """Give up a start that gets nowhere; however long one takes that does something, it is waited for."""
        doing = watched.progress.doing(now)
        if (processes, doing) != (watched.seen.processes, watched.seen.doing):
            self._see(watched, processes=processes, doing=doing)
        if why := watched.progress.stuck(now):
            watched.process.kill()
            watched.given_up += 1
            log.error("service_stuck", service=watched.service.name, pid=watched.process.pid, reason=why)
            if not self.published:
                raise self._not_started(watched, why)

    def _died(self, watched: Watched, now: float) -> None:
        code, name = watched.process.returncode, watched.service.name
        log.error("service_died", service=name, pid=watched.process.pid, code=code, path=str(watched.service.log))
        if not self.published:
            raise self._not_started(watched, f"ended with code {code}")
        # its children may still hold its port and its data
        end(watched.seen.processes, watched.service.grace_s)
        steady = watched.ready_at is not None and now - watched.ready_at > _STEADY_S
        watched.deaths = 1 if steady else watched.deaths + 1
        watched.again_at = now + pause_s(watched.deaths)
        # one outage, however many starts it takes
        since = watched.seen.since if watched.ready_at is None else since_boot_s()
        restarts = watched.seen.restarts + 1
        self._see(watched, state="restarting", processes=(), restarts=restarts, since=since, doing="")

    def _start_again(self, watched: Watched) -> None:
        fresh = self._start(watched.service, watched.given_up)
        watched.process, watched.started = fresh.process, fresh.started
        watched.meter, watched.progress, watched.sampled = fresh.meter, fresh.progress, fresh.sampled
        watched.ready_at = watched.again_at = None
        self._see(watched, processes=fresh.seen.processes)

    def _not_started(self, watched: Watched, how: str) -> Transient:
        path = watched.service.log
        return Transient(f"{watched.service.name} {how}; its log {path} ends with\n{last_lines(path)}")

    def _publish_once(self) -> None:
        if not self.published and all(watched.ready_at is not None for watched in self.watched):
            self.published = True
            self.endpoints.write(self.home.endpoints_file)
            self._note("ready")

    def _see(self, watched: Watched, **changes: object) -> None:
        watched.seen = replace(watched.seen, **changes)  # type: ignore[arg-type]
        self._note(self.record.phase)

    def _note(self, phase: str, error: str = "") -> None:
        services = tuple(watched.seen for watched in self.watched)
        self.record = replace(self.record, phase=phase, error=error, services=services)
        self.record.write(self.home.record_file)

    def _stop_all(self, failure: str) -> None:
        self.home.endpoints_file.unlink(missing_ok=True)
        self._note("stopping")
        for watched in reversed(self.watched):
            _stop(watched)
        if failure:
            self._note("failed", failure)
        else:
            self.home.record_file.unlink(missing_ok=True)


def _stop(watched: Watched) -> None:
    started, service = time.monotonic(), watched.service
    processes = (*family(watched.process.pid), *watched.seen.processes)
    if watched.process.poll() is None:
        watched.process.terminate()
        try:
            watched.process.wait(service.grace_s)
        except subprocess.TimeoutExpired:
            watched.process.kill()
            watched.process.wait()
    end(processes, service.grace_s)
    log.info("service_stopped", service=service.name, seconds=round(time.monotonic() - started, 2))
