"""Look-ups of a support centre: who may be asked about, what was asked, and how an answer stands; pure.

An agency asks about a person in its own report, as an agreement lets it: what it learns from others' reports it cannot
pass on. Whoever is not stated to have committed an offense counts as a victim, and nobody asks about a victim.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

import orjson

from schemas.agreements import Agreement, Outcome
from schemas.agreements.dissemination import LEVELS, level
from schemas.agreements.judged import judged, offense_of
from schemas.agreements.model import LookUp
from schemas.codes.markings import mark
from schemas.errors import Rejected
from schemas.identity import lookup_id
from schemas.records import codec
from schemas.records.agency import AgencyRow
from schemas.records.audit import Dissemination, LookupAnswer, LookupRequest
from schemas.records.report import IDLE

HOUR_MS = 3_600_000
SENT = ("name", "given", "paternal", "maternal", "dob", "sex")
"""What a centre is told of a person, and nothing else of the report."""
ANSWERED = ("NO_RECORD", "HIT")
"""What a centre says that is an answer."""


class Refused(StrEnum):
    """Why nobody may ask; the value is what the asker is told."""

    NO_AGREEMENT = "no agreement in force lets this agency ask for this service"
    PURPOSE = "the agreement does not let it ask for this purpose"
    OFFENSE = "the agreement does not let it ask in reports of this offense"
    RESTRICTED = "a RED report leaves its agency for nobody"
    TRAFFIC = "it is exercise or test traffic"
    CANCELLED = "the report is cancelled or unfounded: nothing is stated of anybody"
    NO_SUCH_PERSON = "there is no such person in this version of the report"
    NO_OFFENSE = "no offense is stated of this person, who counts as a victim or witness"
    PROTECTED = "this person is marked, or the report is: a juvenile, a victim, a witness or an informant"


class State(StrEnum):
    """How a look-up stands; nobody may take one of these for another one."""

    NOT_ASKED = "not asked"
    NO_ANSWER = "no answer"
    NO_RECORD = "no record"
    HIT = "hit"


class Allowed(NamedTuple):
    """The clause under which a look-up may be made."""

    agreement: Agreement
    look: LookUp


Report = Mapping[str, Any]
"""A report's JSON, as its own agency sees it."""


def subjects(report: Report) -> dict[str, Mapping[str, Any]]:
    """Give the persons of a report by the name that a request has for them.

    That is the source's own id; where there is none, their number in this version, as another one may count otherwise.
    """
    version = report["version"]
    persons = enumerate(report.get("persons", ()), 1)
    return {person.get("pid") or f"{number}@{version}": person for number, person in persons}


def _protected(words: Iterable[str]) -> bool:
    marks = [mark("category", word) for word in words]
    return any(one.effect == "never" or "persons" in one.withhold for one in marks)


def _of_report(report: Report, row: AgencyRow | None) -> Refused | None:
    """Tell what in a report bars every look-up in it."""
    handling = report.get("handling") or {}
    if row is None or LEVELS.get(level(judged(report["agency"], report), row), Outcome.NONE) is Outcome.NONE:
        return Refused.RESTRICTED
    if report["traffic"] != "ACTUAL":
        return Refused.TRAFFIC
    if report["status"] in IDLE:
        return Refused.CANCELLED
    return Refused.PROTECTED if _protected(handling.get("cui_categories", ())) else None


def _of_person(person: Mapping[str, Any] | None) -> Refused | None:
    if person is None:
        return Refused.NO_SUCH_PERSON
    if not offense_of(person):
        return Refused.NO_OFFENSE
    return Refused.PROTECTED if _protected(person.get("cui", ())) else None


