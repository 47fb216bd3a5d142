"""What runs for a home, as the supervisor wrote it down and as the services answer now."""

from dataclasses import dataclass

from deploy.embedded.home import Running, home_of, read_record
from deploy.embedded.probes import http_answers, kafka_answers
from deploy.embedded.processes import is_alive, resident_bytes, since_boot_s
from schemas.runtime.settings import Settings

_NAMES = ("kafka", "registry", "elasticsearch")


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """One service: bytes resident, seconds up, seconds it took to be ready, seconds in this state.

    `state` is ready, starting, restarting, stopped, failed or external; `healthy` is None where nobody asked it;
    `doing` tells of one that is not ready whether its start gets on.
    """

    service: str
    state: str
    healthy: bool | None
    pid: int | None = None
    port: int | None = None
    rss_bytes: int = 0
    uptime_s: float = 0.0
    ready_s: float | None = None
    restarts: int = 0
    data: str = ""
    log: str = ""
    state_s: float = 0.0
    doing: str = ""


def status(settings: Settings) -> list[ServiceStatus]:
    """Tell of each service whether it runs and answers, and where its data and its log are."""
    if settings.external:
        return [ServiceStatus(name, "external", None) for name in _NAMES]
    home = home_of(settings)
    record = read_record(home.record_file)
    if record and is_alive(record.supervisor):
        return sorted((_status(running) for running in record.services), key=lambda row: _NAMES.index(row.service))
    state = "failed" if record and record.phase == "failed" else "stopped"
    data = {name: home.root / name for name in _NAMES} | {"elasticsearch": home.elasticsearch}
    return [ServiceStatus(name, state, False, data=str(data[name]), log=str(home.log(name))) for name in _NAMES]


def answers(running: Running) -> bool:
    """Tell whether a service that was ready answers now."""
    if running.state != "ready":
        return False
    if running.name == "kafka":
        return kafka_answers(running.port)
    return http_answers(running.port, "/health/ready" if running.name == "registry" else "/_cluster/health")


_TIMES = {1: "once", 2: "twice"}


def progress_line(name: str, state: str, seconds: float, restarts: int, doing: str, log: str) -> str:
    """Tell what a service that is not ready does, since when, how often it was started again, and where its log is."""
    does = "does not answer, ready" if state == "ready" else state
    again = f" (restarted {_TIMES.get(restarts, f'{restarts} times')})" if restarts else ""
    return f"{name}: {does} for {seconds:.0f} s{again}{f', {doing}' if doing else ''}: {log}"


def _status(running: Running) -> ServiceStatus:
    first = running.processes[0] if running.processes else None
    return ServiceStatus(
        service=running.name,
        state=running.state,
        healthy=answers(running),
        pid=first.pid if first else None,
        port=running.port,
        rss_bytes=resident_bytes(running.processes),
        uptime_s=round(since_boot_s() - first.started, 1) if first else 0.0,
        ready_s=running.ready_s,
        restarts=running.restarts,
        data=running.data,
        log=running.log,
        state_s=round(since_boot_s() - running.since, 1),
        doing=running.doing,
    )
