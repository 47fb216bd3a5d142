"""The service monitor: start the three services, wait until they are ready, restart those that die, stop them.

It is one thread, since the kernel ties a child's life to the thread that started it.
"""

import os
import subprocess
import time
from dataclasses import dataclass, replace

from deploy.embedded.home import Home, ServiceRecord, SupervisorRecord
from deploy.embedded.meter import Meter
from deploy.embedded.processes import (
    Identity,
    end_processes,
    identify,
    log_tail,
    process_tree,
    since_boot_s,
    start_process,
)
from deploy.embedded.progress import Progress, patience
from deploy.embedded.services import Service
from schemas.errors import PipelineError, Transient
from schemas.runtime import backoff
from schemas.runtime.settings import Endpoints
from schemas.runtime.telemetry import logger

_CHECK_S = 0.2
_SAMPLE_S = 2.0
_FIRST_PAUSE_S = 0.5
_MAX_PAUSE_S = 30.0
_STEADY_S = 60.0

log = logger(__name__)


def restart_pause_s(deaths: int) -> float:
    """Return the seconds to wait before a restart, after `deaths` in a row (from 1)."""
    return backoff.pause_s(deaths - 1, _FIRST_PAUSE_S, _MAX_PAUSE_S)


@dataclass(slots=True)
class MonitoredService:
    """One service and its process. Times are in seconds of the monotonic clock.

    `deaths` counts consecutive exits, `stalled_starts` consecutive starts that made no progress.
    """

    service: Service
    process: subprocess.Popen[bytes]
    started: float
    seen: ServiceRecord
    meter: Meter
    progress: Progress
    sampled: float = float("-inf")
    ready_at: float | None = None
    restart_at: float | None = None
    deaths: int = 0
    stalled_starts: int = 0


