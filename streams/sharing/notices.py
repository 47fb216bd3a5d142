"""Notices: tell an agency which reports its own were linked to, as far as an agreement lets it see them.

Pure. A notice carries what the agency's audience may see of the other report, or whom to call about it; where that is
nothing, there is no notice. So the owner of a RED report hears of a hit, and nobody hears of a RED report.

A notice on a report that its reader cannot see, and one to the owner of a RED report, reveals that something exists. So
it is limited: time and place must agree, a report gets at most MOST_LIMITED of them ever, and each is an exposure.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from schemas.agreements import Agreement, Audience, Outcome
from schemas.agreements.dissemination import dissemination_level
from schemas.records.agency import AgencyRow
from schemas.records.audit import Notice
from schemas.records.incident import LINKING_VERDICTS, PairDecision, SentNotice
from streams.dedupe.evidence import time_and_place_agree
from streams.sharing.policy import Registry
from streams.sharing.visible import Report, Visible

FRESH_MS = 3_600_000
"""Notices are for dispatchers: when both reports are older, as in a replay, no notice is sent."""
MOST_LIMITED = 3


class AllowedNotice(NamedTuple):
    """A notice that agreements allow: the report it is about, whether it is `limited`, and whether it is `fresh`."""

    notice: Notice
    other: Report
    limited: bool
    fresh: bool


def no_notices(
    reports: Sequence[Report], decisions: Sequence[PairDecision], shared: Mapping[str, Visible], now: int
) -> tuple[AllowedNotice, ...]:
    """Allow no notices; `now` in UTC milliseconds."""
    return ()


def _linked_across(
    reports: Mapping[str, Report], decisions: Sequence[PairDecision]
) -> Iterator[tuple[Report, Report, PairDecision]]:
    """Yield each report with each report of another agency that it is linked to."""
    for decision in decisions:
        left, right = reports.get(decision["left"]), reports.get(decision["right"])
        if (
            decision["verdict"] not in LINKING_VERDICTS
            or left is None
            or right is None
            or left.agency_id == right.agency_id
        ):
            continue
        if left.traffic == right.traffic:
            yield left, right, decision
            yield right, left, decision


def _widest_outcome(
    own: Report, other: Report, readers: Sequence[Audience], shared: Mapping[str, Visible]
) -> tuple[Outcome, str]:
    """Return the most that the owner of a report may know of another one, and the audience that it knows it as.

    The notice goes to a whole agency, so nothing in it may depend on a vetting.
    """
    widest = (Outcome.NONE, "")
    for audience in readers:
        visible = shared.get(audience.name)
        if visible is None or audience.vetting or own.agency_id not in audience.readers:
            continue
        grant = visible.grants.get(other.report_id)
        if grant is not None and not grant.vettings:
            widest = max(widest, (grant.outcome, audience.name))
    return widest


def _notice(
    own: Report, other: Report, verdict: str, known: tuple[Outcome, str], red: bool, row: AgencyRow | None, now: int
) -> Notice:
    outcome, audience = known
    visible = outcome >= Outcome.REDACTED
    whose, verdict = (other.report_id, verdict) if visible else (other.agency_id, "")
    return {
        "notice_id": f"{own.report_id}|{whose}|{verdict}",
        "kind": "DECONFLICTION" if red else "JOINED",
        "agency_id": own.agency_id,
        "report_id": own.report_id,
        "verdict": verdict,
        "other_agency_id": other.agency_id,
        "other_report_id": other.report_id if visible else "",
        "contact": (other.fields.get("handling") or {}).get("contact") or (row["name"] if row else other.agency_id),
        "audience": audience,
        "at": now,
    }


def notices_allowed_under(
    agreements: Collection[Agreement], registry: Registry
) -> Callable[[Sequence[Report], Sequence[PairDecision], Mapping[str, Visible], int], list[AllowedNotice]]:
    """Return a function that lists the notices these agreements allow at a time, in UTC milliseconds.

    It reads `agreements` anew at each call.
    """

    def allowed_notices(
        reports: Sequence[Report], decisions: Sequence[PairDecision], shared: Mapping[str, Visible], now: int
    ) -> list[AllowedNotice]:
        allowed: dict[str, AllowedNotice] = {}
        for own, other, decision in _linked_across({report.report_id: report for report in reports}, decisions):
            row = registry.agency(own.agency_id)
            red = row is None or dissemination_level(own.judged, row) == "RED"
            kind = "deconfliction" if red else "joined"
            readers = [
                audience for agreement in agreements if kind in agreement.notices for audience in agreement.audiences
            ]
            known = _widest_outcome(own, other, readers, shared)
            limited = red or known[0] < Outcome.REDACTED
            if known[0] > Outcome.NONE and row is not None and (time_and_place_agree(decision) or not limited):
                notice = _notice(own, other, decision["verdict"], known, red, registry.agency(other.agency_id), now)
                fresh = max(own.published_at, other.published_at) >= now - FRESH_MS
                allowed.setdefault(notice["notice_id"], AllowedNotice(notice, other, limited, fresh))
        return list(allowed.values())

    return allowed_notices


def settle(
    allowed: Iterable[AllowedNotice], sent_before: Sequence[SentNotice], now: int, erased: bool = False
) -> tuple[list[Notice], list[SentNotice]]:
    """Return the notices to send about one report, and the record of all that were sent, these included.

    `sent_before` are those on record; `now` is in UTC milliseconds. A notice that is no longer allowed is withdrawn. A
    limited notice counts for good, or notices about a report that moves around would reveal everything in the end. All
    stay on record for a report that was `erased`: nothing else says later that they were withdrawn.
    """
    pending = {each.notice["notice_id"]: each for each in allowed}
    to_send: list[Notice] = []
    on_record: list[SentNotice] = []
    for former in sent_before:
        candidate = pending.pop(former["notice_id"], None)
        current = candidate is not None and (former["standing"] or candidate.fresh)
        if current and not former["standing"] and candidate is not None:
            to_send.append(candidate.notice)
        elif former["standing"] and not current:
            to_send.append(_withdrawal(former, now))
        if current or former["limited"] or erased:
            on_record.append({**former, "standing": current})
    room = MOST_LIMITED - sum(former["limited"] for former in sent_before)
    for candidate in sorted(pending.values(), key=lambda each: (each.other.published_at, each.other.report_id)):
        if candidate.fresh and (room > 0 or not candidate.limited):
            room -= candidate.limited
            to_send.append(candidate.notice)
            on_record.append(_sent(candidate))
    return to_send, on_record


def _sent(allowed: AllowedNotice) -> SentNotice:
    return {
        "notice_id": allowed.notice["notice_id"],
        "agency_id": allowed.notice["agency_id"],
        "report_id": allowed.notice["report_id"],
        "other_report_id": allowed.other.report_id,
        "audience": allowed.notice["audience"],
        "limited": allowed.limited,
        "standing": True,
    }


def _withdrawal(former: SentNotice, now: int) -> Notice:
    return {
        "notice_id": former["notice_id"],
        "kind": "WITHDRAWN",
        "agency_id": former["agency_id"],
        "report_id": former["report_id"],
        "verdict": "",
        "other_agency_id": "",
        "other_report_id": "",
        "contact": "",
        "audience": former["audience"],
        "at": now,
    }
