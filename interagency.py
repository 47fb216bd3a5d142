"""The front door: one command, whose sub-commands are imported when they are called, not before."""

import gc
import os
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from types import FrameType
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

from schemas.errors import PipelineError

if TYPE_CHECKING:
    from typer._click import Command, Context, HelpFormatter

EXIT_CODES = (
    "Exit codes: 0 ok, 1 failed, 2 usage, 65 bad data (something was refused, the rest done), 69 service unavailable, "
    "75 not now (kept on disk), 77 denied, 78 configuration, 130 interrupted."
)
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("deploy.cli.services", "Run the whole path on the bundled feed"),
    "up": ("deploy.cli.services", "Start Kafka, the schema registry and Elasticsearch"),
    "down": ("deploy.cli.services", "Stop the services; what they hold is kept"),
    "status": ("deploy.cli.services", "Show services, workers, and where data is kept"),
    "doctor": ("deploy.cli.services", "Say what is missing on this machine"),
    "init": ("deploy.cli.services", "Make topics, schemas, index templates and agencies"),
    "run": ("deploy.cli.services", "Run workers in the foreground"),
    "agency": ("producers.cli.agency", "Add and list agencies"),
    "publish": ("producers.cli.publish", "Publish feeds to Kafka"),
    "validate": ("producers.cli.publish", "Check feeds offline"),
    "search": ("sinks.cli.search", "Find incidents, and count them by what they are"),
    "show": ("sinks.cli.search", "Show an incident, its reports and its history"),
    "export": ("sinks.cli.export", "Write everything an audience may read, as JSON lines"),
    "wanted": ("sinks.cli.lookouts", "List hits on lookouts for persons and vehicles"),
    "unmapped": ("sinks.cli.search", "List the codes that no table knows"),
    "why": ("sinks.cli.why", "Explain why two reports are one incident or are not"),
    "adjudicate": ("sinks.cli.adjudicate", "Decide on pairs of reports, and list those that wait"),
    "evaluate": ("deploy.cli.evaluate", "Measure how well reports were linked"),
    "whatif": ("deploy.cli.what_if", "Compare the links of other weights with those of now"),
    "agreement": ("sinks.cli.agreement", "List, explain, apply and end agreements"),
    "vetting": ("sinks.cli.vetting", "Add, revoke and list vettings of readers"),
    "purge": ("sinks.cli.report_orders", "Erase a report everywhere, permanently"),
    "seal": ("sinks.cli.report_orders", "Show a report to internal alone"),
    "hold": ("sinks.cli.report_orders", "Keep a report from being purged"),
    "custody": ("sinks.cli.report_orders", "List the orders on single reports"),
    "retention": ("sinks.cli.retention", "List and purge the reports whose retention has ended"),
    "exposure": ("sinks.cli.exposure", "List what was visible to whom, and when"),
    "report": ("sinks.cli.report", "Write the statistics that a partnership owes"),
    "digest": ("sinks.cli.bulletin", "Write what occurred on a day, for each audience"),
    "notices": ("sinks.cli.notices", "List whose reports an agency's own were linked with"),
    "lookup": ("sinks.cli.inquiry", "Inquire of a support center about a suspect, and answer"),
    "dissemination": ("sinks.cli.dissemination", "List and verify who was shown what"),
}
"""Command -> the module that registers it, and what it does, in a few words."""
PORTS: dict[str, dict[str, str]] = {
    "why": {"explain": "streams.dedupe.explain:explain"},
    "adjudicate": {"open_decisions": "streams.evaluation.topic_history:open_decisions"},
}
"""Command -> what another package does for it: argument of `register` -> module:function."""
LONGEST_ARGUMENT = 4_096
GC_OBJECTS = 100_000


def _unreadable(argument: str) -> str:
    """Return why an argument cannot be read, '' where it can: only the name of a file may not be UTF-8."""
    if len(argument) > LONGEST_ARGUMENT:
        return f"an argument has {len(argument):,} characters; at most {LONGEST_ARGUMENT:,} are allowed"
    name = argument.rpartition("=")[2] if argument.startswith("-") else argument
    if any("\ud800" <= character <= "\udfff" for character in argument) and not os.path.exists(name):
        return "an argument is not text in UTF-8"
    return ""


def port(target: str) -> Callable[..., Any]:
    """Return what calls `module:function`; its module is imported by the first call, not before."""
    module, _, name = target.partition(":")

    def call(*arguments: Any) -> Any:
        return getattr(import_module(module), name)(*arguments)

    return call


class FrontDoor(TyperGroup):
    """The group of all commands: lists them without importing them, and imports the one that is called."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        # Typer compares a mistyped name with these.
        self.commands.update(dict.fromkeys(COMMANDS))  # type: ignore[arg-type]

    def list_commands(self, ctx: "Context") -> list[str]:
        """Return the names of all commands, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: "Context", cmd_name: str) -> "Command | None":
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        commands = typer.Typer(rich_markup_mode=None)
        ports = {name: port(target) for name, target in PORTS.get(cmd_name, {}).items()}
        import_module(COMMANDS[cmd_name][0]).register(commands, **ports)
        return typer.main.get_group(commands).commands[cmd_name]

    def format_commands(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        """Write the list of commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])

    def parse_args(self, ctx: "Context", args: list[str]) -> list[str]:
        """Refuse what no command can read, before one is imported."""
        wrong = next(filter(None, map(_unreadable, args)), "")
        if wrong:
            ctx.fail(wrong)
        return super().parse_args(ctx, args)


def application() -> typer.Typer:
    """Build the command with all its sub-commands."""
    app = typer.Typer(
        cls=FrontDoor,
        name="interagency",
        help="Incident reports of many agencies in, one searchable incident per real incident out.",
        epilog=EXIT_CODES,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    # An app without commands of its own needs a callback.
    app.callback()(_nothing)
    return app


def _nothing() -> None:
    pass


def _interrupted(_: int, __: FrameType | None) -> None:
    sys.exit(130)


def main() -> None:
    """Run a command; every expected error is one sentence on standard error and its own exit code."""
    signal.signal(signal.SIGINT, _interrupted)
    # Imports create hundreds of thousands of objects that stay: collecting garbage among them takes an eighth of the
    # time of a reading (measured).
    gc.set_threshold(GC_OBJECTS, 20, 20)
    try:
        application()()
    except PipelineError as exc:
        sys.stderr.write(f"interagency: {exc}\n")
        sys.exit(exc.exit_code)
    except OSError as exc:
        # A full disk, a folder without write permission: the system's own message says what to do.
        if exc.filename is None:
            raise
        sys.stderr.write(f"interagency: {exc.strerror}: {exc.filename}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
