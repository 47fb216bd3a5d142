"""The commands `lookup ask|show|requests|answer`: inquiries to a support center, their states, and its answers."""

from typing import Annotated, Literal

import typer

from sinks.cli.options import By, Json, Purpose, ReportId, audit_fields, checked, decider, storable
from sinks.cli.output import print_json, print_lines, print_table
from sinks.cli.session import run

_HELP = """Inquiries: an agency asks a support center about a person in its own report, where an agreement permits it.

Not asked, no answer, no record and hit are four different states. A hit names whom to call; it is no cause to act."""
_EXAMPLES = """Examples:

interagency lookup show el_paso_pd:26-053620 --purpose criminal_investigation

interagency lookup ask el_paso_pd:26-053620 1@1 criminal_history --by detective1 \\
  --why "arrested" --purpose criminal_investigation

interagency lookup requests support_centre --json

interagency lookup answer lm2x... hit --reference R-77 --contact "watch desk, 555 0100" --by clerk1"""

Subject = Annotated[
    str, typer.Argument(metavar="PERSON", help="The person, as `lookup show` names it.", callback=checked("name"))
]
Service = Annotated[
    str, typer.Argument(metavar="SERVICE", help="background, biometrics or criminal_history.", callback=checked("name"))
]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason, which the center reads; no names.")]

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


def register(app: typer.Typer) -> None:
    """Add the commands to the front door."""
    group = typer.Typer(help=_HELP, epilog=_EXAMPLES, no_args_is_help=True)
    for command in (ask, show, requests, answer):
        group.command()(command)
    app.add_typer(group, name="lookup")


def ask(report: ReportId, person: Subject, service: Service, purpose: Purpose, by: By, why: Why) -> None:
    """Ask about a person in your own report, unless an earlier inquiry is valid or waits for an answer."""
    from sinks.partnership.inquiry_exchange import Question, send_inquiry

    question = Question(report, person, service, purpose, *audit_fields(by, why))
    sent = run(lambda session: send_inquiry(session, question))
    name, to = sent.request["request_id"], sent.request
    if sent.new:
        print_lines([f"{name}  asked {to['centre']} for {service} under {to['agreement_id']} {to['clause']}"])
    else:
        print_lines([f"{name}  {sent.state.value}: not asked again; `interagency lookup show {report}`"])


def show(report: ReportId, purpose: Purpose, as_json: Json = False) -> None:
    """Show for each person and service: not asked, no answer, no record, a hit; or why nobody may ask."""
    from sinks.partnership.inquiry_exchange import inquiry_states
    from sinks.render.format import clean, moment

    states = run(lambda session: inquiry_states(session, report, purpose))
    if as_json:
        print_json(states)
        return
    rows: list[tuple[str, ...]] = [("person", "service", "state", "answered (UTC)", "reference", "call, or why not")]
    for each in states:
        answered = moment(each["answered_at"]) if each["answered_at"] else ""
        cells = (each["person"], each["service"], each["state"] or "barred", answered, each["reference"])
        rows.append(tuple(map(clean, (*cells, each["contact"] or each["barred"]))))
    print_table(rows, "the report names no person")


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
