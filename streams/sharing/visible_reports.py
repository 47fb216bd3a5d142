"""What agreements add to the reports that each agency sees of its own: full, redacted and pointed-to reports. Pure.

A redacted report is rebuilt from the field groups that are not withheld and from what its form states, so that a field
that belongs to no group, or that is new, is not shown.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

import orjson

from schemas.agreements import Agreement, Audience, Outcome
from schemas.agreements.criteria import SharingCriteria, criteria_from_json
from schemas.records.incident import LINKING_VERDICTS, WHOLE_FORMS, PairDecision, ReportVersion
from schemas.records.order import MODEL
from schemas.records.report import Enrichment, RedactedForm
from schemas.search_document import ALWAYS_SHOWN, FIELD_GROUPS
from streams.dedupe.evidence import time_and_place_agree
from streams.enrich.report_document import derived
from streams.sharing.forms import area_of
from streams.sharing.policy import Registry, grant
from streams.sharing.ports import SharedReports
from streams.sharing.visible import Grant, Pointer, Report, Visible

_NOTHING = Grant(Outcome.NONE, frozenset(), ())
MOST_POINTERS = 3
"""Pointers beside one report."""
SOMEBODY = "a person"
"""Who decided, as shown to those who do not see both reports in full."""
Members = Mapping[str, Report]
"""Report id -> report."""


def _form(report: Report, withheld: frozenset[str]) -> tuple[int | None, Enrichment | None, str]:
    """Return the form without these field groups: its number, its enrichment, its search tokens.

    The number is None when intake made no such form, as when an agreement came after the report; it links nothing.
    """
    for number, form in enumerate(cast(Sequence[RedactedForm], report.enriched["forms"]), 1):
        if frozenset(form["withheld"]) == withheld:
            if form["enrichment"] is None:
                return number, report.enriched["enrichment"], report.search_text
            return number, form["enrichment"], form["search_text"]
    return None, None, ""


def redacted(report: Report, withheld: frozenset[str]) -> Report:
    """Return a report without the withheld field groups: its JSON, its search tokens and its history."""
    if not withheld:
        return report
    number, enrichment, search_text = _form(report, withheld)
    groups = FIELD_GROUPS.keys() - withheld if enrichment is not None else ()
    shown = {name for group in groups for name in FIELD_GROUPS[group]}
    fields: dict[str, Any] = {
        name: value for name, value in report.fields.items() if name in shown or name in ALWAYS_SHOWN
    }
    if enrichment is not None:
        place = area_of(enrichment["place"]) if "place" in withheld else enrichment["place"]
        for name, value in derived(fields, {**enrichment, "place": place}).items():
            fields.pop(name, None)
            if name in shown and value is not None:
                fields[name] = value
    fields["withheld"] = sorted(withheld)
    fields = {name: fields[name] for name in sorted(fields)}
    return report._replace(fields=fields, document=orjson.dumps(fields), search_text=search_text, form=number)


def _history(report: Report, grant_of: Callable[[SharingCriteria], Grant]) -> Report:
    """Return a report with what is granted of its former versions; of a hidden version, only its number."""
    if len(report.history) < 2:
        return report
    lines = [
        _history_line(line, grant_of(criteria_from_json(line["judged"])) if line["judged"] else _NOTHING)
        for line in report.history
    ]
    unchanged = all(shown is line for shown, line in zip(lines, report.history, strict=True))
    return report if unchanged else report._replace(history=cast(Sequence[ReportVersion], lines))


def _history_line(line: ReportVersion, granted: Grant) -> Mapping[str, Any]:
    if granted.outcome < Outcome.REDACTED:
        return {"version": line["version"]}
    return {**line, "offense_code": ""} if "offense" in granted.withheld else line


def _pointer(report: Report, registry: Registry, cautions: bool) -> Pointer:
    """Return whom to call about a report, with its cautions where the agreement never withholds them."""
    row, handling = registry.agency(report.agency_id), report.fields.get("handling") or {}
    pointer = {
        "agency": report.agency_id,
        "contact": handling.get("contact") or (row["name"] if row else report.agency_id),
        "cautions": report.fields.get("cautions", []) if cautions else [],
    }
    return {name: value for name, value in pointer.items() if value}


def _pointers(
    reports: Members, decisions: Iterable[PairDecision], grants: Mapping[str, Grant], registry: Registry, cautions: bool
) -> dict[str, dict[str, Pointer]]:
    """Return the pointers beside each visible report: to linked reports of which only a pointer is released.

    A pointer reveals that something exists. So time and place must agree as well, and a report has MOST_POINTERS at
    most, the earliest published.
    """
    outcomes = {name: grant.outcome for name, grant in grants.items()}
    linked: dict[str, list[Report]] = {}
    for decision in decisions:
        for visible, hidden in (_pair(decision), _pair(decision)[::-1]):
            pointed = outcomes.get(hidden) is Outcome.POINTER
            if decision["verdict"] not in LINKING_VERDICTS or not pointed or not time_and_place_agree(decision):
                continue
            active = not reports[hidden].cancelled and reports[hidden].traffic == reports[visible].traffic
            if outcomes[visible] >= Outcome.REDACTED and active:
                linked.setdefault(visible, []).append(reports[hidden])
    return {
        visible: {
            report.report_id: _pointer(report, registry, cautions)
            for report in sorted(hidden, key=_published)[:MOST_POINTERS]
        }
        for visible, hidden in linked.items()
    }


def _published(report: Report) -> tuple[int, str]:
    return report.published_at, report.report_id


def of_forms(decisions: Iterable[PairDecision], reports: Members) -> Iterator[PairDecision]:
    """Yield the decisions on the forms in which these reports are seen.

    An adjudication is about whole reports. NOT_SAME holds whatever is visible of the two, since it never shows more;
    who decided is shown only to those who see both in full.
    """
    visible = [each for each in decisions if each["left"] in reports and each["right"] in reports]
    apart = {_pair(each) for each in visible if each["verdict"] == "NOT_SAME" and each["decided_by"] != MODEL}
    for decision in visible:
        left, right = reports[decision["left"]], reports[decision["right"]]
        if decision["forms"] == (left.form, right.form):
            kept_apart = _pair(decision) in apart and decision["forms"] != WHOLE_FORMS
            yield {**decision, "verdict": "NOT_SAME", "decided_by": SOMEBODY} if kept_apart else decision
            apart.discard(_pair(decision))
    for pair in sorted(apart):
        yield _kept_apart(pair)


def _pair(decision: PairDecision) -> tuple[str, str]:
    return decision["left"], decision["right"]


def _kept_apart(pair: tuple[str, str]) -> PairDecision:
    """Return an adjudication NOT_SAME of two reports that no visible decision is about."""
    return {
        "left": pair[0],
        "right": pair[1],
        "forms": WHOLE_FORMS,
        "verdict": "NOT_SAME",
        "weight": 0.0,
        "source_weight": 0.0,
        "threshold": 0.0,
        "levels": b"",
        "decided_by": SOMEBODY,
        "tables_version": "",
    }


def _visible(
    reports: Sequence[Report],
    decisions: Sequence[PairDecision],
    audience: Audience,
    agreement: Agreement,
    registry: Registry,
    now: int,
) -> Visible:
    def grant_of(report: SharingCriteria) -> Grant:
        return grant(report, audience, agreement, registry, now)

    grants = {report.report_id: grant_of(report.judged) for report in reports}
    granted = [report for report in reports if grants[report.report_id].outcome >= Outcome.REDACTED]
    shown = [redacted(_history(report, grant_of), grants[report.report_id].withheld) for report in granted]
    by_id = {report.report_id: report for report in reports}
    on_whole = [decision for decision in decisions if decision["forms"] == WHOLE_FORMS]
    return Visible(
        reports=shown,
        decisions=list(of_forms(decisions, {report.report_id: report for report in shown})),
        pointers=_pointers(by_id, on_whole, grants, registry, "cautions" in agreement.never_withheld),
        grants=grants,
        redacted=any(form is not report for form, report in zip(shown, granted, strict=True)),
    )


def reports_shared_under(agreements: Collection[Agreement], registry: Registry) -> SharedReports:
    """Return a function: what each audience of these agreements sees; it reads `agreements` anew at each call.

    An audience that sees nothing has no entry.
    """

    def shared_reports(reports: Sequence[Report], decisions: Sequence[PairDecision], now: int) -> dict[str, Visible]:
        owners = {report.agency_id for report in reports}
        visible = {
            audience.name: _visible(reports, decisions, audience, agreement, registry, now)
            for agreement in agreements
            if any(party.agency_id in owners for party in agreement.parties)
            for audience in agreement.audiences
        }
        return {name: seen for name, seen in visible.items() if any(each.outcome for each in seen.grants.values())}

    return shared_reports


def policy_fingerprint(
    agreements: Collection[Agreement], registry: Registry, sealed: Collection[str], now: int
) -> bytes:
    """Return the SHA-256 of what decides besides reports and decisions: agreements, vettings, agencies, seals.

    `now` is in UTC milliseconds.
    """
    in_force = [agreement for agreement in agreements if agreement.in_force(now)]
    parties = sorted({party.agency_id for agreement in in_force for party in agreement.parties})
    snapshot = (
        sorted(map(repr, in_force)),
        sorted(repr(vetting) for vetting in registry.vettings if vetting.valid(now)),
        [repr(registry.agency(agency_id)) for agency_id in parties],
        sorted(sealed),
    )
    return hashlib.sha256(repr(snapshot).encode()).digest()
