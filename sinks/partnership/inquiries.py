"""Inquiries to a support center: which persons may be asked about, what was asked, and the state of the answer; pure.

An agency inquires about a person in its own report where an agreement permits it: what it learns from other agencies'
reports it cannot pass on. Anyone who is not stated to have committed an offense counts as a victim, and nobody inquires
about a victim.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

import orjson

from schemas.agreements import Agreement, Outcome
from schemas.agreements.criteria import criteria_of, is_offender
from schemas.agreements.dissemination import OUTCOME_BY_LEVEL, dissemination_level
from schemas.agreements.model import InquiryService
from schemas.codes.markings import marking
from schemas.errors import Rejected
from schemas.identity import inquiry_id
from schemas.records import codec
from schemas.records.agency import AgencyRow
from schemas.records.audit import Dissemination, InquiryRequest, InquiryResponse
from schemas.records.report import VOID_STATUSES

HOUR_MS = 3_600_000
DISCLOSED_FIELDS = ("name", "given", "paternal", "maternal", "dob", "sex")
"""The fields of a person that a support center receives; nothing else of the report."""
ANSWER_OUTCOMES = ("NO_RECORD", "HIT")
"""The outcomes that count as an answer."""


class Refusal(StrEnum):
    """Why an inquiry is not permitted; the value is shown to the requesting agency."""

    NO_AGREEMENT = "no agreement in force permits this agency to inquire of this service"
    PURPOSE = "the agreement does not permit inquiries for this purpose"
    OFFENSE = "the agreement does not permit inquiries in reports of this offense"
    RESTRICTED = "a RED report is not disclosed outside its agency"
    TRAFFIC = "the report is exercise or test traffic"
    CANCELLED = "the report is cancelled or unfounded: it accuses nobody"
    NO_SUCH_PERSON = "this version of the report has no such person"
    NO_OFFENSE = "the report states no offense by this person, who counts as a victim or witness"
    PROTECTED = "the person or the report is marked as protected: a juvenile, victim, witness or informant"


class InquiryState(StrEnum):
    """The state of an inquiry; no one of these may be mistaken for another."""

    NOT_ASKED = "not asked"
    NO_ANSWER = "no answer"
    NO_RECORD = "no record"
    HIT = "hit"


class Authorization(NamedTuple):
    """The agreement and its rule that permit an inquiry."""

    agreement: Agreement
    rule: InquiryService


Report = Mapping[str, Any]
"""A report's JSON, as its own agency sees it."""


def subjects(report: Report) -> dict[str, Mapping[str, Any]]:
    """Return the persons of a report by the name that an inquiry uses for them.

    That is the source's own id or, without one, their number in this version: others may number them differently.
    """
    version = report["version"]
    persons = enumerate(report.get("persons", ()), 1)
    return {person.get("pid") or f"{number}@{version}": person for number, person in persons}


def _is_protected(categories: Iterable[str]) -> bool:
    marks = [marking("category", category) for category in categories]
    return any(marking.effect == "never" or "persons" in marking.withhold for marking in marks)


def _report_refusal(report: Report, row: AgencyRow | None) -> Refusal | None:
    """Return what in a report rules out every inquiry."""
    handling = report.get("handling") or {}
    if (
        row is None
        or OUTCOME_BY_LEVEL.get(dissemination_level(criteria_of(report["agency"], report), row), Outcome.NONE)
        is Outcome.NONE
    ):
        return Refusal.RESTRICTED
    if report["traffic"] != "ACTUAL":
        return Refusal.TRAFFIC
    if report["status"] in VOID_STATUSES:
        return Refusal.CANCELLED
    return Refusal.PROTECTED if _is_protected(handling.get("cui_categories", ())) else None


def _person_refusal(person: Mapping[str, Any] | None) -> Refusal | None:
    if person is None:
        return Refusal.NO_SUCH_PERSON
    if not is_offender(person):
        return Refusal.NO_OFFENSE
    return Refusal.PROTECTED if _is_protected(person.get("cui", ())) else None


