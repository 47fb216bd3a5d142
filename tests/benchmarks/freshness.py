"""Measure how soon a reader of the index finds a published report: `make freshness`, on services of its own.

For each number of audiences, in a fresh home: one report of every agency, which makes topics and indices, and then
`--rate` reports per second for `--minutes` beside all workers. A reader asks for one in 25, twice a second from its
publication, in `internal`, and in its agency's own view where that is one of the `--read` audiences; the others are
written to and never read. `--watched` audiences are searched every 2 s as well, as people do. CPU of Elasticsearch is
that of the minutes in between.

`--first N`: how long the first search of an index takes to which N documents were written and which nobody read.
"""

import argparse
import asyncio
import gzip
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, count, islice
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

from deploy.run.demo import BUNDLED_FEED
from deploy.run.freshness import FreshnessProbe
from deploy.run.index_reader import probing
from deploy.run.run import wait_until_idle, wait_until_ready
from deploy.run.workers import STAGES, Workers
from schemas.agencies import BUNDLED
from schemas.agreements import BUNDLED as AGREEMENTS
from schemas.errors import PipelineError
from schemas.identity import INTERNAL
from schemas.runtime import process_stats
from schemas.runtime.telemetry import configure_logging
from sinks.index.elastic import Elastic
from sinks.index.names import IndexName, alias
from sinks.index.operations import Entry, entry
from sinks.search import query
from tests.benchmarks.copies import share
from tests.benchmarks.path import cpu_of_services
from tests.sinks.factories import document, released, report
from tests.systemtest.pipeline import Pipeline, started

WEEK = timedelta(days=7)
WATCH_EVERY_S = 2.0
PARTNERSHIPS = sum(len(one.audiences) for one in AGREEMENTS.values())
BULK = 100


def agencies(audiences: int) -> list[str]:
    """Name the agencies whose views, with internal and those of the partnerships, are so many audiences."""
    wanted, bundled = audiences - 1 - PARTNERSHIPS, sorted(BUNDLED)
    invented = (f"{name}_{number}" for number in count(2) for name in bundled)
    return list(islice(chain(bundled, invented), wanted))


def lines(names: list[str], alone: bool) -> Iterator[bytes]:
    """Give the bundled feed again and again, a week later each time, spread over agencies.

    `alone`: no report is shared, so that it has two documents whoever its agency is.
    """
    for week in count():
        with gzip.open(BUNDLED_FEED) as feed:
            for line in feed:
                one = json.loads(line)
                for name in ("occurred_at", "emitted_at"):
                    one[name] = one[name] and (datetime.fromisoformat(one[name]) + week * WEEK).isoformat()
                one["source_id"] = f"{one['source_id']}-{week}"
                if len(names) != len(BUNDLED):
                    one["agency"] = names[int(share(one["agency"], one["source_id"]) * len(names))]
                if alone:
                    one["handling"] = {"level": "RED"}
                yield json.dumps(one).encode()


def first_of(names: list[str]) -> Iterator[bytes]:
    """Give one report of every agency, long before those of the feed."""
    with gzip.open(BUNDLED_FEED) as feed:
        one = json.loads(feed.readline())
    for number, name in enumerate(names):
        at = (datetime.fromisoformat(one["occurred_at"]) - (number + 1) * WEEK).isoformat()
        yield json.dumps({**one, "agency": name, "occurred_at": at, "emitted_at": at}).encode()


@dataclass(slots=True)
class Watched:
    """How long the searches of those who look all the time took, in seconds."""

    waits: list[float]

    async def watch(self, url: str, audiences: list[str], ending: threading.Event) -> None:
        """Search each audience every WATCH_EVERY_S seconds."""
        index = Elastic(url)

        async def look(audience: str) -> None:
            while not ending.is_set():
                began = time.monotonic()
                try:
                    await index.search(alias(audience), query.body(query.Query()))
                except PipelineError as exc:
                    print(f"{audience}: {exc}", file=sys.stderr)
                took = time.monotonic() - began
                self.waits.append(took)
                await asyncio.sleep(max(0.0, WATCH_EVERY_S - took))

        await asyncio.gather(*map(look, audiences))
        await index.close()


@contextmanager
def watching(url: str, audiences: list[str]) -> Iterator[Watched]:
    """Search these audiences while the block lasts."""
    watched, ending = Watched([]), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(watched.watch(url, audiences, ending)), daemon=True)
    thread.start()
    try:
        yield watched
    finally:
        ending.set()
        thread.join()


def own_cpu() -> float:
    """CPU seconds of this process and all that it started."""
    me = psutil.Process()
    found = 0.0
    for process in [me, *me.children(recursive=True)]:
        try:
            found += sum(process.cpu_times()[:4])
        except psutil.NoSuchProcess:
            continue
    return found


Spent = dict[str, float]
"""CPU seconds by process; `clock`, `all` and `own`: seconds by the clock, of all processes, of all that are ours."""


def spent(pipeline: Pipeline) -> Spent:
    """Read the clocks."""
    times = psutil.cpu_times()
    every = sum(times) - times.idle - times.iowait - times.guest - times.guest_nice
    stages = {one["stage"]: one["cpu_s"] for one in process_stats.running(pipeline.settings.home)}
    whole = {"clock": time.monotonic(), "all": every, "own": own_cpu()}
    return {**whole, **stages, **cpu_of_services(pipeline.settings)}


