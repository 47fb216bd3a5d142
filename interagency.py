"""The front door: one command, its sub-commands mounted from the stages."""

import signal
import sys
from types import FrameType

import typer

from schemas.errors import PipelineError

EXIT_CODES = (
    "Exit codes: 0 ok, 1 failed, 2 usage, 65 bad data (something was refused, the rest done), 69 service unavailable, "
    "75 not now (kept on disk), 77 denied, 78 configuration, 130 interrupted."
)


def application() -> typer.Typer:
    """Build the command with all its sub-commands."""
    from deploy import commands as services
    from producers import commands as producing
    from sinks import commands as searching

    app = typer.Typer(
        name="interagency",
        help="Incident reports of many agencies in, one searchable incident per real incident out.",
        epilog=EXIT_CODES,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    services.register(app)
    producing.register(app)
    searching.register(app)
    return app


def _interrupted(_: int, __: FrameType | None) -> None:
    sys.exit(130)


def main() -> None:
    """Run a command; every expected error is one sentence on standard error and its own exit code."""
    signal.signal(signal.SIGINT, _interrupted)
    try:
        application()()
    except PipelineError as exc:
        sys.stderr.write(f"interagency: {exc}\n")
        sys.exit(exc.exit_code)


if __name__ == "__main__":
    main()
