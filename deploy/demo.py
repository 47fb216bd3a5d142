"""The demonstration: services, workers and the bundled feed, from nothing to searchable incidents, in one command."""

import sys
import time
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from deploy.init import init
from deploy.running import Outcome, forever, outcome, until_idle
from deploy.supervisor import owned
from deploy.workers import STAGES, Workers
from producers.commands import publish_files
from schemas.settings import Settings

BUNDLED_FEED = Path(str(files("deploy").joinpath("feeds", "border.events.jsonl.gz")))


def say(text: str) -> None:
    """Tell the operator, on standard error, what goes on."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


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
            step(f"publishing for {made.agencies} agencies; the workers' logs are in {logs}")
            told = publish_files(settings, list(feeds) or [BUNDLED_FEED])
            step(f"{told.acknowledged:,} reports acknowledged, {told.refused:,} lines refused; indexing")
            until_idle(workers, services, settings, step)
            step("everything is searchable")
            found = outcome(services, settings)
            if stay:
                for line in found.lines():
                    say(line)
                say("Search from another terminal, for instance: .venv/bin/interagency search rocks    Ctrl-C ends all.")
                forever(workers)
    return found
