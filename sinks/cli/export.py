"""The commands `export assignments` and `export incidents`: everything an audience may read, as JSON lines."""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

from schemas.identity import INTERNAL
from sinks.cli.options import OPERATIONS, Audience, Purpose
from sinks.cli.session import run

if TYPE_CHECKING:
    from sinks.access.session import AccessSession


def register(app: typer.Typer) -> None:
    """Add the commands to the front door."""
    export = typer.Typer(help="Write everything an audience may read, as JSON lines.", no_args_is_help=True)
    export.command()(assignments)
    export.command()(incidents)
    app.add_typer(export, name="export")


def _write_lines(rows: Sequence[Any]) -> None:
    """Write JSON lines to standard output; ends quietly when nobody reads on, as `| head`."""
    import orjson

    try:
        sys.stdout.buffer.write(b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None


def assignments() -> None:
    """Write which incident each report is in: agency, source_id, version, incident_id, status; cancelled ones too.

    Example: interagency export assignments > assignments.jsonl
    """

    async def write_assignments(session: "AccessSession") -> None:
        async with session.reading(INTERNAL) as reading:
            await reading.assignments(_write_lines)

    run(write_assignments)


def incidents(audience: Audience = INTERNAL, purpose: Purpose = OPERATIONS) -> None:
    """Write every incident with its id, as the index holds it.

    Example: interagency export incidents --as el_paso_pd | gzip > incidents.jsonl.gz
    """

    async def write_incidents(session: "AccessSession") -> None:
        async with session.reading(audience, purpose) as reading:
            await reading.incidents(_write_lines)

    run(write_incidents)
