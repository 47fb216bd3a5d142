"""Commands that start, stop and look after services and workers."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

Json = Annotated[bool, typer.Option("--json", help="Report as JSON.")]


def _settings(service: str) -> Any:
    from schemas.runtime.settings import Settings
    from schemas.runtime.telemetry import configure_logging

    settings = Settings()
    configure_logging(service, settings.log_level, settings.log_format, settings.strict_events)
    return settings


def _report(value: Any, lines: list[str], as_json: bool) -> None:
    from schemas.runtime.text_layout import terminal_width, wrap_line

    width = terminal_width()
    typer.echo(json.dumps(value) if as_json else "\n".join(part for line in lines for part in wrap_line(line, width)))


def up(
    fresh: Annotated[bool, typer.Option(help="Stop, empty this home, and start.")] = False, as_json: Json = False
) -> None:
    """Start Kafka, the schema registry and Elasticsearch on loopback, and return when all are healthy.

    Topics, schemas, indices and the dissemination key are made as by `init`, whose help says whom the key is for. While
    a service starts, standard error tells which, since when, and how often it was started again.

    Example: interagency up
    """
    from deploy.embedded import lifecycle
    from deploy.provision.init import init as make

    settings = _settings("up")
    found = lifecycle.up(settings, fresh)
    services: dict[str, str] = asdict(found)
    lines = [f"{name:<14} {where}" for name, where in services.items()]
    if not settings.external:
        key = make(settings, found, gives_key=True).key
        if key.shown:
            services["dissemination_key"] = key.shown
        if key.shown or key.lost:
            lines.append(key.line())
    _report(services, lines, as_json)


def down() -> None:
    """Stop the services; what they hold is kept.

    Example: interagency down
    """
    from deploy.embedded import lifecycle

    typer.echo("stopped" if lifecycle.down(_settings("down")) else "nothing ran")


def status(as_json: Json = False) -> None:
    """Tell what runs, where it keeps its data, and what the workers did. Ends 69 when a service is not healthy.

    Example: interagency status --json
    """
    from deploy.embedded import lifecycle
    from deploy.embedded.status import progress_line
    from schemas.runtime import process_stats

    settings = _settings("status")
    services = lifecycle.status(settings)
    late = [one for one in services if one.healthy is False and one.state in ("starting", "restarting", "ready")]
    workers = process_stats.running(settings.home)
    lines = [f"home           {settings.home}"]
    lines += [
        f"{one.service:<14} {one.state:<9} port {one.port or '-':<6} {one.rss_bytes / 2**20:6.0f} MiB  data {one.data}"
        for one in services
    ]
    lines += [progress_line(one.service, one.state, one.state_s, one.restarts, one.doing, one.log) for one in late]
    lines += [
        f"worker {w['stage']:<8} pid {w['pid']:<8} {w['rss_mib']:6.0f} MiB  {w['cpu_s']:.1f} s CPU" for w in workers
    ]
    _report({"home": str(settings.home), "services": [asdict(s) for s in services], "workers": workers}, lines, as_json)
    if any(one.healthy is False for one in services):
        raise typer.Exit(69)


def doctor(as_json: Json = False) -> None:
    """Say what is missing on this machine and what to install. Ends 78 when something is.

    Example: interagency doctor
    """
    from deploy.cli.doctor import examine

    findings = examine(_settings("doctor"))
    lines = [
        f"{one.level:<5} {one.name:<10} {one.found}{f'  -> {one.advice}' if one.advice else ''}" for one in findings
    ]
    _report([asdict(one) for one in findings], lines, as_json)
    if any(one.level == "fail" for one in findings):
        raise typer.Exit(78)


def init(
    new_dissemination_key: Annotated[
        bool,
        typer.Option(
            "--new-dissemination-key",
            help="Make another key of the dissemination log, and write into it that it begins.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Make topics, schemas, index templates and aliases, and the bundled agencies; safe to repeat.

    The first time it shows the first key of the dissemination log, which is kept nowhere: give it to an auditor, who
    verifies the log with it. Keep it away from this machine.

    Example: interagency init
    """
    from dataclasses import replace

    from deploy.provision.dissemination_key import replace_key
    from deploy.provision.init import init as make
    from schemas.runtime.settings import endpoints

    settings = _settings("init")
    services = endpoints(settings)
    made = make(settings, services, gives_key=not new_dissemination_key)
    if new_dissemination_key:
        made = replace(made, key=replace_key(settings, services))
    _report(made.as_json(), made.lines(), as_json)


def run(
    stage: Annotated[str, typer.Argument(help="intake, resolve, release, index or all.")] = "all",
    until_idle: Annotated[bool, typer.Option(help="End when nothing is left to do.")] = False,
    as_json: Json = False,
) -> None:
    """Run workers in the foreground, restarting those that die.

    With --until-idle it ends 0 when everything published is searchable, and tells what became of every report; 69,
    naming topic, partition and agency, when nothing moves for two minutes.

    Examples: interagency run        interagency run index        interagency run all --until-idle
    """
    from deploy.provision.init import prepare
    from deploy.run import run as running
    from deploy.run.display import Display
    from deploy.run.workers import STAGES, Workers
    from schemas.runtime.settings import endpoints

    if stage not in ("all", *STAGES):
        raise typer.BadParameter(f"one of {', '.join(STAGES)}, all", param_hint="STAGE")
    settings = _settings("run")
    services = endpoints(settings)
    stages = STAGES if stage == "all" else (stage,)
    prepare(settings, services, indices="index" in stages)
    before = running.written(services) if until_idle and "index" in stages else {}
    with running.stoppable(), Workers(stages, settings) as workers:
        try:
            if not until_idle:
                running.forever(workers)
            with Display() as display:
                running.until_idle(workers, services, settings, display.progress, before)
        except running.Stopped:
            return
        told = running.outcome(services, settings)
    _report(told.as_json(), told.lines(), as_json)


def demo(
    feed: Annotated[list[Path] | None, typer.Argument(help="Feeds instead of the bundled one.")] = None,
    leave: Annotated[bool, typer.Option("--exit", help="End when everything is searchable.")] = False,
    as_json: Json = False,
) -> None:
    """Start services and workers, publish the bundled feed, index it, and tell what came of it.

    A reader asks for some of the reports while they come, which tells how soon they are found. Stays until Ctrl-C, so
    that you can search, or ends with --exit. All that it starts ends with it.

    Examples: interagency demo --exit        interagency demo my-feed.jsonl.gz
    """
    from deploy.run import demo as demonstration
    from deploy.run import run as running

    settings = _settings("demo")
    try:
        with running.stoppable():
            demonstration.demo(
                settings, feed or [], not leave, lambda told: _report(told.as_json(), told.lines(), as_json)
            )
    except running.Stopped:
        raise typer.Exit(130 if leave else 0) from None


def register(app: typer.Typer) -> None:
    """Mount the commands."""
    for command in (demo, up, down, status, doctor, init, run):
        app.command()(command)