def allowed(
    report: Report,
    subject: str,
    service: str,
    purpose: str,
    agreements: Iterable[Agreement],
    row: AgencyRow | None,
    now: int,
) -> Allowed | Refused:
    """Tell whether the agency of a report may ask about a person in it at `now`, UTC milliseconds.

    `row`: of that agency in the registry.
    """
    offered = [
        Allowed(agreement, look)
        for agreement in agreements
        if agreement.in_force(now) and report["agency"] in agreement.members()
        for look in agreement.lookups
        if look.service == service and report["agency"] in look.askers
    ]
    if not offered:
        return Refused.NO_AGREEMENT
    serving = [one for one in offered if purpose in one.look.purposes]
    if not serving:
        return Refused.PURPOSE
    families = frozenset(judged(report["agency"], report).families)
    fitting = [one for one in serving if not families.isdisjoint(one.look.families)]
    if not fitting:
        return Refused.OFFENSE
    barred = _of_report(report, row) or _of_person(subjects(report).get(subject))
    return barred or fitting[0]


def request(report: Report, subject: str, under: Allowed, purpose: str, by: str, why: str, at: int) -> LookupRequest:
    """Make the request that asks about a person; `at` in UTC milliseconds."""
    return {
        "request_id": lookup_id(report["report_id"], subject, under.look.service),
        "agreement_id": under.agreement.agreement_id,
        "clause": under.look.clause,
        "centre": under.look.centre,
        "service": under.look.service,
        "agency_id": report["agency"],
        "report_id": report["report_id"],
        "version": report["version"],
        "subject": subject,
        "purpose": purpose,
        "by": by,
        "why": why,
        "at": at,
    }


class Lookups(NamedTuple):
    """The newest request and the newest answer of each request id."""

    requests: Mapping[str, LookupRequest]
    answers: Mapping[str, LookupAnswer]

    def answer(self, request_id: str) -> LookupAnswer | None:
        """Give the answer to a request as it was asked last."""
        asked, found = self.requests.get(request_id), self.answers.get(request_id)
        return found if asked and found and found["asked_at"] == asked["at"] else None

    def state(self, request_id: str, hours: int, now: int) -> State:
        """Tell how a look-up stands whose answers hold for `hours`, at `now`, UTC milliseconds."""
        if request_id not in self.requests:
            return State.NOT_ASKED
        found = self.answer(request_id)
        if found is None or found["outcome"] not in ANSWERED:
            return State.NO_ANSWER
        if now >= found["at"] + hours * HOUR_MS:
            return State.NOT_ASKED
        return State[found["outcome"]]

    def waiting(self, centre: str) -> list[LookupRequest]:
        """Give the requests to a centre that it did not answer in any way, oldest first."""
        found = [one for name, one in self.requests.items() if one["centre"] == centre and not self.answer(name)]
        return sorted(found, key=lambda one: (one["at"], one["request_id"]))


def _read(name: str, values: Iterable[bytes | None]) -> dict[str, Any]:
    """Read the newest value of each key; what cannot be read says nothing."""
    found = [codec.decode(name, value) for value in values]
    return {one["request_id"]: one for one in found if not isinstance(one, Rejected)}


def lookups(requests: Iterable[bytes | None], answers: Iterable[bytes | None]) -> Lookups:
    """Read what stands on the two topics. A centre's own system writes answers: one that is no answer is none."""
    return Lookups(_read("lookup_request", requests), _read("lookup_answer", answers))


def request_times(
    log: Iterable[Dissemination], held: Lookups, agreement_id: str, agencies: Container[str]
) -> list[tuple[int, int | None]]:
    """Give when each request of these agencies under an agreement was made, and when it was answered, if it was.

    UTC milliseconds. From the dissemination log, as requests and answers stand for days only; `held` has what a
    centre's own system answered, which no command wrote down.
    """
    asks, answers = defaultdict[str, list[int]](list), defaultdict[str, list[int]](list)
    for name, one in held.answers.items():
        if one["outcome"] in ANSWERED:
            answers[name].append(one["at"])
    for line in log:
        said = orjson.loads(line["asked"])
        if "lookup_answer" in said:
            answers[said["lookup_answer"]].append(line["at"])
        elif "lookup" in said and said.get("agreement") == agreement_id and line["audience"] in agencies:
            asks[said["lookup"]].append(line["at"])
    return [
        (at, min((when for when in answers[name] if at <= when and (again is None or when < again)), default=None))
        for name, times in asks.items()
        for at, again in zip(times, (*times[1:], None), strict=True)
    ]
