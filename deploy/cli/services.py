"""The commands that start, stop and inspect services and workers."""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from schemas.runtime.settings import Settings

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def _settings(service: str) -> "Settings":
    from schemas.runtime.settings import Settings
    from schemas.runtime.telemetry import configure_logging

    settings = Settings()
    configure_logging(service, settings.log_level, settings.log_format, settings.strict_events)
    return settings


def _print(value: Any, lines: list[str], as_json: bool) -> None:
    from schemas.runtime.text_layout import terminal_width, wrap_line

    width = terminal_width()
    typer.echo(json.dumps(value) if as_json else "\n".join(part for line in lines for part in wrap_line(line, width)))


def up(
    fresh: Annotated[bool, typer.Option(help="Stop, empty this home, and start.")] = False, as_json: Json = False
) -> None:
    """Start Kafka, the schema registry and Elasticsearch on loopback; return when all are healthy.

    Like `init`, creates topics, schemas, indices and the dissemination key; see `init --help` for who keeps the key.
    While a service starts, standard error shows which, since when, and how often it was restarted.

    Example: interagency up
    """
    from deploy.cli.display import print_error
    from deploy.embedded import lifecycle
    from deploy.provision import init as provision

    settings = _settings("up")
    endpoints = lifecycle.up(settings, fresh, print_error)
    services: dict[str, str] = asdict(endpoints)
    lines = [f"{name:<14} {url}" for name, url in services.items()]
    if not settings.external:
        key = provision.init(settings, endpoints, asyncio.run, gives_key=True).key
        if key.shown:
            services["dissemination_key"] = key.shown
        if key.shown or key.lost:
            lines.append(key.line())
    _print(services, lines, as_json)


def down() -> None:
    """Stop the services; their data is kept.

    Example: interagency down
    """
    from deploy.cli.display import print_error
    from deploy.embedded import lifecycle

    typer.echo("stopped" if lifecycle.down(_settings("down"), print_error) else "nothing was running")


def status(as_json: Json = False) -> None:
    """Show what runs, where its data is, and what the workers did. Exits with 69 when a service is not healthy.

    Example: interagency status --json
    """
    from deploy.embedded import lifecycle
    from deploy.embedded.status import progress_line
    from schemas.runtime import process_stats

    settings = _settings("status")
    services = lifecycle.status(settings)
    starting = [row for row in services if row.healthy is False and row.state in ("starting", "restarting", "ready")]
    workers = process_stats.running(settings.home)
    lines = [f"home           {settings.home}"]
    lines += [
        f"{row.service:<14} {row.state:<9} port {row.port or '-':<6} {row.rss_bytes / 2**20:6.0f} MiB  data {row.data}"
        for row in services
    ]
    lines += [progress_line(row.service, row.state, row.state_s, row.restarts, row.doing, row.log) for row in starting]
    lines += [
        f"worker {w['stage']:<8} pid {w['pid']:<8} {w['rss_mib']:6.0f} MiB  {w['cpu_s']:.1f} s CPU" for w in workers
    ]
    _print({"home": str(settings.home), "services": [asdict(s) for s in services], "workers": workers}, lines, as_json)
    if any(row.healthy is False for row in services):
        raise typer.Exit(69)


def doctor(as_json: Json = False) -> None:
    """List what is missing on this machine and what to install. Exits with 78 when something is missing.

    Example: interagency doctor
    """
    from deploy.cli.doctor import examine

    findings = examine(_settings("doctor"))
    lines = [
        f"{finding.level:<5} {finding.name:<10} {finding.found}{f'  -> {finding.advice}' if finding.advice else ''}"
        for finding in findings
    ]
    _print([asdict(finding) for finding in findings], lines, as_json)
    if any(finding.level == "fail" for finding in findings):
        raise typer.Exit(78)


def init(
    new_dissemination_key: Annotated[
        bool,
        typer.Option(
            "--new-dissemination-key",
            help="Make a new key of the dissemination log, and record its beginning there.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Create topics, schemas, index templates and aliases, and the bundled agencies; safe to repeat.

    The first time it shows the key of the dissemination log, which is stored nowhere in that form: give it to an
    auditor, who verifies the log with it. Keep it away from this machine.

    Example: interagency init
    """
    from dataclasses import replace

    from deploy.provision import init as provision
    from deploy.provision.dissemination_key import replace_key
    from schemas.runtime.settings import endpoints

    settings = _settings("init")
    services = endpoints(settings)
    result = provision.init(settings, services, asyncio.run, gives_key=not new_dissemination_key)
    if new_dissemination_key:
        result = replace(result, key=asyncio.run(replace_key(settings, services)))
    _print(result.as_json(), result.lines(), as_json)


def run(
    stage: Annotated[str, typer.Argument(help="intake, resolve, release, index or all.")] = "all",
    until_idle: Annotated[bool, typer.Option(help="Exit when nothing is left to do.")] = False,
    as_json: Json = False,
) -> None:
    """Run workers in the foreground, and restart those that die.

    With --until-idle, exits with 0 when everything published is searchable, and counts the reports by what became of
    them; with 69, naming topic, partition and agency, when nothing moves for two minutes.

    Examples: interagency run        interagency run index        interagency run all --until-idle
    """
    from deploy.cli.display import Display
    from deploy.provision.init import prepare
    from deploy.run import run as workers_run
    from deploy.run.result import run_result
    from deploy.run.workers import STAGES, Workers
    from schemas.runtime.settings import endpoints

    if stage not in ("all", *STAGES):
        raise typer.BadParameter(f"must be one of {', '.join(STAGES)}, all", param_hint="STAGE")
    settings = _settings("run")
    services = endpoints(settings)
    stages = STAGES if stage == "all" else (stage,)
    prepare(settings, services, asyncio.run, indices="index" in stages)
    before = asyncio.run(workers_run.write_positions(services)) if until_idle and "index" in stages else {}
    with workers_run.stop_on_signal(), Workers(stages, settings) as workers:
        try:
            if not until_idle:
                workers_run.supervise(workers)
            with Display() as display:
                workers_run.wait_until_idle(workers, services, settings, display.progress, before, asyncio.run)
        except workers_run.StopRequested:
            return
        result = asyncio.run(run_result(services, settings))
    _print(result.as_json(), result.lines(), as_json)


def demo(
    feed: Annotated[list[Path] | None, typer.Argument(help="Feeds instead of the bundled one.")] = None,
    leave: Annotated[bool, typer.Option("--exit", help="Exit when everything is searchable.")] = False,
    as_json: Json = False,
) -> None:
    """Start services and workers, publish and index the bundled feed, and show the result.

    Some of the reports are searched for while they are published, which measures how soon they become searchable.
    Stays until Ctrl-C, so that you can search, or exits with --exit. Everything that it starts ends with it.

    Examples: interagency demo --exit        interagency demo my-feed.jsonl.gz
    """
    from deploy.cli.display import Display
    from deploy.run.demo import DemoResult
    from deploy.run.demo import demo as run_demo
    from deploy.run.run import StopRequested, stop_on_signal
    from sinks.cli.session import session_at

    def report(result: DemoResult) -> None:
        _print(result.as_json(), result.lines(), as_json)

    settings = _settings("demo")
    try:
        with stop_on_signal(), Display() as display:
            run_demo(settings, feed or [], not leave, display, report, asyncio.run, session_at)
    except StopRequested:
        raise typer.Exit(130 if leave else 0) from None


def register(app: typer.Typer) -> None:
    """Add the commands to the front door."""
    for command in (demo, up, down, status, doctor, init, run):
        app.command()(command)
