"""Inquiries between an agency and a support center: sent, answered and shown under each reader's rights, and logged."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

from schemas.agreements.model import Service
from schemas.errors import Denied
from schemas.identity import inquiry_id
from schemas.records import codec
from schemas.records.audit import InquiryRequest, InquiryResponse
from schemas.topics import INQUIRY_REQUESTS, INQUIRY_RESPONSES
from sinks.access.session import AccessSession
from sinks.partnership.inquiries import (
    DISCLOSED_FIELDS,
    Authorization,
    Inquiries,
    InquiryState,
    Refusal,
    authorization,
    request,
    subjects,
)
from sinks.partnership.inquiry_records import InquiryRecords, inquiry_records
from sinks.search.reader import NotFound


@dataclass(frozen=True, slots=True)
class Question:
    """An inquiry that an agency wants to send: about which person of its report, to which service, and why."""

    report_id: str
    person: str
    service: str
    purpose: str
    by: str
    reason: str


class Sent(NamedTuple):
    """An inquiry and its state; `new` is False where an earlier one is still valid or waits for an answer."""

    request: InquiryRequest
    state: InquiryState
    new: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """What a support center answers to a request: reference and contact are those of a hit."""

    request_id: str
    outcome: Literal["UNAVAILABLE", "NO_RECORD", "HIT"]
    reference: str
    contact: str
    by: str


async def send_inquiry(session: AccessSession, question: Question) -> Sent:
    """Send an inquiry, unless an earlier one is valid or waits for an answer; it is logged before.

    Raises: NotFound, Denied where the agreement does not permit it, Transient, Configuration.
    """
    records = await inquiry_records(session.topics)
    report, at = await _own_report(session, question.report_id, question.purpose), session.now()
    under = _authorization(records, report, question.person, question.service, question.purpose, at)
    if isinstance(under, Refusal):
        raise Denied(f"not asked: {under.value}")
    record = request(report, question.person, under, question.purpose, question.by, question.reason, at)
    name = record["request_id"]
    state = records.inquiries.state(name, under.rule.hours, at)
    # An outcome that is no answer, such as UNAVAILABLE, lets the agency ask again.
    unanswered = state is InquiryState.NO_ANSWER and records.inquiries.answer(name)
    if state is not InquiryState.NOT_ASKED and not unanswered:
        return Sent(record, state, new=False)
    query = {
        "lookup": name,
        "service": question.service,
        "agreement": record["agreement_id"],
        "by": question.by,
    }
    await session.log_disclosure(report["agency"], query, [question.report_id], question.purpose)
    await session.topics.write(INQUIRY_REQUESTS.name, name.encode(), codec.encode("lookup_request", record), at)
    return Sent(record, state, new=True)


async def inquiry_states(session: AccessSession, report_id: str, purpose: str) -> list[dict[str, Any]]:
    """Return the state of the inquiry to each service about each person of a report; logged before.

    Raises: NotFound, Denied, Transient, Configuration.
    """
    records = await inquiry_records(session.topics)
    report, at = await _own_report(session, report_id, purpose), session.now()
    states: list[dict[str, Any]] = []
    for person in subjects(report):
        for service in get_args(Service):
            under = _authorization(records, report, person, service, purpose, at)
            state = _state(records.inquiries, inquiry_id(report_id, person, service), under, at)
            states.append({"person": person, "service": service, **state})
    shown = [state["request_id"] for state in states if state["state"]]
    await session.log_disclosure(report["agency"], {"lookups": report_id}, shown, purpose)
    return states


async def open_inquiries(session: AccessSession, center: str) -> list[dict[str, Any]]:
    """Return the unanswered inquiries to a center, oldest first, each with its person; logged before.

    Inquiries that are no longer permitted are left out. Raises: Transient, Configuration.
    """
    records = await inquiry_records(session.topics)
    waiting = records.inquiries.waiting(center)
    shown: list[dict[str, Any]] = []
    for agency, purpose in sorted({(inquiry["agency_id"], inquiry["purpose"]) for inquiry in waiting}):
        own = [inquiry for inquiry in waiting if (inquiry["agency_id"], inquiry["purpose"]) == (agency, purpose)]
        reports = await _readable_reports(session, agency, purpose, [inquiry["report_id"] for inquiry in own])
        permitted: list[dict[str, Any]] = [
            {**inquiry, "person": _disclosed_person(reports[inquiry["report_id"]], inquiry["subject"])}
            for inquiry in own
            if inquiry["report_id"] in reports
            and _is_permitted(records, reports[inquiry["report_id"]], inquiry, session.now())
        ]
        names = [inquiry["request_id"] for inquiry in permitted]
        await session.log_disclosure(agency, {"lookup_requests": center}, names, purpose)
        shown += permitted
    return sorted(shown, key=lambda inquiry: (inquiry["at"], inquiry["request_id"]))


async def answer_inquiry(session: AccessSession, reply: Reply) -> InquiryRequest:
    """Write a center's answer, logged before, and return the request. Raises: Denied without it, Transient."""
    inquiry = (await inquiry_records(session.topics)).inquiries.requests.get(reply.request_id)
    if inquiry is None:
        raise Denied("there is no such request")
    response: InquiryResponse = {
        "request_id": inquiry["request_id"],
        "asked_at": inquiry["at"],
        "outcome": reply.outcome,
        "reference": reply.reference,
        "contact": reply.contact,
        "by": reply.by,
        "at": session.now(),
    }
    # What an answer states about a person is kept no longer than it is valid; that there was one is logged.
    field = "lookup_unavailable" if reply.outcome == "UNAVAILABLE" else "lookup_answer"
    query = {field: reply.request_id, "by": reply.by}
    await session.log_disclosure(inquiry["agency_id"], query, [inquiry["report_id"]], inquiry["purpose"])
    value = codec.encode("lookup_answer", response)
    await session.topics.write(INQUIRY_RESPONSES.name, reply.request_id.encode(), value, response["at"])
    return inquiry


