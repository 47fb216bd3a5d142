"""The commands `search`, `show` and `unmapped`: what an audience finds, an incident, and codes without a table row."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from schemas.identity import INTERNAL
from sinks.cli.options import OPERATIONS, Audience, Json, Purpose, checked
from sinks.cli.output import print_cells, print_json, print_lines
from sinks.cli.session import run

if TYPE_CHECKING:
    from collections import Counter

    from sinks.access.session import AccessSession
    from sinks.search.reader import IncidentView
    from sinks.search.unmapped_codes import Code

_SEARCH_EXAMPLES = """Examples:

interagency search "rocks levee" --from 2026-01-04 --agency el_paso_pd

interagency search --near 32.67,-115.49 --within 3km --offense assault --json

interagency search --side MX --corridor calexico-mexicali --as calexico_pd

interagency search --near 31.77,-106.48 --within 2km --sort nearest"""

_SHOW_EXAMPLES = """Examples:

interagency show el_paso_pd:26-053619

interagency show el_paso_pd:26-053619 --as el_paso_pd --json"""


def register(app: typer.Typer) -> None:
    """Add the reading commands to the front door."""
    app.command(epilog=_SEARCH_EXAMPLES)(search)
    app.command(epilog=_SHOW_EXAMPLES)(show)
    app.command()(unmapped)


def search(
    text: Annotated[str, typer.Argument(metavar="TEXT", help='Words, all of them; "a phrase", -not, either|or.')] = "",
    near: Annotated[str | None, typer.Option(metavar="LAT,LON", help="Around this place.")] = None,
    within: Annotated[str | None, typer.Option(metavar="DISTANCE", help="Of it: 800m, 5km (default), 3mi.")] = None,
    since: Annotated[str | None, typer.Option("--from", metavar="TIME", help="Occurred then or later; UTC.")] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="Earlier than; a date counts whole.")
    ] = None,
    offense: Annotated[
        str, typer.Option(help="A concept or family, a code of any list, or part of an agency's words.")
    ] = "",
    agency: Annotated[
        list[str] | None, typer.Option(help="Reported by this agency; repeat for any of several.")
    ] = None,
    side: Annotated[str, typer.Option(metavar="US|MX", help="On this side of the border.")] = "",
    corridor: Annotated[str, typer.Option(help="In this crossing corridor; the facet lists them.")] = "",
    county: Annotated[str, typer.Option(help="In this US county; the facet lists them.")] = "",
    plate: Annotated[
        str, typer.Option(help="A vehicle has this license plate, ? for a letter or digit that was not read.")
    ] = "",
    audience: Audience = INTERNAL,
    purpose: Purpose = OPERATIONS,
    traffic: Annotated[str, typer.Option(help="actual, exercise or test; never together.")] = "actual",
    cancelled: Annotated[bool, typer.Option("--cancelled", help="Incidents of cancelled reports alone, too.")] = False,
    sort: Annotated[str, typer.Option(help="newest, oldest, best (by text) or nearest (to --near).")] = "newest",
    limit: Annotated[int, typer.Option(help="Hits to give; the facets count all.")] = 20,
    as_json: Json = False,
) -> None:
    """Find incidents, newest first, and count incidents and reports by agency, offense, place, language and day."""
    from sinks.search.options import QueryOptions, query

    given = QueryOptions(
        text=text,
        near=near,
        within=within,
        since=since,
        until=until,
        offense=offense,
        agencies=agency or (),
        side=side,
        corridor=corridor,
        county=county,
        plate=plate,
        traffic=traffic,
        cancelled=cancelled,
        sort=sort,
        limit=limit,
    )
    try:
        wanted_query = query(given)
    except ValueError as exc:
        raise typer.BadParameter(str(exc)) from exc

    async def find(session: "AccessSession") -> dict[str, Any]:
        async with session.reading(audience, purpose) as reading:
            return await reading.find(wanted_query)

    result = run(find)
    if as_json:
        print_json(result)
    else:
        _print_hits(result)


def _print_hits(result: dict[str, Any]) -> None:
    from sinks.render.results import COLUMNS, facet_lines, row

    rows = [row(hit) for hit in result["hits"]]
    if rows:
        print_cells([COLUMNS, *rows])
    print_lines([*([""] if rows else []), *facet_lines(result)])


def show(
    name: Annotated[
        str,
        typer.Argument(
            metavar="INCIDENT|REPORT",
            help="An incident's id, or agency:source_id.",
            callback=checked("incident_or_report"),
        ),
    ],
    audience: Audience = INTERNAL,
    purpose: Purpose = OPERATIONS,
    as_json: Json = False,
) -> None:
    """Show an incident: its reports, what they agree and disagree on, why they were linked, and its history.

    A former id leads to the incident that it was merged into, and says so.
    """
    from sinks.render.incident import incident_lines

    async def read_incident(session: "AccessSession") -> "IncidentView":
        async with session.reading(audience, purpose) as reading:
            return await reading.show(name)

    view = run(read_incident)
    hit, redirects = view.hit, list(view.redirects)
    if as_json:
        print_json({"id": hit.id, "asked": name, **({"redirects": redirects} if redirects else {}), **hit.source})
    else:
        print_lines(incident_lines(hit.id, hit.source, redirects))


def unmapped(audience: Audience = INTERNAL, purpose: Purpose = OPERATIONS, as_json: Json = False) -> None:
    """List the codes that no table knows, the most frequent first: what to add to `schemas/tables`.

    Example: interagency unmapped --json
    """
    from sinks.search import unmapped_codes as work

    async def count(session: "AccessSession") -> "Counter[Code]":
        async with session.reading(audience, purpose) as reading:
            return await reading.unmapped()

    rows = work.rows(run(count))
    if as_json:
        print_json(rows)
        return
    if rows:
        print_cells(work.cells(rows))
    print_lines([*([""] if rows else []), work.total(rows)])
