"""Measure speed and memory of the whole path: `python -m tests.benchmarks.path [FEED]`, on services of its own.

Two ways in one run: `at rest` publishes the whole feed first and then starts the workers (what they can do), `live`
publishes while they run (what a user sees, with a reader of the index; `--unread`: no reader, to compare
with commits that had none). Reports per second are published records divided by the time until all of them are
searchable: at rest with the start of the Python processes, live from when they are ready.
"""

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

from deploy.embedded.lifecycle import erase, owned, status
from deploy.provision.init import init
from deploy.run.demo import BUNDLED_FEED
from deploy.run.freshness import FreshnessProbe
from deploy.run.index_reader import probing
from deploy.run.result import RunResult, run_result
from deploy.run.run import wait_until_idle, wait_until_ready
from deploy.run.workers import STAGES, Workers
from schemas.runtime.settings import Endpoints, Settings
from schemas.runtime.telemetry import configure_logging


def cpu_of_services(settings: Settings) -> dict[str, float]:
    """CPU seconds of each service's process tree."""
    found = {}
    for service in status(settings):
        if service.pid:
            process = psutil.Process(service.pid)
            tree = [process, *process.children(recursive=True)]
            found[service.service] = sum(sum(p.cpu_times()[:2]) for p in tree)
    return found


def publish(settings: Settings, feed: Path) -> dict[str, Any]:
    """Publish in a process of its own; its CPU seconds among what it tells."""
    environment = {**os.environ, "INTERAGENCY_HOME": str(settings.home)}
    command = [sys.executable, "-m", "interagency", "publish", "--new-agency", "--json", str(feed)]
    before = os.times()
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return {**json.loads(done.stdout), "cpu_s": used}


def measure(name: str, feed: Path, live: bool, read: bool = False) -> None:
    """Run one way on a fresh home, and print its row."""
    home = Path(tempfile.mkdtemp(prefix="interagency-bench-"))
    home.chmod(0o711)
    settings = Settings(home=home)
    os.environ["INTERAGENCY_HOME"] = str(home)
    started = time.monotonic()
    try:
        with owned(settings) as services:
            up_s = time.monotonic() - started
            init(settings, services, asyncio.run)
            _run(name, settings, services, feed, live, read, up_s)
    finally:
        erase(settings)
        shutil.rmtree(home, ignore_errors=True)


def _run(name: str, settings: Settings, services: Endpoints, feed: Path, live: bool, read: bool, up_s: float) -> None:
    told = {} if live else publish(settings, feed)
    before, began, probe = cpu_of_services(settings), time.monotonic(), FreshnessProbe()
    reader = probing(services, probe, asyncio.run) if read else nullcontext()
    with Workers(STAGES, settings, settings.home / "logs") as workers, reader:
        if live:
            wait_until_ready(workers, settings)
            began = time.monotonic()
        told = told or publish(settings, feed)
        wait_until_idle(workers, services, settings, lambda _: None, {}, asyncio.run)
        seconds = time.monotonic() - began
        # The two looks that find nothing are not work.
        seconds -= 1.0
        after, found = cpu_of_services(settings), asyncio.run(run_result(services, settings))
    used = {service: cpu - before.get(service, 0.0) for service, cpu in after.items()}
    _print(name, told, seconds, up_s, used, found, str(probe.freshness()) if read else "")


def _print(
    name: str,
    told: dict[str, Any],
    seconds: float,
    up_s: float,
    services: dict[str, float],
    found: RunResult,
    freshness: str,
) -> None:
    total = found.accounting.total
    reports = total.published
    print(f"\n### {name}: {reports:,} reports, {total.current:,} incidents, difference {total.difference}\n")
    print(f"- {reports / seconds:,.0f} reports/s, {seconds:.1f} s; services up in {up_s:.1f} s")
    lines_s, cpu_us = told["lines"] / told["seconds"], told["cpu_s"] / reports * 1e6
    print(f"- publish: {lines_s:,.0f} lines/s, {cpu_us:.0f} µs CPU each")
    if freshness:
        print(f"- {freshness}")
    print("\n| process | CPU µs a report | peak memory MiB |\n|---|---|---|")
    for stage in STAGES:
        figures = found.stages[stage]
        print(f"| {stage} | {figures['cpu_s'] / reports * 1e6:.0f} | {figures['peak_rss_mib']:.0f} |")
    for service, used in services.items():
        print(f"| {service} | {used / reports * 1e6:.0f} | |")
    sys.stdout.flush()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("feed", nargs="?", type=Path, default=BUNDLED_FEED)
    parser.add_argument("--unread", action="store_true", help="live: nobody reads the index meanwhile")
    given = parser.parse_args()
    configure_logging("bench", level="warning")
    measure("at rest", given.feed, live=False)
    measure("live", given.feed, live=True, read=not given.unread)