async def _own_report(session: AccessSession, report_id: str, purpose: str) -> dict[str, Any]:
    """Return a report as its own agency sees it. Raises: NotFound, Denied."""
    async with session.reading(report_id.partition(":")[0], purpose) as reading:
        return (await reading.report(report_id)).report


async def _readable_reports(
    session: AccessSession, agency: str, purpose: str, report_ids: Iterable[str]
) -> dict[str, dict[str, Any]]:
    """Return those of an agency's reports that it may read for a purpose."""
    reports: dict[str, dict[str, Any]] = {}
    with suppress(Denied):
        async with session.reading(agency, purpose) as reading:
            for name in report_ids:
                with suppress(NotFound):
                    reports[name] = (await reading.report(name)).report
    return reports


def _authorization(
    records: InquiryRecords, report: dict[str, Any], person: str, service: str, purpose: str, at: int
) -> Authorization | Refusal:
    row = records.rows.get(report["agency"])
    return authorization(report, person, service, purpose, records.agreements.values(), row, at)


def _is_permitted(records: InquiryRecords, report: dict[str, Any], inquiry: InquiryRequest, at: int) -> bool:
    under = _authorization(records, report, inquiry["subject"], inquiry["service"], inquiry["purpose"], at)
    return isinstance(under, Authorization)


def _disclosed_person(report: dict[str, Any], subject: str) -> dict[str, Any]:
    person = subjects(report)[subject]
    return {field: person[field] for field in DISCLOSED_FIELDS if person.get(field)}


def _state(inquiries: Inquiries, name: str, under: Authorization | Refusal, at: int) -> dict[str, Any]:
    """Return the state of an inquiry; its answer only while it is permitted and valid."""
    blank = {"request_id": name, "state": "", "barred": "", "answered_at": None, "reference": "", "contact": ""}
    if isinstance(under, Refusal):
        return {**blank, "barred": under.value}
    state, answer = inquiries.state(name, under.rule.hours, at), inquiries.answer(name)
    if answer is None or state not in (InquiryState.HIT, InquiryState.NO_RECORD):
        return {**blank, "state": state.value}
    given = {"answered_at": answer["at"], "reference": answer["reference"], "contact": answer["contact"]}
    return {**blank, "state": state.value, **given}
