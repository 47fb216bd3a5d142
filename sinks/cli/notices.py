"""The command `notices`: the notices to an agency of reports that its own were linked to."""

from typing import TYPE_CHECKING, Annotated

import typer

from sinks.cli.options import OPERATIONS, Json, Purpose, checked
from sinks.cli.output import print_json, print_table
from sinks.cli.session import run

if TYPE_CHECKING:
    from schemas.records.audit import Notice
    from sinks.access.session import AccessSession

_EXAMPLES = """Examples:

interagency notices calexico_pd --purpose criminal_investigation

interagency notices calexico_pd --purpose criminal_investigation --json"""


def register(app: typer.Typer) -> None:
    """Add the command to the front door."""
    app.command(epilog=_EXAMPLES)(notices)


def notices(
    agency: Annotated[
        str, typer.Argument(metavar="AGENCY", help="The agency that was notified.", callback=checked("agency"))
    ],
    purpose: Purpose = OPERATIONS,
    as_json: Json = False,
) -> None:
    """List whose reports an agency's own were linked to, as its agreements let it know; oldest first.

    Each is read as an audience of a partnership: for a purpose of its own, and while its agreement is in force. What
    was sealed, purged or ended since is not listed. A dispatch system reads them itself, from the topic notices.AGENCY,
    within seconds of the later report; one of kind WITHDRAWN takes back the one of its id.
    """
    from sinks.access import audit_records
    from sinks.access.check import readable_notices
    from sinks.render.format import clean, moment

    async def listed(session: "AccessSession") -> "list[Notice]":
        may = await session.admit(agency, purpose)
        received = await audit_records.notices(session.topics, agency)
        readable = readable_notices(received, purpose, may.orders, may.report_orders, may.at)
        await session.log_disclosure(agency, {"notices": agency}, [notice["notice_id"] for notice in readable], purpose)
        return readable

    readable = run(listed)
    if as_json:
        print_json(readable)
        return
    rows: list[tuple[str, ...]] = [("sent (UTC)", "what", "own report", "", "other", "call")]
    for notice in readable:
        other = notice["other_report_id"] or f"a report of {notice['other_agency_id']}"
        cells = map(clean, (notice["report_id"], notice["verdict"] or "linked to", other, notice["contact"]))
        rows.append((moment(notice["at"]), notice["kind"].lower(), *cells))
    print_table(rows, "there are no notices")
