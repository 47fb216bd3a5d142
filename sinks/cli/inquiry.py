"""The commands `lookup ask|show`: an agency's inquiries to a support center, and their states."""

from typing import Annotated

import typer

from sinks.cli import support_center
from sinks.cli.options import By, Json, Purpose, ReportId, audit_fields, checked
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


def register(app: typer.Typer) -> None:
    """Add the commands to the front door."""
    group = typer.Typer(help=_HELP, epilog=_EXAMPLES, no_args_is_help=True)
    for command in (ask, show, support_center.requests, support_center.answer):
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
