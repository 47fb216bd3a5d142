"""The command `exposure`: what was visible to whom, from when until when."""

from typing import TYPE_CHECKING, Annotated

import typer

from sinks.cli.options import Json, checked, milliseconds
from sinks.cli.output import print_json, print_table
from sinks.cli.session import run

if TYPE_CHECKING:
    from sinks.access.exposure import Visible
    from sinks.access.session import AccessSession

_EXAMPLES = """Examples:

interagency exposure actt --from 2026-11-01 --to 2026-12-01

interagency exposure calexico_pd --report calexico_pd:26-000123 --json"""
_HEADER = ("visible from (UTC)", "until (UTC)", "to", "report", "version", "how", "by")


def register(app: typer.Typer) -> None:
    """Add the command to the front door."""
    app.command(epilog=_EXAMPLES)(exposure)


def exposure(
    name: Annotated[
        str,
        typer.Argument(
            metavar="AGREEMENT|AGENCY",
            help="What its audiences saw, or what others saw of its reports.",
            callback=checked("name"),
        ),
    ],
    since: Annotated[str | None, typer.Option("--from", metavar="TIME", help="Visible at this time or later.")] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="TIME", help="Visible before this time.")] = None,
    report: Annotated[
        str | None,
        typer.Option("--report", metavar="REPORT", help="Only of this report.", callback=checked("report")),
    ] = None,
    as_json: Json = False,
) -> None:
    """List what agreements made visible: report, audience, from when until when, how much, by which rules.

    Visible is what a reader could have found; `dissemination list` shows who read it.
    """
    from sinks.access.audit_records import exposures
    from sinks.access.exposure import selection, visible_spans, visible_within
    from sinks.access.orders import current_agreements

    first, last = milliseconds(since, False, "--from"), milliseconds(until, True, "--to")

    async def visible(session: "AccessSession") -> "list[Visible]":
        agreements = await current_agreements(session.topics)
        selected = selection(name, agreements)
        times = visible_within(visible_spans(await exposures(session.topics)), agreements, first, last)
        return [time for time in times if selected(time) and report in (None, time.report_id)]

    times = run(visible)
    if as_json:
        print_json([time._asdict() for time in times])
        return
    print_table([_HEADER, *map(_row, times)], "nothing was visible")


def _row(time: "Visible") -> tuple[str, ...]:
    """Return the cells of a row; an end in the future, such as that of an agreement's term, is shown as `still`."""
    from schemas.runtime.clock import now_ms
    from sinks.render.format import clean, moment

    until = moment(time.until) if time.until is not None and time.until <= now_ms() else "still"
    version = str(time.version) if time.version else ""
    how = time.outcome.lower() + (f" without {', '.join(time.withheld)}" if time.withheld else "")
    return (moment(time.since), until, time.audience, clean(time.report_id), version, how, " ".join(time.rules))
