"""The demonstration: services, workers and the bundled feed, from nothing to searchable incidents, in one command."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from deploy.embedded.lifecycle import owned
from deploy.provision.init import init
from deploy.run import demo_summary, examples, report_life
from deploy.run.display import Display
from deploy.run.feeding import pace, publish, refusals
from deploy.run.freshness import EVERY, Freshness, Probe
from deploy.run.index_reader import reading
from deploy.run.run import Outcome, forever, outcome, until_idle, until_ready, written
from deploy.run.workers import STAGES, Workers
from schemas.agreements import BUNDLED
from schemas.runtime.clock import now_ms
from schemas.runtime.settings import Endpoints, Settings
from schemas.runtime.telemetry import configure_logging

BUNDLED_FEED = Path(str(files("deploy").joinpath("feeds", "border.events.jsonl.gz")))
STAYS = "Search from another terminal, for instance: .venv/bin/interagency search rocks    Ctrl-C ends all."


@dataclass(frozen=True, slots=True)
class Demonstrated:
    """What came of it: the accounting, how soon reports were found, and what users see."""

    outcome: Outcome
    freshness: Freshness
    first: str
    partnerships: list[str]
    examples: list[str]
    life: list[str]

    def as_json(self) -> dict[str, Any]:
        """Return it for `--json`."""
        return {**self.outcome.as_json(), "publish_to_searchable_s": self.freshness.as_json()}

    def lines(self) -> list[str]:
        """Return what the command prints; what a user sees comes last."""
        return [
            *self.outcome.lines(),
            str(self.freshness),
            self.first,
            "",
            *self.partnerships,
            "",
            *self.examples,
            *(["", *self.life] if self.life else []),
        ]


def first_found(probe: Probe, published: int) -> str:
    """Return when the first incident was found, and how many of the `published` reports were still to come then."""
    if probe.first is None:
        return "no incident was found"
    seconds, by_then = probe.first
    left = published - by_then
    still = f"while {left:,} reports were still to come" if left > 0 else "after all reports had been published"
    return f"first incident found after {seconds:.1f} s, {still}"


def demo(settings: Settings, feeds: Sequence[Path], stay: bool, tell: Callable[[Demonstrated], None]) -> None:
    """Run the demonstration and `tell` what came of it; where it is to `stay`, go on until Stopped.

    Everything that it starts ends with it, by kill -9 too. Raises: Transient, Configuration.
    """
    logs = settings.home / "logs"
    with Display() as display:
        display.step("starting Kafka, the schema registry and Elasticsearch")
        with owned(settings, display.say) as services:
            logs.mkdir(parents=True, exist_ok=True)
            with (logs / "demo.log").open("a", buffering=1) as log:
                # A person is told in words; what is logged goes to a file, as that of the workers does.
                configure_logging("demo", settings.log_level, "json", settings.strict_events, log)
                display.step("making topics, schemas, indices")
                init(settings, services)
                before = written(services)
                with Workers(STAGES, settings, logs, display.say) as workers:
                    display.step(f"starting the workers; logs are in {logs}")
                    until_ready(workers, settings)
                    told = _shown(settings, services, list(feeds) or [BUNDLED_FEED], workers, before, display)
                    display.rest()
                    tell(told)
                    if stay:
                        display.say(STAYS)
                        forever(workers)


def _shown(
    settings: Settings,
    services: Endpoints,
    feeds: Sequence[Path],
    workers: Workers,
    before: Mapping[str, int],
    display: Display,
) -> Demonstrated:
    (lines, rate), probe, log = pace(feeds), Probe(), settings.home / "logs" / "publish.log"
    announced = False

    def look() -> None:
        nonlocal announced
        workers.look()
        if probe.first is not None and not announced:
            announced = True
            display.step(first_found(probe, lines))
        asked_for = f"{probe.found:,} of {probe.asked:,} questions answered"
        display.progress(f"{probe.published:,} of {lines:,} reports published, {asked_for}")

    with reading(services, probe):
        display.step(f"publishing {lines:,} reports, {rate:,.0f} a second; a reader asks for one in {EVERY}")
        published = publish(feeds, rate, log, look)
        for line in refusals(published, log):
            display.say(line)
        acknowledged = published["acknowledged"]
        display.step(f"{acknowledged:,} reports acknowledged, {published['refused']:,} lines refused; indexing")
        until_idle(workers, services, settings, display.progress, before)
    display.step("everything is searchable")
    reports = examples.of_several(services)
    shared = _shared(services) or reports
    return Demonstrated(
        outcome(services, settings),
        probe.freshness(),
        first_found(probe, acknowledged),
        demo_summary.lines(services, now_ms()),
        examples.lines(settings, services, reports),
        # It goes: none of those that stand in the README.
        report_life.lines(settings, shared[-1]) if shared else [],
    )


def _shared(services: Endpoints) -> list[str]:
    """Return reports that a partnership sees in incidents of several agencies, of the first that has any."""
    audiences = (who.name for agreement in BUNDLED.values() for who in agreement.audiences)
    return next(filter(None, (examples.of_several(services, name) for name in audiences)), [])
