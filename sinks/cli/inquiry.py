"""The commands `lookup ask|show`: what an agency asks a support centre about persons, and how that stands."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from schemas.errors import Denied
from schemas.runtime.clock import now_ms
from sinks.access.order_writer import By, told, write
from sinks.access.session import Json, Purpose, checked, print_json, print_lines, print_table, read, write_down
from sinks.cli import support_center
from sinks.cli.why import Report

if TYPE_CHECKING:
    from sinks.partnership.inquiries import Authorization, Inquiries, Refusal

_HELP = """Look-ups: an agency asks a support centre about a person in its own report, as an agreement lets it.

Not asked, no answer, no record and a hit are four things. A hit says whom to call, and is no ground to act on."""
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
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason, which the centre reads; no names.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the front door."""
    group = typer.Typer(help=_HELP, epilog=_EXAMPLES, no_args_is_help=True)
    for command in (ask, show, support_center.requests, support_center.answer):
        group.command()(command)
    app.add_typer(group, name="lookup")


def _own(report_id: str, purpose: str) -> dict[str, Any]:
    """Read a report as its own agency. Raises: NotFound, Denied."""
    agency = report_id.partition(":")[0]
    return read(agency, lambda reading: reading.report(report_id), purpose).report


def ask(report: Report, person: Subject, service: Service, purpose: Purpose, by: By, why: Why) -> None:
    """Ask about a person in your own report. While an answer holds, or is waited for, nothing is asked again."""
    from schemas.records import codec
    from schemas.topics import INQUIRY_REQUESTS
    from sinks.access.past import looked_up
    from sinks.partnership import inquiries

    who, reason = told(by, why)
    held, agreements, rows = looked_up()
    found, at = _own(report, purpose), now_ms()
    may = inquiries.authorization(found, person, service, purpose, agreements.values(), rows.get(found["agency"]), at)
    if isinstance(may, inquiries.Refusal):
        raise Denied(f"not asked: {may.value}")
    made = inquiries.request(found, person, may, purpose, who, reason, at)
    name = made["request_id"]
    state = held.state(name, may.rule.hours, at)
    if state is inquiries.InquiryState.NOT_ASKED or (state is inquiries.InquiryState.NO_ANSWER and held.answer(name)):
        question = {"lookup": name, "service": service, "agreement": made["agreement_id"], "by": who}
        write_down(found["agency"], question, [report], purpose)
        write(INQUIRY_REQUESTS.name, name.encode(), codec.encode("lookup_request", made), at)
        print_lines([f"{name}  asked {made['centre']} for {service} under {made['agreement_id']} {made['clause']}"])
    else:
        print_lines([f"{name}  {state.value}: not asked again; `interagency lookup show {report}`"])


def show(report: Report, purpose: Purpose, as_json: Json = False) -> None:
    """Tell for each person and service how it stands: not asked, no answer, no record, a hit; or why nobody may ask."""
    from schemas.agreements.parser import SERVICES
    from sinks.access.past import looked_up
    from sinks.partnership import inquiries
    from sinks.render.format import clean, moment

    held, agreements, rows = looked_up()
    found, at = _own(report, purpose), now_ms()
    lines: list[dict[str, Any]] = []
    for person in inquiries.subjects(found):
        for service in SERVICES:
            row = rows.get(found["agency"])
            may = inquiries.authorization(found, person, service, purpose, agreements.values(), row, at)
            lines.append({"person": person, "service": service, **_stands(held, report, person, service, may, at)})
    write_down(found["agency"], {"lookups": report}, [one["request_id"] for one in lines if one["state"]], purpose)
    if as_json:
        print_json(lines)
        return
    told_: list[tuple[str, ...]] = [("person", "service", "state", "answered (UTC)", "reference", "call, or why not")]
    for one in lines:
        answered = moment(one["answered_at"]) if one["answered_at"] else ""
        said = (one["person"], one["service"], one["state"] or "barred", answered, one["reference"])
        told_.append(tuple(map(clean, (*said, one["contact"] or one["barred"]))))
    print_table(told_, "the report names no person")


def _stands(
    held: "Inquiries", report: str, person: str, service: str, may: "Authorization | Refusal", at: int
) -> dict[str, Any]:
    """Tell how a look-up stands; what came of it only while it may be made."""
    from schemas.identity import inquiry_id
    from sinks.partnership.inquiries import InquiryState, Refusal

    name = inquiry_id(report, person, service)
    blank = {"request_id": name, "state": "", "barred": "", "answered_at": None, "reference": "", "contact": ""}
    if isinstance(may, Refusal):
        return {**blank, "barred": may.value}
    state, answer = held.state(name, may.rule.hours, at), held.answer(name)
    if answer is None or state not in (InquiryState.HIT, InquiryState.NO_RECORD):
        return {**blank, "state": state.value}
    known = {"answered_at": answer["at"], "reference": answer["reference"], "contact": answer["contact"]}
    return {**blank, "state": state.value, **known}
