"""How soon resolve works with a large state, and what it holds in memory: `python -m tests.benchmarks.state`.

The bundled feed again and again, each time a week later and under other numbers, so that the traffic of a week is the
same whatever the history. For each size: seconds from the start of the process until a report that waits is resolved,
with its directory and with that lost; memory of a worker that read the last week again.
"""

import argparse
import asyncio
import gzip
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from deploy.run.demo import BUNDLED_FEED
from deploy.run.run import wait_until_idle
from deploy.run.workers import Workers
from schemas.runtime import process_stats
from schemas.runtime.settings import Endpoints, Settings
from schemas.runtime.telemetry import configure_logging
from tests.systemtest.pipeline import started

WEEK = timedelta(days=7)


def lines(week: int) -> Iterator[bytes]:
    """The bundled feed, `week` weeks later."""
    with gzip.open(BUNDLED_FEED) as feed:
        for line in feed:
            one = json.loads(line)
            for name in ("occurred_at", "emitted_at"):
                one[name] = one[name] and (datetime.fromisoformat(one[name]) + week * WEEK).isoformat()
            yield json.dumps({**one, "source_id": f"{one['source_id']}-{week}"}).encode()


def publish(settings: Settings, given: bytes) -> None:
    """Publish lines in a process of its own."""
    environment = {**os.environ, "INTERAGENCY_HOME": str(settings.home)}
    command = [sys.executable, "-m", "interagency", "publish", "--new-agency", "--json", "-"]
    done = subprocess.run(command, input=given, env=environment, capture_output=True, check=False)
    assert done.returncode in (0, 65), done.stderr.decode()[-2000:]


def work(settings: Settings, services: Endpoints, *stages: str) -> float:
    """Run stages until nothing is left for them; seconds, without the looks that find nothing."""
    began = time.monotonic()
    with Workers(stages, settings, settings.home / "logs") as workers:
        wait_until_idle(workers, services, settings, lambda _: None, {}, asyncio.run)
        return time.monotonic() - began - 1.0


def one_more(settings: Settings, services: Endpoints, number: int) -> float:
    """Seconds until resolve, started for it, has resolved a report that waits."""
    line = json.loads(next(lines(0)))
    publish(settings, json.dumps({**line, "source_id": f"one-more-{number}"}).encode() + b"\n")
    work(settings, services, "intake")
    return work(settings, services, "resolve")


def memory(settings: Settings) -> float:
    """Peak MiB of the resolve that ran last."""
    return max(
        float(found["peak_rss_mib"]) for found in process_stats.read(settings.home) if found["stage"] == "resolve"
    )


def measure(settings: Settings, services: Endpoints, reports: int) -> None:
    """Grow the history week by week; print a row whenever it has doubled, and one at `reports`."""
    print("| reports in state | ready, s | ready, directory lost, s | peak MiB of the last week |\n|---|---|---|---|")
    known: set[str] = set()
    per_week = len({json.loads(line)["source_id"] for line in lines(0)})
    week, next_row = 0, per_week
    while len(known) < reports:
        publish(settings, b"\n".join(lines(week)) + b"\n")
        work(settings, services, "intake")
        work(settings, services, "resolve")
        peak = memory(settings)
        known |= {json.loads(line)["source_id"] for line in lines(week)}
        week += 1
        if len(known) >= min(next_row, reports):
            ready = one_more(settings, services, 2 * week)
            shutil.rmtree(settings.home / "state" / "resolve")
            lost = one_more(settings, services, 2 * week + 1)
            print(f"| {len(known):,} | {ready:.1f} | {lost:.1f} | {peak:.0f} |", flush=True)
            next_row *= 2


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=100_000)
    given = parser.parse_args()
    configure_logging("bench", level="warning")
    with started("interagency-bench-") as own:
        os.environ["INTERAGENCY_HOME"] = str(own.settings.home)
        measure(own.settings, own.services, given.reports)