def authorization(
    report: Report,
    subject: str,
    service: str,
    purpose: str,
    agreements: Iterable[Agreement],
    row: AgencyRow | None,
    now: int,
) -> Authorization | Refusal:
    """Return what permits the agency of a report to inquire about a person in it at `now`, UTC ms, or why not.

    `row` is the agency's row in the registry.
    """
    offered = [
        Authorization(agreement, rule)
        for agreement in agreements
        if agreement.in_force(now) and report["agency"] in agreement.members()
        for rule in agreement.inquiry_services
        if rule.service == service and report["agency"] in rule.requesting_agencies
    ]
    if not offered:
        return Refusal.NO_AGREEMENT
    for_purpose = [permission for permission in offered if purpose in permission.rule.purposes]
    if not for_purpose:
        return Refusal.PURPOSE
    families = frozenset(criteria_of(report["agency"], report).families)
    for_offense = [permission for permission in for_purpose if not families.isdisjoint(permission.rule.families)]
    if not for_offense:
        return Refusal.OFFENSE
    refusal = _report_refusal(report, row) or _person_refusal(subjects(report).get(subject))
    return refusal or for_offense[0]


def request(
    report: Report, subject: str, under: Authorization, purpose: str, by: str, why: str, at: int
) -> InquiryRequest:
    """Return the record of an inquiry about a person, made at `at`, UTC milliseconds."""
    return {
        "request_id": inquiry_id(report["report_id"], subject, under.rule.service),
        "agreement_id": under.agreement.agreement_id,
        "clause": under.rule.clause,
        "centre": under.rule.center,
        "service": under.rule.service,
        "agency_id": report["agency"],
        "report_id": report["report_id"],
        "version": report["version"],
        "subject": subject,
        "purpose": purpose,
        "by": by,
        "why": why,
        "at": at,
    }


class Inquiries(NamedTuple):
    """The newest request and the newest answer by request id."""

    requests: Mapping[str, InquiryRequest]
    answers: Mapping[str, InquiryResponse]

    def answer(self, request_id: str) -> InquiryResponse | None:
        """Return the answer to the newest version of a request; None where it has none."""
        inquiry, answer = self.requests.get(request_id), self.answers.get(request_id)
        return answer if inquiry and answer and answer["asked_at"] == inquiry["at"] else None

    def state(self, request_id: str, hours: int, now: int) -> InquiryState:
        """Return the state of an inquiry at `now`, UTC milliseconds, where answers are valid for some `hours`."""
        if request_id not in self.requests:
            return InquiryState.NOT_ASKED
        answer = self.answer(request_id)
        if answer is None or answer["outcome"] not in ANSWER_OUTCOMES:
            return InquiryState.NO_ANSWER
        if now >= answer["at"] + hours * HOUR_MS:
            return InquiryState.NOT_ASKED
        return InquiryState[answer["outcome"]]

    def waiting(self, center: str) -> list[InquiryRequest]:
        """Return the requests to a support center that it has not answered in any way, oldest first."""
        pending = [
            inquiry for name, inquiry in self.requests.items() if inquiry["centre"] == center and not self.answer(name)
        ]
        return sorted(pending, key=lambda inquiry: (inquiry["at"], inquiry["request_id"]))


def _newest(name: str, values: Iterable[bytes | None]) -> dict[str, Any]:
    """Decode the newest value of each key, leaving out what cannot be decoded."""
    records = [codec.decode(name, value) for value in values]
    return {record["request_id"]: record for record in records if not isinstance(record, Rejected)}


def decode_inquiries(requests: Iterable[bytes | None], answers: Iterable[bytes | None]) -> Inquiries:
    """Decode the current values of both topics. A center's own system writes answers: an invalid one counts as none."""
    return Inquiries(_newest("lookup_request", requests), _newest("lookup_answer", answers))


def inquiry_times(
    log: Iterable[Dissemination], held: Inquiries, agreement_id: str, agencies: Container[str]
) -> list[tuple[int, int | None]]:
    """Return when each inquiry of some agencies under an agreement was made and when it was answered, UTC milliseconds.

    The times come from the dissemination log, since requests and answers are kept for days only; `held` has what a
    center's own system answered, which no command logged.
    """
    requests, answers = defaultdict[str, list[int]](list), defaultdict[str, list[int]](list)
    for name, answer in held.answers.items():
        if answer["outcome"] in ANSWER_OUTCOMES:
            answers[name].append(answer["at"])
    for line in log:
        query = orjson.loads(line["asked"])
        if "lookup_answer" in query:
            answers[query["lookup_answer"]].append(line["at"])
        elif "lookup" in query and query.get("agreement") == agreement_id and line["audience"] in agencies:
            requests[query["lookup"]].append(line["at"])
    return [
        (at, min((when for when in answers[name] if at <= when and (again is None or when < again)), default=None))
        for name, times in requests.items()
        for at, again in zip(times, (*times[1:], None), strict=True)
    ]
