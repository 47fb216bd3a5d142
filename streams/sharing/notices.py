"""Notices: an agency is told whose reports its own were linked to, as far as an agreement lets it see them.

Pure. What a notice tells is what the agency's audience may see of the other report, or whom to call about it; where
that is nothing, there is no notice. So the owner of a RED report hears of a hit, and nobody hears of a RED report.

A notice on what its reader cannot see, and one to the owner of a RED report, answers whether there is something. So it
is limited: time and place must agree, a report hears of MOST_LIMITED such for ever, and each is an exposure.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from schemas.agreements import Agreement, Audience, Outcome
from schemas.agreements.dissemination import level
from schemas.records.agency import AgencyRow
from schemas.records.audit import Notice
from schemas.records.incident import LINKS, Noticed, PairDecision
from streams.dedupe.evidence import meets
from streams.sharing.policy import Registry
from streams.sharing.views import Report, Seen

FRESH_MS = 3_600_000
"""A notice is for dispatchers: of reports that both came longer ago, as in a replay, nobody is told."""
MOST_LIMITED = 3


class Told(NamedTuple):
    """A notice that agreements allow: the report that it speaks of, whether it is `limited`, and its news `fresh`."""

    notice: Notice
    other: Report
    limited: bool
    fresh: bool


Tells = Callable[[Sequence[Report], Sequence[PairDecision], Mapping[str, Seen], int], Sequence[Told]]
"""Reports, decisions on them, what each audience of an agreement sees, now in UTC milliseconds -> what is allowed."""


def nothing_told(
    reports: Sequence[Report], decisions: Sequence[PairDecision], shared: Mapping[str, Seen], now: int
) -> tuple[Told, ...]:
    """Tell nobody."""
    return ()


def _linked(
    reports: Mapping[str, Report], decisions: Sequence[PairDecision]
) -> Iterator[tuple[Report, Report, PairDecision]]:
    """Give each report with one of another agency that a link joins it to."""
    for one in decisions:
        left, right = reports.get(one["left"]), reports.get(one["right"])
        if one["verdict"] not in LINKS or left is None or right is None or left.agency_id == right.agency_id:
            continue
        if left.traffic == right.traffic:
            yield left, right, one
            yield right, left, one


def _knows(own: Report, other: Report, readers: Sequence[Audience], shared: Mapping[str, Seen]) -> tuple[Outcome, str]:
    """Give the most that the owner of a report may know of another one, and in which audience's name.

    The notice goes to a whole agency, so that nothing in it may rest on a vetting.
    """
    best = (Outcome.NONE, "")
    for who in readers:
        seen = shared.get(who.name)
        if seen is None or who.vetting or own.agency_id not in who.readers:
            continue
        granted = seen.grants.get(other.report_id)
        if granted is not None and not granted.vettings:
            best = max(best, (granted.outcome, who.name))
    return best


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
        "contact": (other.told.get("handling") or {}).get("contact") or (row["name"] if row else other.agency_id),
        "audience": audience,
        "at": now,
    }


def tells(agreements: Collection[Agreement], registry: Registry) -> Tells:
    """Give the notices that these agreements allow; they are looked through at each call."""

    def tell(
        reports: Sequence[Report], decisions: Sequence[PairDecision], shared: Mapping[str, Seen], now: int
    ) -> list[Told]:
        found: dict[str, Told] = {}
        for own, other, decided in _linked({one.report_id: one for one in reports}, decisions):
            row = registry.agency(own.agency_id)
            red = row is None or level(own.judged, row) == "RED"
            kind = "deconfliction" if red else "joined"
            readers = [who for one in agreements if kind in one.notices for who in one.audiences]
            known = _knows(own, other, readers, shared)
            limited = red or known[0] < Outcome.REDACTED
            if known[0] > Outcome.NONE and row is not None and (meets(decided) or not limited):
                made = _notice(own, other, decided["verdict"], known, red, registry.agency(other.agency_id), now)
                fresh = max(own.published_at, other.published_at) >= now - FRESH_MS
                found.setdefault(made["notice_id"], Told(made, other, limited, fresh))
        return list(found.values())

    return tell


def settle(told: Iterable[Told], before: Sequence[Noticed], now: int) -> tuple[list[Notice], list[Noticed]]:
    """Return the notices to send about one report, and those that went out for it, these included.

    `told` are those that are allowed now, `before` those that went out: what is allowed no longer is withdrawn, and
    what is limited counts for ever, or a report that moves about would be told of everything.
    """
    allowed = {one.notice["notice_id"]: one for one in told}
    sent: list[Notice] = []
    after: list[Noticed] = []
    for past in before:
        one = allowed.pop(past["notice_id"], None)
        stands = one is not None and (past["standing"] or one.fresh)
        if stands and not past["standing"] and one is not None:
            sent.append(one.notice)
        elif past["standing"] and not stands:
            sent.append(_withdrawn(past, now))
        if stands or past["limited"]:
            after.append({**past, "standing": stands})
    room = MOST_LIMITED - sum(past["limited"] for past in before)
    for one in sorted(allowed.values(), key=lambda one: (one.other.published_at, one.other.report_id)):
        if one.fresh and (room > 0 or not one.limited):
            room -= one.limited
            sent.append(one.notice)
            after.append(_noticed(one))
    return sent, after


def _noticed(one: Told) -> Noticed:
    return {
        "notice_id": one.notice["notice_id"],
        "agency_id": one.notice["agency_id"],
        "report_id": one.notice["report_id"],
        "other_report_id": one.other.report_id,
        "audience": one.notice["audience"],
        "limited": one.limited,
        "standing": True,
    }


def _withdrawn(past: Noticed, now: int) -> Notice:
    return {
        "notice_id": past["notice_id"],
        "kind": "WITHDRAWN",
        "agency_id": past["agency_id"],
        "report_id": past["report_id"],
        "verdict": "",
        "other_agency_id": "",
        "other_report_id": "",
        "contact": "",
        "audience": past["audience"],
        "at": now,
    }
