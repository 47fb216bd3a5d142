"""The commands `lookup ask|show`: what an agency asks a support center about persons, and how that stands."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from schemas.errors import Denied
from sinks.cli import support_center
from sinks.cli.options import By, Json, Purpose, ReportId, audit_fields, checked
from sinks.cli.output import print_json, print_lines, print_table
from sinks.cli.session import run

if TYPE_CHECKING:
    from sinks.access.session import AccessSession
    from sinks.partnership.inquiries import Authorization, Inquiries, Refusal

_HELP = """Look-ups: an agency asks a support center about a person in its own report, as an agreement lets it.

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
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason, which the center reads; no names.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the front door."""
    group = typer.Typer(help=_HELP, epilog=_EXAMPLES, no_args_is_help=True)
    for command in (ask, show, support_center.requests, support_center.answer):
        group.command()(command)
    app.add_typer(group, name="lookup")


async def _own(session: "AccessSession", report_id: str, purpose: str) -> dict[str, Any]:
    """Return a report as its own agency sees it. Raises: NotFound, Denied."""
    async with session.reading(report_id.partition(":")[0], purpose) as reading:
        return (await reading.report(report_id)).report


def ask(report: ReportId, person: Subject, service: Service, purpose: Purpose, by: By, why: Why) -> None:
    """Ask about a person in your own report. While an answer holds, or is waited for, nothing is asked again."""
    from schemas.records import codec
    from schemas.topics import INQUIRY_REQUESTS
    from sinks.partnership import inquiries
    from sinks.partnership.inquiry_records import inquiry_records

    who, reason = audit_fields(by, why)

    async def sent(session: "AccessSession") -> str:
        held, agreements, rows = await inquiry_records(session.topics)
        own, at = await _own(session, report, purpose), session.now()
        may = inquiries.authorization(own, person, service, purpose, agreements.values(), rows.get(own["agency"]), at)
        if isinstance(may, inquiries.Refusal):
            raise Denied(f"not asked: {may.value}")
        new = inquiries.request(own, person, may, purpose, who, reason, at)
        name = new["request_id"]
        state = held.state(name, may.rule.hours, at)
        if state is inquiries.InquiryState.NOT_ASKED or (
            state is inquiries.InquiryState.NO_ANSWER and held.answer(name)
        ):
            question = {"lookup": name, "service": service, "agreement": new["agreement_id"], "by": who}
            await session.log_disclosure(own["agency"], question, [report], purpose)
            await session.topics.write(INQUIRY_REQUESTS.name, name.encode(), codec.encode("lookup_request", new), at)
            return f"{name}  asked {new['centre']} for {service} under {new['agreement_id']} {new['clause']}"
        return f"{name}  {state.value}: not asked again; `interagency lookup show {report}`"

    print_lines([run(sent)])


def show(report: ReportId, purpose: Purpose, as_json: Json = False) -> None:
    """Show for each person and service: not asked, no answer, no record, a hit; or why nobody may ask."""
    from sinks.render.format import clean, moment

    lines = run(lambda session: _states(session, report, purpose))
    if as_json:
        print_json(lines)
        return
    rows: list[tuple[str, ...]] = [("person", "service", "state", "answered (UTC)", "reference", "call, or why not")]
    for one in lines:
        answered = moment(one["answered_at"]) if one["answered_at"] else ""
        cells = (one["person"], one["service"], one["state"] or "barred", answered, one["reference"])
        rows.append(tuple(map(clean, (*cells, one["contact"] or one["barred"]))))
    print_table(rows, "the report names no person")


async def _states(session: "AccessSession", report: str, purpose: str) -> list[dict[str, Any]]:
    """Return how each inquiry that a report allows stands; in the dissemination log before that."""
    from schemas.agreements.parser import SERVICES
    from sinks.partnership import inquiries
    from sinks.partnership.inquiry_records import inquiry_records

    held, agreements, rows = await inquiry_records(session.topics)
    own, at = await _own(session, report, purpose), session.now()
    row = rows.get(own["agency"])
    lines: list[dict[str, Any]] = []
    for person in inquiries.subjects(own):
        for service in SERVICES:
            may = inquiries.authorization(own, person, service, purpose, agreements.values(), row, at)
            lines.append({"person": person, "service": service, **_stands(held, report, person, service, may, at)})
    asked = [one["request_id"] for one in lines if one["state"]]
    await session.log_disclosure(own["agency"], {"lookups": report}, asked, purpose)
    return lines


def _stands(
    held: "Inquiries", report: str, person: str, service: str, may: "Authorization | Refusal", at: int
) -> dict[str, Any]:
    """Return how an inquiry stands; its answer only while it may be made."""
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
