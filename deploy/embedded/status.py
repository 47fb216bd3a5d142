"""What runs for a home, as the supervisor recorded it and as the services answer now."""

from dataclasses import dataclass

from deploy.embedded.home import ServiceRecord, home_of, read_record
from deploy.embedded.probes import http_answers, kafka_answers
from deploy.embedded.processes import is_alive, resident_bytes, since_boot_s
from schemas.runtime.settings import Settings

_NAMES = ("kafka", "registry", "elasticsearch")


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """One service: resident bytes, seconds up, seconds it took to become ready, seconds in this state.

    `state` is ready, starting, restarting, stopped, failed or external; `healthy` is None where it was not checked;
    `doing` describes the progress of a start.
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
    """Return for each service whether it runs and answers, and where its data and its log are.

    Raises: Configuration when Elasticsearch cannot be run by this user.
    """
    if settings.external:
        return [ServiceStatus(name, "external", None) for name in _NAMES]
    home = home_of(settings)
    record = read_record(home.record_file)
    if record and is_alive(record.supervisor):
        return sorted((_status(service) for service in record.services), key=lambda row: _NAMES.index(row.service))
    state = "failed" if record and record.phase == "failed" else "stopped"
    data = {name: home.root / name for name in _NAMES} | {"elasticsearch": home.elasticsearch}
    return [ServiceStatus(name, state, False, data=str(data[name]), log=str(home.log(name))) for name in _NAMES]


def answers(service: ServiceRecord) -> bool:
    """Return whether a service that was ready answers now."""
    if service.state != "ready":
        return False
    if service.name == "kafka":
        return kafka_answers(service.port)
    return http_answers(service.port, "/health/ready" if service.name == "registry" else "/_cluster/health")


_COUNT_WORDS = {1: "once", 2: "twice"}


def progress_line(name: str, state: str, seconds: float, restarts: int, doing: str, log: str) -> str:
    """Return the state of a service that is not ready, for how many seconds, its restarts, and its log."""
    shown_state = "does not answer, ready" if state == "ready" else state
    restarted = f" (restarted {_COUNT_WORDS.get(restarts, f'{restarts} times')})" if restarts else ""
    return f"{name}: {shown_state} for {seconds:.0f} s{restarted}{f', {doing}' if doing else ''}: {log}"


def _status(service: ServiceRecord) -> ServiceStatus:
    first = service.processes[0] if service.processes else None
    return ServiceStatus(
        service=service.name,
        state=service.state,
        healthy=answers(service),
        pid=first.pid if first else None,
        port=service.port,
        rss_bytes=resident_bytes(service.processes),
        uptime_s=round(since_boot_s() - first.started, 1) if first else 0.0,
        ready_s=service.ready_s,
        restarts=service.restarts,
        data=service.data,
        log=service.log,
        state_s=round(since_boot_s() - service.since, 1),
        doing=service.doing,
    )
