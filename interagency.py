"""The front door: one command, its sub-commands mounted from the stages."""

import sys

import click
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


def main() -> None:
    """Run a command; every expected error is one sentence on standard error and its own exit code."""
    try:
        code = application()(standalone_mode=False)
    except click.exceptions.Abort:
        code = 130
    except click.ClickException as exc:
        exc.show()
        code = exc.exit_code
    except PipelineError as exc:
        click.echo(f"interagency: {exc}", err=True)
        code = exc.exit_code
    except KeyboardInterrupt:
        code = 130
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
