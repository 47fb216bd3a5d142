"""What the agreements add to what each agency sees of its own: the seen, redacted and pointed-to reports of audiences.

Pure. A redacted report is rebuilt from the field groups that are not withheld, so that a field which no group names, or
that is new, is not shown.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import cast

import orjson

from schemas.agreements import Agreement, Audience, Outcome
from schemas.language import search_text
from schemas.records import LINKS, ExplainedDecision, Offense, PairDecision, VersionSeen
from schemas.search_document import ALWAYS, FIELD_GROUPS
from streams.release import Shares
from streams.sharing import Registry, Release, explained, release
from streams.view import Pointer, Report, Seen


def redacted(report: Report, withheld: frozenset[str]) -> Report:
    """Give a report without the field groups that are withheld: its JSON, its search tokens and its history."""
    if not withheld:
        return report
    shown = {name for group, names in FIELD_GROUPS.items() if group not in withheld for name in names}
    told = {name: value for name, value in report.told.items() if name in shown or name in ALWAYS}
    offense = {"concept": "", "text": "", "code": "", **told.get("offense", {})}
    text = search_text(
        told.get("address", ""),
        offense["text"],
        offense["code"],
        cast(Offense, offense),
        [(one["lang"], one["text"]) for one in told.get("narratives", ())],
    )
    history = [{**one, "offense_code": ""} for one in report.history] if "offense" in withheld else report.history
    told["withheld"] = sorted(withheld)
    return report._replace(
        told=told, document=orjson.dumps(told), text=text, history=cast(Sequence[VersionSeen], history)
    )


def _pointer(report: Report, registry: Registry, cautions: bool) -> Pointer:
    """Tell whom to call about a report, and of cautions where the agreement never withholds them."""
    row, handling = registry.agency(report.agency_id), report.told.get("handling") or {}
    told = {
        "agency": report.agency_id,
        "contact": handling.get("contact") or (row["name"] if row else report.agency_id),
        "cautions": report.told.get("cautions", []) if cautions else [],
    }
    return {name: value for name, value in told.items() if value}


def _pointers(
    reports: Mapping[str, Report], decisions: Iterable[PairDecision], told: Release, registry: Registry, cautions: bool
) -> dict[str, dict[str, Pointer]]:
    """Give the pointers beside each seen report that a link joins to one of which only a pointer is released."""
    outcome = {name: grant.outcome for name, grant in told.grants.items()}
    found: dict[str, dict[str, Pointer]] = {}
    for one in decisions:
        for here, there in ((one["left"], one["right"]), (one["right"], one["left"])):
            if one["verdict"] not in LINKS or outcome.get(there) is not Outcome.POINTER:
                continue
            pointed = not reports[there].cancelled and reports[there].traffic == reports[here].traffic
            if outcome[here] >= Outcome.REDACTED and pointed:
                found.setdefault(here, {})[there] = _pointer(reports[there], registry, cautions)
    return found


def _seen(
    reports: Sequence[Report],
    decisions: Sequence[PairDecision],
    audience: Audience,
    agreement: Agreement,
    registry: Registry,
    now: int,
) -> Seen:
    told = release(reports, decisions, audience, [agreement], registry, now)
    seen = [
        redacted(one, told.grants[one.report_id].withheld)
        for one in reports
        if told.grants[one.report_id].outcome >= Outcome.REDACTED
    ]
    by_id = {report.report_id: report for report in reports}
    pointers = _pointers(by_id, decisions, told, registry, "cautions" in agreement.never_withheld)
    if not pointers and all(told.grants[one.report_id].outcome is Outcome.FULL for one in seen):
        return Seen(seen, told.decisions, grants=told.grants)
    withheld = {name: grant.withheld for name, grant in told.grants.items()}

    def tell(one: ExplainedDecision) -> ExplainedDecision:
        return explained(one, withheld[one["left"]] | withheld[one["right"]])

    return Seen(seen, told.decisions, pointers, tell, told.grants)


def shares(agreements: Collection[Agreement], registry: Registry) -> Shares:
    """Give what all audiences of these agreements see; an audience to which nothing is told has no row.

    `agreements` are looked through at each call: what stands may change.
    """

    def share(reports: Sequence[Report], decisions: Sequence[PairDecision], now: int) -> dict[str, Seen]:
        owners = {report.agency_id for report in reports}
        found = {
            audience.name: _seen(reports, decisions, audience, agreement, registry, now)
            for agreement in agreements
            if any(party.agency_id in owners for party in agreement.parties)
            for audience in agreement.audiences
        }
        return {name: seen for name, seen in found.items() if any(one.outcome for one in seen.grants.values())}

    return share


def rests_on(agreements: Collection[Agreement], registry: Registry, sealed: Collection[str], now: int) -> bytes:
    """Give a digest of what decides at `now` beside reports and decisions: agreements, vettings, rows, seals."""
    standing = [one for one in agreements if one.in_force(now)]
    parties = sorted({party.agency_id for one in standing for party in one.parties})
    told = (
        sorted(map(repr, standing)),
        sorted(repr(one) for one in registry.vettings if one.valid(now)),
        [repr(registry.agency(name)) for name in parties],
        sorted(sealed),
    )
    return hashlib.sha256(repr(told).encode()).digest()
