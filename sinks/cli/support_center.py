"""The commands `lookup requests|answer` of a support center: what it is asked, and what it answers."""

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from schemas.errors import Denied
from sinks.cli.options import By, Json, checked, decider, storable
from sinks.cli.output import print_json, print_lines, print_table
from sinks.cli.session import run

if TYPE_CHECKING:
    from schemas.records.audit import InquiryRequest, InquiryResponse
    from sinks.access.session import AccessSession

LONGEST = 500
OUTCOMES = {"hit": "HIT", "no-record": "NO_RECORD", "unavailable": "UNAVAILABLE"}
"""What a center answers -> the value in the record."""

Centre = Annotated[
    str,
    typer.Argument(metavar="CENTRE", help="The support center, as the agreement names it.", callback=checked("name")),
]


def requests(centre: Centre, as_json: Json = False) -> None:
    """List what a support center has not answered, oldest first, with the person that is asked about.

    A request that is no longer allowed is left out: the report is sealed or purged, the agreement has ended.
    """
    from sinks.render.format import clean, moment

    found = run(lambda session: _waiting(session, centre))
    if as_json:
        print_json(found)
        return
    rows: list[tuple[str, ...]] = [("asked (UTC)", "request", "service", "for", "purpose", "by", "person")]
    for one in found:
        person = " ".join(one["person"].values())
        said = (one["request_id"], one["service"], one["agency_id"], one["purpose"], one["by"], person)
        rows.append((moment(one["at"]), *map(clean, said)))
    print_table(rows, "nothing waits for an answer")


async def _waiting(session: "AccessSession", centre: str) -> list[dict[str, Any]]:
    """Return the open inquiries to a center that are still authorization, each with its person; logged before that."""
    from sinks.partnership.inquiries import DISCLOSED_FIELDS, Refusal, authorization, subjects
    from sinks.partnership.inquiry_records import inquiry_records

    held, agreements, rows = await inquiry_records(session.topics)
    asked = held.waiting(centre)
    found = []
    for agency, purpose in sorted({(one["agency_id"], one["purpose"]) for one in asked}):
        own = [one for one in asked if (one["agency_id"], one["purpose"]) == (agency, purpose)]
        reports = await _reports_of(session, agency, purpose, [one["report_id"] for one in own])
        shown = list[dict[str, Any]]()
        for one in own:
            report, name = reports.get(one["report_id"]), one["subject"]
            at, row = session.now(), rows.get(agency)
            if report is None or isinstance(
                authorization(report, name, one["service"], purpose, agreements.values(), row, at), Refusal
            ):
                continue
            person = subjects(report)[name]
            shown.append({**one, "person": {field: person[field] for field in DISCLOSED_FIELDS if person.get(field)}})
        ids = [one["request_id"] for one in shown]
        await session.log_disclosure(agency, {"lookup_requests": centre}, ids, purpose)
        found += shown
    return sorted(found, key=lambda one: (one["at"], one["request_id"]))


async def _reports_of(
    session: "AccessSession", agency: str, purpose: str, report_ids: list[str]
) -> dict[str, dict[str, Any]]:
    """Return those of an agency's reports that are open to it for a purpose."""
    from sinks.search.reader import NotFound

    found: dict[str, dict[str, Any]] = {}
    with suppress(Denied):
        async with session.reading(agency, purpose) as reading:
            for name in report_ids:
                with suppress(NotFound):
                    found[name] = (await reading.report(name)).report
    return found


def answer(
    request: Annotated[
        str, typer.Argument(metavar="REQUEST", help="As `lookup requests` names it.", callback=checked("name"))
    ],
    outcome: Annotated[str, typer.Argument(metavar="OUTCOME", help="hit, no-record or unavailable.")],
    by: By,
    reference: Annotated[str, typer.Option("--reference", metavar="TEXT", help="Number of the record of a hit.")] = "",
    contact: Annotated[str, typer.Option("--contact", metavar="TEXT", help="Of a hit: whom to call.")] = "",
) -> None:
    """Answer a request; a hit says whom to call before anybody acts on it. A center's own system writes the topic."""
    from schemas.records import codec
    from schemas.topics import INQUIRY_RESPONSES
    from sinks.partnership.inquiry_records import inquiry_records

    clerk = decider(by)
    if outcome not in OUTCOMES:
        raise typer.BadParameter(f"one of {', '.join(OUTCOMES)}", param_hint="OUTCOME")
    if (outcome == "hit") != bool(contact.strip()) or (reference and outcome != "hit"):
        raise typer.BadParameter("is required for a hit, and for nothing else", param_hint="--contact")
    if max(len(contact), len(reference)) > LONGEST:
        raise typer.BadParameter(f"at most {LONGEST} characters", param_hint="--contact")
    storable(contact + reference, "--contact")

    async def answered(session: "AccessSession") -> "InquiryRequest":
        asked = (await inquiry_records(session.topics)).inquiries.requests.get(request)
        if asked is None:
            raise Denied("there is no such request")
        new = _answer(asked, OUTCOMES[outcome], reference.strip(), contact.strip(), clerk, session.now())
        # What it says of a person is kept nowhere for longer than it holds; whether it says anything is.
        field = "lookup_unavailable" if new["outcome"] == "UNAVAILABLE" else "lookup_answer"
        question = {field: request, "by": clerk}
        await session.log_disclosure(asked["agency_id"], question, [asked["report_id"]], asked["purpose"])
        value = codec.encode("lookup_answer", new)
        await session.topics.write(INQUIRY_RESPONSES.name, request.encode(), value, new["at"])
        return asked

    print_lines([f"{request}  {outcome}, sent to {run(answered)['agency_id']}"])


def _answer(asked: "InquiryRequest", outcome: str, reference: str, contact: str, by: str, at: int) -> "InquiryResponse":
    return {
        "request_id": asked["request_id"],
        "asked_at": asked["at"],
        "outcome": cast(Literal["UNAVAILABLE", "NO_RECORD", "HIT"], outcome),
        "reference": reference,
        "contact": contact,
        "by": by,
        "at": at,
    }
