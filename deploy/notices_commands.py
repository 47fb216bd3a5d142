"""The command `notices`: what an agency was told of reports that its own were joined with."""

from typing import Annotated

import typer

from sinks.session import Json, checked, print_json, print_table, write_down

_EXAMPLES = """Examples:

interagency notices calexico_pd

interagency notices calexico_pd --json"""


def register(app: typer.Typer) -> None:
    """Add the command to the front door."""
    app.command(epilog=_EXAMPLES)(notices)


def notices(
    agency: Annotated[
        str, typer.Argument(metavar="AGENCY", help="To whom they were told.", callback=checked("agency"))
    ],
    as_json: Json = False,
) -> None:
    """List whose reports an agency's own were joined with, as its agreements let it know; oldest first.

    A dispatch system reads them itself, from the topic notices.AGENCY, within seconds of the later report.
    """
    from deploy.past import noticed
    from sinks.telling import clean, moment

    found = noticed(agency)
    write_down(agency, {"notices": agency}, [one["notice_id"] for one in found])
    if as_json:
        print_json(found)
        return
    rows: list[tuple[str, ...]] = [("told (UTC)", "what", "own report", "", "other", "call")]
    for one in found:
        other = one["other_report_id"] or f"a report of {one['other_agency_id']}"
        told = map(clean, (one["report_id"], one["verdict"], other, one["contact"]))
        rows.append((moment(one["at"]), one["kind"].lower(), *told))
    print_table(rows, "nothing was told")
