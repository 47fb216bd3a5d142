"""The commands `lookup requests|answer`, of a support centre: what it is asked, and what it says."""

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from schemas.errors import Denied
from schemas.runtime.clock import now_ms
from sinks.access.order_writer import By, who, write, written
from sinks.access.session import Json, checked, print_json, print_lines, print_table, read, write_down

if TYPE_CHECKING:
    from schemas.records.audit import InquiryRequest, InquiryResponse
    from sinks.search.reader import Reading

LONGEST = 500
OUTCOMES = {"hit": "HIT", "no-record": "NO_RECORD", "unavailable": "UNAVAILABLE"}
"""What a centre says -> as it is written."""

Centre = Annotated[
    str,
    typer.Argument(metavar="CENTRE", help="The support centre, as the agreement names it.", callback=checked("name")),
]


def requests(centre: Centre, as_json: Json = False) -> None:
    """List what a centre has not answered, oldest first, with the person that is asked about.

    A request that is not allowed any more is not told: the report is sealed or purged, the agreement has ended.
    """
    from sinks.render.format import clean, moment

    found = _waiting(centre)
    if as_json:
        print_json(found)
        return
    rows: list[tuple[str, ...]] = [("asked (UTC)", "request", "service", "for", "purpose", "by", "person")]
    for one in found:
        person = " ".join(one["person"].values())
        said = (one["request_id"], one["service"], one["agency_id"], one["purpose"], one["by"], person)
        rows.append((moment(one["at"]), *map(clean, said)))
    print_table(rows, "nothing waits for an answer")


def _waiting(centre: str) -> list[dict[str, Any]]:
    """Give what a centre is asked and may be told now, with the person of each request; written down before that."""
    from sinks.access.past import looked_up
    from sinks.partnership.inquiries import DISCLOSED_FIELDS, Refusal, authorization, subjects

    held, agreements, rows = looked_up()
    asked = held.waiting(centre)
    found = []
    for agency, purpose in sorted({(one["agency_id"], one["purpose"]) for one in asked}):
        own = [one for one in asked if (one["agency_id"], one["purpose"]) == (agency, purpose)]
        reports, told_ = _theirs(agency, purpose, [one["report_id"] for one in own]), list[dict[str, Any]]()
        for one in own:
            report, name = reports.get(one["report_id"]), one["subject"]
            at, row = now_ms(), rows.get(agency)
            if report is None or isinstance(
                authorization(report, name, one["service"], purpose, agreements.values(), row, at), Refusal
            ):
                continue
            person = subjects(report)[name]
            told_.append({**one, "person": {field: person[field] for field in DISCLOSED_FIELDS if person.get(field)}})
        write_down(agency, {"lookup_requests": centre}, [one["request_id"] for one in told_], purpose)
        found += told_
    return sorted(found, key=lambda one: (one["at"], one["request_id"]))


def _theirs(agency: str, purpose: str, report_ids: list[str]) -> dict[str, dict[str, Any]]:
    """Read those of an agency's reports that are open to it for a purpose."""
    from sinks.search.reader import NotFound

    found: dict[str, dict[str, Any]] = {}

    async def each(reading: "Reading") -> None:
        for name in report_ids:
            with suppress(NotFound):
                found[name] = (await reading.report(name)).report

    with suppress(Denied):
        read(agency, each, purpose)
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
    """Answer a request; a hit says whom to call before anybody acts on it. A centre's own system writes the topic."""
    from schemas.records import codec
    from schemas.topics import INQUIRY_RESPONSES
    from sinks.access.past import looked_up

    clerk = who(by)
    if outcome not in OUTCOMES:
        raise typer.BadParameter(f"one of {', '.join(OUTCOMES)}", param_hint="OUTCOME")
    if (outcome == "hit") != bool(contact.strip()) or (reference and outcome != "hit"):
        raise typer.BadParameter("a hit says whom to call, and nothing else does", param_hint="--contact")
    if max(len(contact), len(reference)) > LONGEST:
        raise typer.BadParameter(f"at most {LONGEST} characters", param_hint="--contact")
    written(contact + reference, "--contact")
    asked = looked_up()[0].requests.get(request)
    if asked is None:
        raise Denied("there is no such request")
    made = _answer(asked, OUTCOMES[outcome], reference.strip(), contact.strip(), clerk)
    # What it says of a person stands nowhere for longer than it holds; whether it says anything does.
    said = "lookup_unavailable" if made["outcome"] == "UNAVAILABLE" else "lookup_answer"
    write_down(asked["agency_id"], {said: request, "by": clerk}, [asked["report_id"]], asked["purpose"])
    write(INQUIRY_RESPONSES.name, request.encode(), codec.encode("lookup_answer", made), made["at"])
    print_lines([f"{request}  {outcome}, told to {asked['agency_id']}"])


def _answer(asked: "InquiryRequest", outcome: str, reference: str, contact: str, by: str) -> "InquiryResponse":
    said = cast(Literal["UNAVAILABLE", "NO_RECORD", "HIT"], outcome)
    return {
        "request_id": asked["request_id"],
        "asked_at": asked["at"],
        "outcome": said,
        "reference": reference,
        "contact": contact,
        "by": by,
        "at": now_ms(),
    }
