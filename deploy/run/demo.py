"""The demonstration: services, workers and the bundled feed, from nothing to searchable incidents, in one command."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from deploy.embedded.lifecycle import owned
from deploy.provision.init import init
from deploy.provision.ports import RunAsync
from deploy.run import demo_summary, examples, report_life
from deploy.run.feeding import feed_rate, publish, refusal_lines
from deploy.run.freshness import SAMPLE_EVERY, Freshness, FreshnessProbe
from deploy.run.index_reader import probing
from deploy.run.ports import Display
from deploy.run.result import RunResult, run_result
from deploy.run.run import supervise, wait_until_idle, wait_until_ready, write_positions
from deploy.run.workers import STAGES, Workers
from schemas.agreements import BUNDLED
from schemas.runtime.clock import now_ms
from schemas.runtime.settings import Endpoints, Settings
from schemas.runtime.telemetry import configure_logging
from sinks.access.session import AccessSession

BUNDLED_FEED = Path(str(files("deploy").joinpath("feeds", "border.events.jsonl.gz")))
OpenSession = Callable[[Settings, Endpoints], AccessSession]
STAY_HINT = "Search from another terminal, for instance: .venv/bin/interagency search rocks    Ctrl-C ends all."


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What the demonstration produced: the accounting, how soon reports were searchable, and what users see."""

    result: RunResult
    freshness: Freshness
    first: str
    partnerships: list[str]
    examples: list[str]
    life: list[str]

    def as_json(self) -> dict[str, Any]:
        """Return it as `--json` prints it."""
        return {**self.result.as_json(), "publish_to_searchable_s": self.freshness.as_json()}

    def lines(self) -> list[str]:
        """Return what the command prints; what a user sees comes last."""
        return [
            *self.result.lines(),
            str(self.freshness),
            self.first,
            "",
            *self.partnerships,
            "",
            *self.examples,
            *(["", *self.life] if self.life else []),
        ]


def first_found_line(probe: FreshnessProbe, published: int) -> str:
    """Return when the first incident was found, and how many of the `published` reports were still to come then."""
    if probe.first is None:
        return "no incident was found"
    seconds, by_then = probe.first
    left = published - by_then
    still = f"while {left:,} reports were still to come" if left > 0 else "after all reports had been published"
    return f"first incident found after {seconds:.1f} s, {still}"


def demo(
    settings: Settings,
    feeds: Sequence[Path],
    stay: bool,
    display: Display,
    report: Callable[[DemoResult], None],
    run_async: RunAsync,
    open_session: OpenSession,
) -> None:
    """Run the demonstration and `report` its result; if `stay`, keep everything running until StopRequested.

    Everything that it starts ends with it, even by kill -9. Raises: Transient, Configuration.
    """
    logs = settings.home / "logs"
    display.step("starting Kafka, the schema registry and Elasticsearch")
    with owned(settings, display.print) as services:
        logs.mkdir(parents=True, exist_ok=True)
        with (logs / "demo.log").open("a", buffering=1) as log:
            # The display is for people; the log goes to a file, like the workers' logs.
            configure_logging("demo", settings.log_level, "json", settings.strict_events, log)
            display.step("making topics, schemas, indices")
            init(settings, services, run_async)
            before = run_async(write_positions(services))
            with Workers(STAGES, settings, logs, display.print) as workers:
                display.step(f"starting the workers; logs are in {logs}")
                wait_until_ready(workers, settings)
                inputs = list(feeds) or [BUNDLED_FEED]
                probe, count = _publish(settings, services, inputs, workers, before, display, run_async)
                result = _collect(settings, services, probe, count, run_async, open_session)
                display.clear()
                report(result)
                if stay:
                    display.print(STAY_HINT)
                    supervise(workers)


def _publish(
    settings: Settings,
    services: Endpoints,
    feeds: Sequence[Path],
    workers: Workers,
    before: Mapping[str, int],
    display: Display,
    run_async: RunAsync,
) -> tuple[FreshnessProbe, int]:
    """Publish the feeds until everything is searchable; return the measurement, and the number acknowledged."""
    (lines, rate), probe, log = feed_rate(feeds), FreshnessProbe(), settings.home / "logs" / "publish.log"
    announced = False

    def check() -> None:
        nonlocal announced
        workers.check()
        if probe.first is not None and not announced:
            announced = True
            display.step(first_found_line(probe, lines))
        answered = f"{probe.found:,} of {probe.queries:,} queries answered"
        display.progress(f"{probe.published:,} of {lines:,} reports published, {answered}")

    with probing(services, probe, run_async):
        display.step(f"publishing {lines:,} reports, {rate:,.0f} per second; one in {SAMPLE_EVERY} is searched for")
        published = publish(feeds, rate, log, check)
        for line in refusal_lines(published, log):
            display.print(line)
        acknowledged = published["acknowledged"]
        display.step(f"{acknowledged:,} reports acknowledged, {published['refused']:,} lines refused; indexing")
        wait_until_idle(workers, services, settings, display.progress, before, run_async)
    display.step("everything is searchable")
    return probe, acknowledged


def _collect(
    settings: Settings,
    services: Endpoints,
    probe: FreshnessProbe,
    acknowledged: int,
    run_async: RunAsync,
    open_session: OpenSession,
) -> DemoResult:
    reports = run_async(examples.multi_agency_reports(services))
    shared = run_async(_shared_reports(services)) or reports
    return DemoResult(
        run_async(run_result(services, settings)),
        probe.freshness(),
        first_found_line(probe, acknowledged),
        run_async(demo_summary.lines(services, now_ms())),
        run_async(examples.lines(open_session(settings, services), reports)),
        # This report ends purged, so it is not one of those in the README, which are first.
        report_life.lines(settings, shared[-1]) if shared else [],
    )


async def _shared_reports(services: Endpoints) -> list[str]:
    """Return reports of incidents of several agencies, as seen by the first audience that sees any."""
    for audience in (audience for agreement in BUNDLED.values() for audience in agreement.audiences):
        if reports := await examples.multi_agency_reports(services, audience.name):
            return reports
    return []
