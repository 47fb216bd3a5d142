"""Notices: an agency is told whose reports its own were joined with, as far as an agreement lets it see them.

Pure. What a notice tells is what the agency's audience may see of the other report, or whom to call about it; where
that is nothing, there is no notice. So the owner of a RED report hears of a hit, and nobody hears of a RED report.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from schemas.agreements import Agreement, Audience, Outcome
from schemas.audited import Notice
from schemas.records import LINKS, AgencyRow, PairDecision
from streams.sharing import Registry, level
from streams.stage import State
from streams.view import Report, Seen

FRESH_MS = 3_600_000
"""A notice is for dispatchers: of reports that both came longer ago, as in a replay, nobody is told."""
_SAID = "said"
_MOST_SAID = 100_000

Tells = Callable[[Sequence[Report], Sequence[PairDecision], Mapping[str, Seen], int], Sequence[Notice]]
"""Reports, decisions on them, what each audience of an agreement sees, now in UTC milliseconds -> notices."""


def nothing_told(
    reports: Sequence[Report], decisions: Sequence[PairDecision], shared: Mapping[str, Seen], now: int
) -> tuple[Notice, ...]:
    """Tell nobody."""
    return ()


def _joined(
    reports: Mapping[str, Report], decisions: Sequence[PairDecision], now: int
) -> Iterator[tuple[Report, Report, str]]:
    """Give each report with one of another agency that a link joins it to, where either is fresh."""
    for one in decisions:
        left, right = reports.get(one["left"]), reports.get(one["right"])
        if one["verdict"] not in LINKS or left is None or right is None or left.agency_id == right.agency_id:
            continue
        if left.traffic != right.traffic or max(left.published_at, right.published_at) < now - FRESH_MS:
            continue
        yield left, right, one["verdict"]
        yield right, left, one["verdict"]


def _knows(own: Report, other: Report, readers: Sequence[Audience], shared: Mapping[str, Seen]) -> tuple[Outcome, str]:
    """Give the most that the owner of a report may know of another one, and in which audience's name."""
    best = (Outcome.NONE, "")
    for who in readers:
        seen = shared.get(who.name)
        if seen is not None and own.agency_id in who.readers and other.report_id in seen.grants:
            best = max(best, (seen.grants[other.report_id].outcome, who.name))
    return best


def _notice(
    own: Report, other: Report, verdict: str, known: tuple[Outcome, str], red: bool, row: AgencyRow | None, now: int
) -> Notice:
    outcome, audience = known
    whose = other.report_id if outcome >= Outcome.REDACTED else other.agency_id
    return {
        "notice_id": f"{own.report_id}|{whose}|{verdict}",
        "kind": "DECONFLICTION" if red else "JOINED",
        "agency_id": own.agency_id,
        "report_id": own.report_id,
        "verdict": verdict,
        "other_agency_id": other.agency_id,
        "other_report_id": other.report_id if outcome >= Outcome.REDACTED else "",
        "contact": (other.told.get("handling") or {}).get("contact") or (row["name"] if row else other.agency_id),
        "audience": audience,
        "at": now,
    }


def tells(agreements: Collection[Agreement], registry: Registry) -> Tells:
    """Give the notices that these agreements allow; they are looked through at each call."""

    def tell(
        reports: Sequence[Report], decisions: Sequence[PairDecision], shared: Mapping[str, Seen], now: int
    ) -> list[Notice]:
        found: dict[str, Notice] = {}
        for own, other, verdict in _joined({one.report_id: one for one in reports}, decisions, now):
            row = registry.agency(own.agency_id)
            red = row is None or level(own.judged, row) == "RED"
            kind = "deconfliction" if red else "joined"
            readers = [who for one in agreements if kind in one.notices for who in one.audiences]
            known = _knows(own, other, readers, shared)
            if known[0] > Outcome.NONE and row is not None:
                made = _notice(own, other, verdict, known, red, registry.agency(other.agency_id), now)
                found[made["notice_id"]] = made
        return list(found.values())

    return tell


def unsaid(notices: Iterable[Notice], state: State) -> list[Notice]:
    """Give the notices that this process did not send yet."""
    said = state.kept.setdefault(_SAID, {})
    return [told for told in notices if told["notice_id"] not in said]


def note(sent: Iterable[Notice], state: State) -> None:
    """Note notices that are safely sent, and forget those that are fresh no longer."""
    said: dict[str, int] = state.kept.setdefault(_SAID, {})
    said |= {told["notice_id"]: told["at"] for told in sent}
    if len(said) > _MOST_SAID:
        last = max(said.values())
        state.kept[_SAID] = {name: at for name, at in said.items() if at > last - 2 * FRESH_MS}