def publish(pipeline: Pipeline, path: Path, rate: float) -> dict[str, Any]:
    """Publish a file at a rate, as a user would."""
    command = [sys.executable, "-m", "interagency", "publish", "--json", "--rate", str(rate), str(path)]
    done = subprocess.run(command, env=pipeline.environment, capture_output=True, check=False)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def steady(audiences: int, given: argparse.Namespace) -> None:
    """Measure one number of audiences, and print its row."""
    names = agencies(audiences)
    read = set(names[: max(0, given.read - 1)])
    with started("interagency-bench-") as pipeline:
        home, services = pipeline.settings.home, pipeline.services
        os.environ["INTERAGENCY_HOME"] = str(home)
        feed = home / "feed.jsonl"
        wanted = int(given.rate * 60 * given.minutes)
        feed.write_bytes(b"\n".join(islice(lines(names, given.alone), wanted)) + b"\n")
        with Workers(STAGES, pipeline.settings, home / "logs") as workers:
            wait_until_ready(workers, pipeline.settings)
            pipeline.publish(first_of(names))
            wait_until_idle(workers, services, pipeline.settings, lambda _: None, {}, asyncio.run)
            probe = FreshnessProbe(lambda agency: (INTERNAL, agency) if agency in read else (INTERNAL,))
            before = spent(pipeline)
            with (
                watching(services.elasticsearch, [INTERNAL, *names][: given.watched]) as watched,
                probing(services, probe, asyncio.run),
            ):
                told = publish(pipeline, feed, given.rate)
                used = {name: now - before[name] for name, now in spent(pipeline).items()}
            wait_until_idle(workers, services, pipeline.settings, lambda _: None, {}, asyncio.run)
        difference = pipeline.accounting().total.difference
    _print(audiences, given, told, probe, used, sorted(watched.waits), workers.restarts, difference)


def _print(
    audiences: int,
    given: argparse.Namespace,
    told: dict[str, Any],
    probe: FreshnessProbe,
    used: Spent,
    waits: list[float],
    restarts: int,
    difference: int,
) -> None:
    others, ours = (used.pop("all") - used["own"]) / used["clock"], used.pop("own") / used.pop("clock")
    reports = told["acknowledged"]
    print(
        f"{audiences} audiences, {min(given.read, audiences)} of them read, {given.watched} watched, "
        f"{reports:,} reports, {reports / told['seconds']:.0f}/s (difference {difference}, restarts {restarts}): "
        f"{probe.freshness()}; these processes used {ours:.2f} cores and others {others:.2f}"
    )
    print(f"  µs CPU a report: {', '.join(f'{name} {cpu / reports * 1e6:,.0f}' for name, cpu in used.items())}")
    if waits:
        p50, p99 = waits[len(waits) // 2], waits[int(len(waits) * 0.99)]
        print(f"  searches of the watched: {len(waits):,}, p50 {p50:.2f} s, p99 {p99:.2f} s")
    sys.stdout.flush()


async def first(documents: int, url: str) -> None:
    """Write to an index that nobody reads, and print how long the first search took."""
    index, name = Elastic(url), IndexName("unread", 1)
    await index.ensure(name)
    began, answered = time.monotonic(), asyncio.Semaphore(3)

    async def write(start: int) -> None:
        operations = []
        for number in range(start, min(start + BULK, documents)):
            made = document(report(number, updated_at=1_767_570_000_000 + number * 10))
            one = entry(released(audience="unread", view_id=f"i{number}", document=made), 1, 0)
            assert isinstance(one, Entry)
            operations.append(one.operation)
        async with answered:
            await index.bulk(operations)

    for start in range(0, documents, BULK * 10):
        await asyncio.gather(*(write(at) for at in range(start, min(start + BULK * 10, documents), BULK)))
    print(f"{documents:,} documents written in {time.monotonic() - began:.0f} s", flush=True)
    # What was written last is seen by a search that comes when Elasticsearch has looked once.
    await asyncio.sleep(2.0)
    questions = {
        "one report": query.by_report("el_paso_pd:26-000007"),
        "all, with facets": query.body(query.Query()),
    }
    for what, question in questions.items():
        for which in ("first", "second"):
            began = time.monotonic()
            await index.search(name.alias, question)
            print(f"{which} search of {what}: {time.monotonic() - began:.2f} s", flush=True)
    await index.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--audiences", type=int, nargs="*", default=[28, 200], help="how many there are")
    parser.add_argument("--read", type=int, default=28, help="how many of them the reader asks")
    parser.add_argument("--watched", type=int, default=0, help="how many are searched every 2 s besides")
    parser.add_argument("--rate", type=float, default=100.0, help="reports a second")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--alone", action="store_true", help="no report is shared: two documents each")
    parser.add_argument("--first", type=int, metavar="N", help="only: the first search after N documents")
    options = parser.parse_args()
    configure_logging("bench", level="error")
    if options.first:
        with started("interagency-bench-") as made:
            asyncio.run(first(options.first, made.services.elasticsearch))
    else:
        for number in options.audiences:
            steady(number, options)
