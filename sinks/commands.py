"""The reading commands `search`, `show` and `export`: options in, library calls, words and exit codes out."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from schemas.errors import Transient
from schemas.identity import INTERNAL

if TYPE_CHECKING:
    from sinks.reading import Reading

Value = TypeVar("Value")

_SEARCH_EXAMPLES = """Examples:

interagency search "rocks levee" --from 2026-01-04 --agency el_paso_pd

interagency search --near 31.77,-106.48 --within 2km --offense 10-50 --sort nearest --json"""

Audience = Annotated[
    str, typer.Option("--as", metavar="AUDIENCE", help="Whose view: internal, a partnership, an agency.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(app: typer.Typer) -> None:
    """Add the reading commands to the front door."""
    app.command(epilog=_SEARCH_EXAMPLES)(search)
    app.command()(show)
    export = typer.Typer(help="Write everything an audience may read, as JSON lines.", no_args_is_help=True)
    export.command()(assignments)
    export.command()(incidents)
    app.add_typer(export, name="export")


def _read(audience: str, ask: "Callable[[Reading], Awaitable[Value]]") -> Value:
    from schemas.settings import Settings, endpoints
    from schemas.telemetry import configure
    from sinks.elastic import Elastic
    from sinks.index import NoAudience
    from sinks.reading import Reading

    settings = Settings()
    configure("search", settings.log_level, settings.log_format, settings.strict_events)
    services = endpoints(settings)

    async def run() -> Value:
        index = Elastic(services.elasticsearch)
        try:
            return await ask(Reading(index, audience))
        finally:
            await index.close()

    try:
        return asyncio.run(run())
    except NoAudience:
        # That there is an internal view is no secret: it is only not made yet.
        if audience == INTERNAL:
            raise Transient("there is no index yet: make it with `interagency init`") from None
        raise


def _print_json(value: Any) -> None:
    import orjson

    typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2))


def search(
    text: Annotated[str, typer.Argument(metavar="TEXT", help='Words, all of them; "a phrase", -not, either|or.')] = "",
    near: Annotated[str | None, typer.Option(metavar="LAT,LON", help="Around this place.")] = None,
    within: Annotated[str | None, typer.Option(metavar="DISTANCE", help="Of it: 800m, 5km (default), 3mi.")] = None,
    since: Annotated[str | None, typer.Option("--from", metavar="TIME", help="Occurred then or later; UTC.")] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="Earlier than; a date counts whole.")
    ] = None,
    offense: Annotated[str, typer.Option(help="An agency's code, or part of its words for it.")] = "",
    agency: Annotated[
        list[str] | None, typer.Option(help="Reported by this agency; repeat for any of several.")
    ] = None,
    audience: Audience = INTERNAL,
    traffic: Annotated[str, typer.Option(help="actual, exercise or test; never together.")] = "actual",
    cancelled: Annotated[bool, typer.Option("--cancelled", help="Incidents of cancelled reports alone, too.")] = False,
    sort: Annotated[str, typer.Option(help="newest, oldest, best (by text) or nearest (to --near).")] = "newest",
    limit: Annotated[int, typer.Option(help="Hits to give; the facets count all.")] = 20,
    as_json: Json = False,
) -> None:
    """Find incidents, newest first, and count them by agency, offense, precision, traffic and day."""
    from sinks import options

    try:
        query = options.query(text, near, within, since, until, offense, agency or (), traffic, cancelled, sort, limit)
    except ValueError as exc:
        raise typer.BadParameter(str(exc)) from exc
    told = _read(audience, lambda reading: reading.find(query))
    if as_json:
        _print_json(told)
    else:
        _print_hits(told)


def _print_hits(told: dict[str, Any]) -> None:
    from sinks.telling import COLUMNS, facet_lines, row

    rows = [row(hit) for hit in told["hits"]]
    if sys.stdout.isatty():
        _print_table(COLUMNS, rows)
    else:
        typer.echo("\n".join("\t".join(cells) for cells in ([COLUMNS] if rows else []) + rows))
    typer.echo("\n".join(facet_lines(told)))


def _print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for column in columns:
        # A time and an id that are broken in two cannot be read or copied.
        table.add_column(column, overflow="fold", no_wrap=column in (columns[0], columns[-1]))
    for cells in rows:
        # Text, not str: what looks like markup is an agency's own writing.
        table.add_row(*(Text(cell) for cell in cells))
    Console().print(table)


def show(
    name: Annotated[str, typer.Argument(metavar="INCIDENT|REPORT", help="An incident's id, or agency:source_id.")],
    audience: Audience = INTERNAL,
    as_json: Json = False,
) -> None:
    """Show an incident and every report that speaks of it.

    Example: interagency show el_paso_pd:26-053619
    """
    from sinks.telling import incident_lines

    hit = _read(audience, lambda reading: reading.show(name))
    if as_json:
        _print_json({"id": hit.id, **hit.source})
    else:
        typer.echo("\n".join(incident_lines(hit.id, hit.source)))


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
    _read(INTERNAL, lambda reading: reading.assignments(_write_lines))


def incidents(audience: Audience = INTERNAL) -> None:
    """Write every incident with its id, as the index holds it.

    Example: interagency export incidents --as el_paso_pd | gzip > incidents.jsonl.gz
    """
    _read(audience, lambda reading: reading.incidents(_write_lines))
