"""The supervisor process: it owns the three services of one home and leaves no process behind.

Started by `deploy.embedded.launcher` as `python -m deploy.embedded.supervisor_process [--owner PID]`, with the settings
in the environment. Without an owner it detaches and prints its pid.
"""

import argparse
import os
import resource
import signal
import sys
from pathlib import Path

from filelock import FileLock

from deploy.embedded.home import Home, home_of, install_folder, read_record
from deploy.embedded.monitor import ServiceMonitor
from deploy.embedded.processes import end_processes
from deploy.embedded.services import choose_ports, endpoints_at, lay_out
from deploy.installation import artifacts, java
from schemas.errors import PipelineError
from schemas.runtime.settings import Settings
from schemas.runtime.telemetry import configure_logging, logger

# the former supervisor may still be stopping its services, one after the other
_LOCK_S = 120.0

log = logger(__name__)


def clear_leftovers(home: Home) -> None:
    """End whatever outlived a killed supervisor, and delete its record."""
    record = read_record(home.record_file)
    if record:
        end_processes([identity for service in record.services for identity in service.processes], grace_s=5.0)
    home.endpoints_file.unlink(missing_ok=True)
    home.record_file.unlink(missing_ok=True)


def _rotate_log(path: Path) -> None:
    """Start a new log, and keep the former one beside it."""
    if path.exists():
        path.replace(path.with_suffix(".log.1"))


def _detach() -> None:
    """Fork a child without an owner, print its pid and exit; return only in the child."""
    pid = os.fork()
    if pid:
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
        os._exit(0)
    os.dup2(2, 1)


def _supervise(settings: Settings, home: Home, owner: int | None) -> None:
    installed = artifacts.fetch(settings.cache.absolute(), install_folder(settings, home))
    suitable_java = java.find_java(settings.java, home.uid)
    clear_leftovers(home)
    home.empty_temporary()
    ports = choose_ports(home)
    services = lay_out(home, installed, suitable_java, ports)
    for service in services:
        _rotate_log(service.log)
    monitor = ServiceMonitor(home, services, endpoints_at(ports), owner)
    signal.signal(signal.SIGTERM, monitor.request_stop)
    signal.signal(signal.SIGINT, monitor.request_stop)
    monitor.run()


def main() -> int:
    """Run one supervisor until it stops; return the exit code."""
    arguments = argparse.ArgumentParser(prog="python -m deploy.embedded.supervisor_process")
    arguments.add_argument("--owner", type=int, help="end with this process, which must be the one that starts it")
    owner: int | None = arguments.parse_args().owner
    if owner is None:
        _detach()
    settings = Settings()
    configure_logging("supervisor", settings.log_level, "json", settings.strict_events)
    _, hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard_limit, hard_limit))
    try:
        home = home_of(settings)
        # only this lock proves that a home has one supervisor: the kernel releases it with the process
        with FileLock(home.run / "supervisor.lock", timeout=_LOCK_S):
            _supervise(settings, home, owner)
    except (PipelineError, OSError) as exc:
        log.error("supervisor_failed", error=str(exc))
        return exc.exit_code if isinstance(exc, PipelineError) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
