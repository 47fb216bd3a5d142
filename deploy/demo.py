"""The demonstration: services, workers and the bundled feed, from nothing to searchable incidents, in one command."""

import json
import os
import sys
import time
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from deploy import partnerships
from deploy.init import init
from deploy.processes import start
from deploy.running import Outcome, forever, outcome, until_idle, until_ready
from deploy.supervisor import owned
from deploy.workers import STAGES, Workers
from schemas.errors import Transient
from schemas.settings import Settings

BUNDLED_FEED = Path(str(files("deploy").joinpath("feeds", "border.events.jsonl.gz")))


def say(text: str) -> None:
    """Tell the operator, on standard error, what goes on."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def publish(feeds: Sequence[Path], log: Path, workers: Workers) -> dict[str, Any]:
    """Publish in a process of its own, as a dispatch system would; relays its progress and gives its outcome.

    Raises: Transient when it does not publish.
    """
    log.write_bytes(b"")
    process = start(
        [sys.executable, "-m", "interagency", "publish", "--new-agency", "--json", *map(str, feeds)],
        log,
        dict(os.environ),
        Path.cwd(),
    )
    with log.open() as told:
        ended = False
        while not ended:
            ended = process.poll() is not None
            workers.look()
            for line in told.readlines():
                if not line.startswith("{"):
                    say(line.rstrip())
            time.sleep(0.1)
    last = log.read_text().splitlines()[-1:]
    if not last or not last[0].startswith("{"):
        raise Transient(f"publishing failed with code {process.returncode}: see {log}")
    outcome: dict[str, Any] = json.loads(last[0])
    return outcome


def demo(settings: Settings, feeds: Sequence[Path], stay: bool) -> Outcome:
    """Run the demonstration; everything that it starts ends with it, by kill -9 too.

    Raises: Transient, Configuration.
    """
    began = time.monotonic()

    def step(text: str) -> None:
        say(f"[{time.monotonic() - began:5.1f} s] {text}")

    step("starting Kafka, the schema registry and Elasticsearch")
    with owned(settings) as services:
        step("making topics, schemas, indices")
        made = init(settings, services)
        logs = settings.home / "logs"
        with Workers(STAGES, settings, logs) as workers:
            step(f"starting the workers; their logs are in {logs}")
            until_ready(workers, settings)
            step(f"publishing for {made.agencies} agencies")
            told = publish(list(feeds) or [BUNDLED_FEED], logs / "publish.log", workers)
            step(f"{told['acknowledged']:,} reports acknowledged, {told['refused']:,} lines refused; indexing")
            until_idle(workers, services, settings, step)
            step("everything is searchable")
            found = outcome(services, settings)
            for line in partnerships.lines(services, time.time_ns() // 1_000_000):
                say(line)
            if stay:
                for line in found.lines():
                    say(line)
                say(
                    "Search from another terminal, for instance: .venv/bin/interagency search rocks    Ctrl-C ends all."
                )
                forever(workers)
    return found
