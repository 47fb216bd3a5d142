"""What the agreements add to what each agency sees of its own: the seen, redacted and pointed-to reports of audiences.

Pure. A redacted report is rebuilt from the field groups that are not withheld and from what its form tells, so that a
field which no group names, or that is new, is not shown.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

import orjson

from schemas.agreements import Agreement, Audience, Outcome
from schemas.agreements.judged import Judged, unpacked
from schemas.records.incident import LINKS, WHOLE, PairDecision, VersionSeen
from schemas.records.order import MODEL
from schemas.records.report import Enrichment, Form
from schemas.search_document import ALWAYS, FIELD_GROUPS
from streams.dedupe.evidence import meets
from streams.enrich.report_document import derived
from streams.sharing.forms import area_of
from streams.sharing.policy import Registry, grant
from streams.sharing.ports import Shares
from streams.sharing.views import Grant, Pointer, Report, Seen

_NOTHING = Grant(Outcome.NONE, frozenset(), ())
MOST_POINTERS = 3
"""Beside one report."""
SOMEBODY = "a person"
"""Who decided, for those who do not see both reports in full."""
Members = Mapping[str, Report]


def _form(report: Report, withheld: frozenset[str]) -> tuple[int | None, Enrichment | None, str]:
    """Give the form in which a report is seen: its number, what is read from it, its search tokens.

    No number: intake made no such form, as when an agreement came after the report; it links nothing.
    """
    for number, form in enumerate(cast(Sequence[Form], report.enriched["forms"]), 1):
        if frozenset(form["withheld"]) == withheld:
            if form["enrichment"] is None:
                return number, report.enriched["enrichment"], report.text
            return number, form["enrichment"], form["search_text"]
    return None, None, ""


def redacted(report: Report, withheld: frozenset[str]) -> Report:
    """Give a report without the field groups that are withheld: its JSON, its search tokens and its history."""
    if not withheld:
        return report
    number, found, text = _form(report, withheld)
    groups = FIELD_GROUPS.keys() - withheld if found is not None else ()
    shown = {name for group in groups for name in FIELD_GROUPS[group]}
    told: dict[str, Any] = {name: value for name, value in report.told.items() if name in shown or name in ALWAYS}
    if found is not None:
        place = area_of(found["place"]) if "place" in withheld else found["place"]
        for name, value in derived(told, {**found, "place": place}).items():
            told.pop(name, None)
            if name in shown and value is not None:
                told[name] = value
    told["withheld"] = sorted(withheld)
    told = {name: told[name] for name in sorted(told)}
    return report._replace(told=told, document=orjson.dumps(told), text=text, form=number)


def _history(report: Report, may: Callable[[Judged], Grant]) -> Report:
    """Give a report with what of its former versions is granted: of a hidden one that its number exists."""
    if len(report.history) < 2:
        return report
    lines = [_line(one, may(unpacked(one["judged"])) if one["judged"] else _NOTHING) for one in report.history]
    same = all(shown is line for shown, line in zip(lines, report.history, strict=True))
    return report if same else report._replace(history=cast(Sequence[VersionSeen], lines))


def _line(line: VersionSeen, granted: Grant) -> Mapping[str, Any]:
    if granted.outcome < Outcome.REDACTED:
        return {"version": line["version"]}
    return {**line, "offense_code": ""} if "offense" in granted.withheld else line


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
    reports: Members, decisions: Iterable[PairDecision], grants: Mapping[str, Grant], registry: Registry, cautions: bool
) -> dict[str, dict[str, Pointer]]:
    """Give the pointers beside each seen report that a link joins to one of which only a pointer is released.

    A pointer answers whether there is something: so time and place must agree as well, and there are MOST_POINTERS at
    most, those that came first.
    """
    outcome = {name: grant.outcome for name, grant in grants.items()}
    found: dict[str, list[Report]] = {}
    for one in decisions:
        for here, there in (_pair(one), _pair(one)[::-1]):
            if one["verdict"] not in LINKS or outcome.get(there) is not Outcome.POINTER or not meets(one):
                continue
            pointed = not reports[there].cancelled and reports[there].traffic == reports[here].traffic
            if outcome[here] >= Outcome.REDACTED and pointed:
                found.setdefault(here, []).append(reports[there])
    return {
        here: {each.report_id: _pointer(each, registry, cautions) for each in sorted(theres, key=_came)[:MOST_POINTERS]}
        for here, theres in found.items()
    }


def _came(report: Report) -> tuple[int, str]:
    return report.published_at, report.report_id


def of_forms(decisions: Iterable[PairDecision], reports: Members) -> Iterator[PairDecision]:
    """Give the decisions on the forms in which these reports are seen.

    What persons said is of whole reports. NOT_SAME holds whatever is seen of the two, as it never shows more; who said
    it is told to those alone who see both whole.
    """
    seen = [one for one in decisions if one["left"] in reports and one["right"] in reports]
    apart = {_pair(one) for one in seen if one["verdict"] == "NOT_SAME" and one["decided_by"] != MODEL}
    for one in seen:
        left, right = reports[one["left"]], reports[one["right"]]
        if one["forms"] == (left.form, right.form):
            kept_apart = _pair(one) in apart and one["forms"] != WHOLE
            yield {**one, "verdict": "NOT_SAME", "decided_by": SOMEBODY} if kept_apart else one
            apart.discard(_pair(one))
    for pair in sorted(apart):
        yield _kept_apart(pair)


def _pair(one: PairDecision) -> tuple[str, str]:
    return one["left"], one["right"]


def _kept_apart(pair: tuple[str, str]) -> PairDecision:
    """Give the word of a person on two reports of which nothing else that is seen says anything."""
    return {
        "left": pair[0],
        "right": pair[1],
        "forms": WHOLE,
        "verdict": "NOT_SAME",
        "weight": 0.0,
        "source_weight": 0.0,
        "threshold": 0.0,
        "levels": b"",
        "decided_by": SOMEBODY,
        "tables_version": "",
    }


def _seen(
    reports: Sequence[Report],
    decisions: Sequence[PairDecision],
    audience: Audience,
    agreement: Agreement,
    registry: Registry,
    now: int,
) -> Seen:
    def may(report: Judged) -> Grant:
        return grant(report, audience, agreement, registry, now)

    grants = {one.report_id: may(one.judged) for one in reports}
    granted = [one for one in reports if grants[one.report_id].outcome >= Outcome.REDACTED]
    seen = [redacted(_history(one, may), grants[one.report_id].withheld) for one in granted]
    altered = any(shown is not one for shown, one in zip(seen, granted, strict=True))
    whole = [one for one in decisions if one["forms"] == WHOLE]
    by_id = {report.report_id: report for report in reports}
    pointers = _pointers(by_id, whole, grants, registry, "cautions" in agreement.never_withheld)
    mine = list(of_forms(decisions, {report.report_id: report for report in seen}))
    return Seen(seen, mine, pointers, grants, altered)


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