class ServiceMonitor:
    """Start the services, keep them running until a stop is requested, and stop them."""

    def __init__(self, home: Home, services: tuple[Service, ...], endpoints: Endpoints, owner: int | None) -> None:
        self.home = home
        self.endpoints = endpoints
        self.owner = owner
        self.stopping = False
        self.published = False
        own_identity = identify(os.getpid())
        assert own_identity is not None
        self.record = SupervisorRecord(supervisor=own_identity, phase="starting", owner=owner)
        self.services = services
        self.watched: list[MonitoredService] = []

    def request_stop(self, *_: object) -> None:
        """Request that the loop ends after its present round; the signal handler of TERM and INT."""
        self.stopping = True

    def run(self) -> None:
        """Run until a stop is requested or the owner is gone. Raises: Transient when a service does not start."""
        failure = ""
        try:
            for service in self.services:
                self.watched.append(self._start(service))
            self._write_record("starting")
            while not self.stopping and not self._abandoned():
                for watched in self.watched:
                    self._check(watched)
                self._publish_once()
                time.sleep(_CHECK_S)
        except PipelineError as exc:
            failure = str(exc)
            raise
        finally:
            self._stop_all(failure)

    def _abandoned(self) -> bool:
        # not a death signal, which comes when the thread that started this process ends. The parent changes even
        # before the owner is reaped, and a later process with the owner's pid is not the parent
        return self.owner is not None and os.getppid() != self.owner

    def _start(self, service: Service, stalled_starts: int = 0) -> MonitoredService:
        log.info("service_starting", service=service.name, port=service.port)
        process = start_process(service.command, service.log, service.environment, service.folder, service.uid)
        running = ServiceRecord(
            name=service.name,
            port=service.port,
            state="starting",
            data=str(service.data),
            log=str(service.log),
            processes=process_tree(process.pid),
            since=since_boot_s(),
        )
        now = time.monotonic()
        meter = Meter((service.log,), service.port)
        return MonitoredService(
            service,
            process,
            now,
            running,
            meter,
            Progress(now, patience(stalled_starts)),
            stalled_starts=stalled_starts,
        )

    def _check(self, watched: MonitoredService) -> None:
        now = time.monotonic()
        if watched.restart_at is not None:
            if now >= watched.restart_at:
                self._restart(watched)
        elif watched.process.poll() is not None:
            self._schedule_restart(watched, now)
        elif watched.ready_at is None:
            self._check_ready(watched, now)

    def _check_ready(self, watched: MonitoredService, now: float) -> None:
        name, seconds = watched.service.name, round(now - watched.started, 2)
        if watched.service.answers():
            watched.ready_at, watched.stalled_starts = now, 0
            # only now have all its processes started
            processes = process_tree(watched.process.pid)
            self._update(watched, state="ready", processes=processes, ready_s=seconds, since=since_boot_s(), doing="")
            log.info("service_ready", service=name, pid=watched.process.pid, port=watched.service.port, seconds=seconds)
        elif now - watched.sampled >= _SAMPLE_S:
            watched.sampled = now
            processes = process_tree(watched.process.pid)
            watched.progress.record(watched.meter.sample(processes), now)
            self._judge(watched, processes, now)

    def _judge(self, watched: MonitoredService, processes: tuple[Identity, ...], now: float) -> None:
        """Check a start, and kill it if it makes no progress; a start that does may take any time."""
        doing = watched.progress.doing(now)
        if (processes, doing) != (watched.seen.processes, watched.seen.doing):
            self._update(watched, processes=processes, doing=doing)
        if problem := watched.progress.stuck(now):
            watched.process.kill()
            watched.stalled_starts += 1
            log.error("service_stuck", service=watched.service.name, pid=watched.process.pid, reason=problem)
            if not self.published:
                raise self._start_failure(watched, problem)

    def _schedule_restart(self, watched: MonitoredService, now: float) -> None:
        code, name = watched.process.returncode, watched.service.name
        log.error("service_died", service=name, pid=watched.process.pid, code=code, path=str(watched.service.log))
        if not self.published:
            raise self._start_failure(watched, f"exited with code {code}")
        # its children may still hold its port and its data
        end_processes(watched.seen.processes, watched.service.grace_s)
        steady = watched.ready_at is not None and now - watched.ready_at > _STEADY_S
        watched.deaths = 1 if steady else watched.deaths + 1
        watched.restart_at = now + restart_pause_s(watched.deaths)
        # one outage, however many starts it takes
        since = watched.seen.since if watched.ready_at is None else since_boot_s()
        restarts = watched.seen.restarts + 1
        self._update(watched, state="restarting", processes=(), restarts=restarts, since=since, doing="")

    def _restart(self, watched: MonitoredService) -> None:
        fresh = self._start(watched.service, watched.stalled_starts)
        watched.process, watched.started = fresh.process, fresh.started
        watched.meter, watched.progress, watched.sampled = fresh.meter, fresh.progress, fresh.sampled
        watched.ready_at = watched.restart_at = None
        self._update(watched, processes=fresh.seen.processes)

    def _start_failure(self, watched: MonitoredService, problem: str) -> Transient:
        path = watched.service.log
        return Transient(f"{watched.service.name} {problem}; its log {path} ends with\n{log_tail(path)}")

    def _publish_once(self) -> None:
        if not self.published and all(watched.ready_at is not None for watched in self.watched):
            self.published = True
            self.endpoints.write(self.home.endpoints_file)
            self._write_record("ready")

    def _update(self, watched: MonitoredService, **changes: object) -> None:
        watched.seen = replace(watched.seen, **changes)  # type: ignore[arg-type]
        self._write_record(self.record.phase)

    def _write_record(self, phase: str, error: str = "") -> None:
        services = tuple(watched.seen for watched in self.watched)
        self.record = replace(self.record, phase=phase, error=error, services=services)
        self.record.write(self.home.record_file)

    def _stop_all(self, failure: str) -> None:
        self.home.endpoints_file.unlink(missing_ok=True)
        self._write_record("stopping")
        for watched in reversed(self.watched):
            _stop(watched)
        if failure:
            self._write_record("failed", failure)
        else:
            self.home.record_file.unlink(missing_ok=True)


def _stop(watched: MonitoredService) -> None:
    started, service = time.monotonic(), watched.service
    processes = (*process_tree(watched.process.pid), *watched.seen.processes)
    if watched.process.poll() is None:
        watched.process.terminate()
        try:
            watched.process.wait(service.grace_s)
        except subprocess.TimeoutExpired:
            watched.process.kill()
            watched.process.wait()
    end_processes(processes, service.grace_s)
    log.info("service_stopped", service=service.name, seconds=round(time.monotonic() - started, 2))
