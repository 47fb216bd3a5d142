"""The commands `lookup requests|answer` of a support center: what it is asked, and what it answers."""

from typing import Annotated, Literal

import typer

from sinks.cli.options import By, Json, checked, decider, storable
from sinks.cli.output import print_json, print_lines, print_table
from sinks.cli.session import run

LONGEST = 500
OUTCOMES: dict[str, Literal["HIT", "NO_RECORD", "UNAVAILABLE"]] = {
    "hit": "HIT",
    "no-record": "NO_RECORD",
    "unavailable": "UNAVAILABLE",
}
"""What a center answers -> the value in the record."""

Center = Annotated[
    str,
    typer.Argument(metavar="CENTER", help="The support center, as the agreement names it.", callback=checked("name")),
]


def requests(center: Center, as_json: Json = False) -> None:
    """List the inquiries that a support center has not answered, oldest first, each with its person.

    An inquiry that is no longer permitted is left out: the report is sealed or purged, or the agreement has ended.
    """
    from sinks.partnership.inquiry_exchange import open_inquiries
    from sinks.render.format import clean, moment

    waiting = run(lambda session: open_inquiries(session, center))
    if as_json:
        print_json(waiting)
        return
    rows: list[tuple[str, ...]] = [("asked (UTC)", "request", "service", "for", "purpose", "by", "person")]
    for each in waiting:
        person = " ".join(each["person"].values())
        cells = (each["request_id"], each["service"], each["agency_id"], each["purpose"], each["by"], person)
        rows.append((moment(each["at"]), *map(clean, cells)))
    print_table(rows, "no inquiry waits for an answer")


def answer(
    request: Annotated[
        str, typer.Argument(metavar="REQUEST", help="As `lookup requests` names it.", callback=checked("name"))
    ],
    outcome: Annotated[str, typer.Argument(metavar="OUTCOME", help="hit, no-record or unavailable.")],
    by: By,
    reference: Annotated[str, typer.Option("--reference", metavar="TEXT", help="Record number of a hit.")] = "",
    contact: Annotated[str, typer.Option("--contact", metavar="TEXT", help="Whom to call about a hit.")] = "",
) -> None:
    """Answer an inquiry; a hit names whom to call before anybody acts on it. A center's own system writes the topic."""
    from sinks.partnership.inquiry_exchange import Reply, answer_inquiry

    clerk = decider(by)
    if outcome not in OUTCOMES:
        raise typer.BadParameter(f"must be one of {', '.join(OUTCOMES)}", param_hint="OUTCOME")
    if (outcome == "hit") != bool(contact.strip()) or (reference and outcome != "hit"):
        raise typer.BadParameter("is required for a hit, and for nothing else", param_hint="--contact")
    if max(len(contact), len(reference)) > LONGEST:
        raise typer.BadParameter(f"must be at most {LONGEST} characters", param_hint="--contact")
    storable(contact + reference, "--contact")
    reply = Reply(request, OUTCOMES[outcome], reference.strip(), contact.strip(), clerk)
    inquiry = run(lambda session: answer_inquiry(session, reply))
    print_lines([f"{request}  {outcome}, sent to {inquiry['agency_id']}"])
