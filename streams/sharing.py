"""Sharing: what an agreement lets an audience see of a report, decided once for every report and audience.

Pure, and fail closed: everything that is asked must say yes, what is not known means no, and an error while deciding
means nothing is released. Each check caps the outcome or withholds field groups; none can widen what another one caps,
so adding a restriction never shows more. A report is judged by its own owner and marking, never by what another
agreement made of it: nothing passes through one agreement into another.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from schemas import offenses
from schemas.agreements import Agreement, Audience, Outcome, Rule
from schemas.handling import family_mark, mark, tells_status
from schemas.orders import Vetting
from schemas.records import AgencyRow, ExplainedDecision, PairDecision
from schemas.search_document import FIELD_GROUPS
from streams.subjects import offense_of
from streams.view import Grant, Report

LEVELS: Mapping[str, Outcome] = {"GREEN": Outcome.FULL, "YELLOW": Outcome.POINTER, "RED": Outcome.NONE}
"""NIEM j:IncidentDisseminationLevelCode; another word is RED."""
EVIDENCE: Mapping[str, str] = {
    "time": "time",
    "offense": "offense",
    "source": "always",
    "distance": "place",
    "address": "place",
    "block": "place",
    "heading": "place",
    "person": "persons",
    "injury": "persons",
    "plate": "vehicles",
    "vehicle": "vehicles",
    "weapon": "narrative",
    "deeds": "narrative",
    "reference": "narrative",
    "unit": "narrative",
    "count": "narrative",
}
"""What a comparison tells of: its field group; one without a row is told only where nothing is withheld."""


@dataclass(frozen=True, slots=True)
class Registry:
    """Whom the rules speak of: agencies by id, and the vettings that stand."""

    agency: Callable[[str], AgencyRow | None]
    vettings: Collection[Vetting] = ()

    def vetted(self, audience: str, level: str, now: int) -> bool:
        """Tell whether an audience has a level at `now`."""
        return any((one.audience, one.level) == (audience, level) and one.valid(now) for one in self.vettings)


class Check(NamedTuple):
    """What one rule says: at most this, and without these groups; `vetting` is the level that lets it say so much."""

    rule: str
    cap: Outcome = Outcome.FULL
    withheld: frozenset[str] = frozenset()
    vetting: str = ""


@lru_cache(maxsize=4_096)
def _other_families(concept: str, nibrs: tuple[str, ...]) -> frozenset[str]:
    """Name the families of the offenses that a report states beside its own."""
    own = set(offenses.CONCEPTS[concept].nibrs) if concept in offenses.CONCEPTS else set()
    beside = [offenses.by_codes((code,), "", "") for code in nibrs if code not in own]
    return frozenset(found[0].family for found in beside if found)


class Stated(NamedTuple):
    """What a report states: its concept, all families, and whether no other offense stands beside its own."""

    concept: str
    families: frozenset[str]
    pure: bool


def stated(report: Mapping[str, Any]) -> Stated:
    """Give the offenses that a report's JSON states."""
    told = report.get("offense", {})
    concept = str(told.get("concept", ""))
    others = _other_families(concept, tuple(told.get("nibrs", ())))
    own = {str(told["family"])} if told.get("family") else set()
    return Stated(concept, others | own, not others - own)


def level(report: Mapping[str, Any], row: AgencyRow) -> str:
    """Give the dissemination level of a report's JSON: its own, the registry's for its family, or RED."""
    handling = report.get("handling")
    if handling is not None:
        return str(handling.get("owner_level", "RED"))
    defaults = row["default_handling"]
    family = str(report.get("offense", {}).get("family", ""))
    return defaults.get(family, defaults.get("*", "RED"))


def _marks(report: Report, families: Iterable[str], abroad: bool, federal: bool) -> Iterator[Check]:
    """Apply the markings of the report, of its persons, and of its offense families."""
    handling = report.told.get("handling") or {}
    words = [("caveat", one) for one in handling.get("caveats", ())]
    words += [("category", one) for one in handling.get("cui_categories", ())]
    words += [("category", one) for person in report.told.get("persons", ()) for one in person.get("cui", ())]
    for kind, word in words:
        found = mark(kind, word)
        barred = {"domestic": abroad, "federal": not federal, "never": True, "withhold": False}[found.effect]
        # The word itself may be of the sender's own making: the kind is told, the word only where it is known.
        yield Check(f"mark:{kind}", Outcome.NONE if barred else Outcome.FULL, found.withhold)
    for family in sorted(families):
        protected = family_mark(family)
        if protected is not None:
            yield Check(f"victims:{family}", withheld=protected.withhold - _exposed(report))


def _exposed(report: Report) -> frozenset[str]:
    """Give 'persons' where an offense is stated of everybody in it: nobody is left to be taken for a victim."""
    persons = report.told.get("persons", ())
    every = persons and all(map(offense_of, persons))
    return frozenset({"persons"}) if every else frozenset()


def _texts(report: Report) -> Iterator[str]:
    for one in report.told.get("narratives", ()):
        yield one["text"]
    yield report.told.get("cancel_reason", "")
    yield report.told.get("offense", {}).get("text", "")
    for person in report.told.get("persons", ()):
        yield person.get("description", "")


def _applies(rule: Rule, report: Report, offense: Stated, audience: Audience) -> bool:
    """Tell whether all conditions of a rule hold."""
    of_these = not offense.families.isdisjoint(rule.families) or offense.concept in rule.concepts
    return (
        (not rule.audiences or audience.name in rule.audiences)
        and (not rule.owners or report.agency_id in rule.owners)
        and (not (rule.families or rule.concepts) or of_these)
        and (not rule.pure or offense.pure)
        and (not rule.words or tells_status(_texts(report)))
    )


def _ruled(
    report: Report, offense: Stated, audience: Audience, agreement: Agreement, registry: Registry, now: int
) -> Iterator[Check]:
    """Apply the agreement's own rules: the widest release, then every limit and everything withheld."""
    held = [rule for rule in agreement.rules if _applies(rule, report, offense, audience)]
    released = [
        Check(rule.rule_id, rule.cap, vetting=rule.vetting)
        for rule in held
        if rule.effect == "release" and (not rule.vetting or registry.vetted(audience.name, rule.vetting, now))
    ]
    yield max(released, key=lambda one: (one.cap, not one.vetting), default=Check("no-rule", Outcome.NONE))
    for rule in held:
        if rule.effect == "limit":
            yield Check(rule.rule_id, rule.cap)
        elif rule.effect == "withhold":
            yield Check(rule.rule_id, withheld=frozenset(rule.withhold))


def _released_abroad(report: Report, audience: Audience, row: AgencyRow) -> Check:
    """Apply REL TO: the countries that it names are all that it may go to, beside its own."""
    named = (report.told.get("handling") or {}).get("rel_to", ())
    if audience.country == row["country"]:
        return Check("rel-to")
    allowed = audience.country in named if named or audience.foreign == "explicit" else True
    return Check("rel-to", Outcome.FULL if allowed else Outcome.NONE)


def _checks(report: Report, audience: Audience, agreement: Agreement, registry: Registry, now: int) -> Iterator[Check]:
    """Ask everything that must say yes."""
    yield Check("term", Outcome.FULL if agreement.in_force(now) else Outcome.NONE)
    yield Check("party", Outcome.FULL if report.agency_id in agreement.members() else Outcome.NONE)
    row, readers = registry.agency(report.agency_id), [registry.agency(one) for one in audience.readers]
    if row is None or not row["country"] or None in readers:
        yield Check("registry", Outcome.NONE)
        return
    if audience.readers == (report.agency_id,):
        yield Check("own")
        return
    yield Check("level", LEVELS.get(level(report.told, row), Outcome.NONE))
    federal = all(one is not None and one["kind"] == "federal" for one in readers)
    offense = stated(report.told)
    yield from _marks(report, offense.families, audience.country != row["country"], federal)
    yield _released_abroad(report, audience, row)
    purposes = (report.told.get("handling") or {}).get("purposes", ())
    served = not purposes or set(audience.purposes) <= set(purposes)
    yield Check("purpose", Outcome.FULL if served else Outcome.NONE)
    yield from _ruled(report, offense, audience, agreement, registry, now)
    if audience.vetting:
        vetted = registry.vetted(audience.name, audience.vetting, now)
        yield Check("vetting", Outcome.FULL if vetted else Outcome.POINTER, vetting=audience.vetting)


def grant(report: Report, audience: Audience, agreement: Agreement, registry: Registry, now: int) -> Grant:
    """Decide what an audience gets of one report at `now`, UTC milliseconds; never raises."""
    try:
        checks: list[Check] = []
        for check in _checks(report, audience, agreement, registry, now):
            checks.append(check)
            # Nothing can widen it again: what else would say no is not asked.
            if check.cap is Outcome.NONE:
                break
    # Whatever it was: what could not be decided is not released.
    except Exception:
        return Grant(Outcome.NONE, frozenset(), ("error",))
    cap = min(check.cap for check in checks)
    said = [one for one in checks if one.cap == cap < Outcome.FULL or (one.withheld and cap > Outcome.POINTER)]
    if not said:
        releasing = {"own", *(rule.rule_id for rule in agreement.rules)}
        said = [one for one in checks if one.rule in releasing]
    rules = tuple(dict.fromkeys(one.rule for one in said))
    if cap < Outcome.FULL:
        return Grant(cap, frozenset(), rules)
    groups = frozenset().union(*(one.withheld for one in checks)) - frozenset(agreement.never_withheld)
    # What a report does not tell cannot be withheld from it.
    withheld = frozenset(group for group in groups if not report.told.keys().isdisjoint(FIELD_GROUPS[group]))
    vettings = frozenset(one.vetting for one in checks if one.vetting)
    return Grant(Outcome.REDACTED if withheld else Outcome.FULL, withheld, rules, vettings)


class Release(NamedTuple):
    """What an audience gets of reports that decisions connect, and the decisions among those that it sees.

    The decisions are whole, for clustering; what of them may be told is `explained`.
    """

    grants: Mapping[str, Grant]
    decisions: Sequence[PairDecision]


def explained(one: ExplainedDecision, withheld: frozenset[str]) -> ExplainedDecision:
    """Give a decision as it is told: without the evidence on what is withheld, its weight the sum of what is told."""
    if not withheld:
        return one
    hidden = withheld | {""}
    evidence = [row for row in one["evidence"] if EVIDENCE.get(row["name"], "") not in hidden]
    return {**one, "evidence": evidence, "weight": sum(row["weight"] for row in evidence)}


def release(
    reports: Iterable[Report],
    decisions: Iterable[PairDecision],
    audience: Audience,
    agreements: Iterable[Agreement],
    registry: Registry,
    now: int,
) -> Release:
    """Decide what an audience gets of reports and of the decisions on them at `now`, UTC milliseconds.

    No agreement that makes this audience: nothing. A decision is told only where both reports are seen.
    """
    agreement = next((one for one in agreements if audience in one.audiences), None)
    if agreement is None:
        nothing = Grant(Outcome.NONE, frozenset(), ("no-agreement",))
        return Release({report.report_id: nothing for report in reports}, [])
    grants = {report.report_id: grant(report, audience, agreement, registry, now) for report in reports}
    seen = {name for name, one in grants.items() if one.outcome >= Outcome.REDACTED}
    return Release(grants, [one for one in decisions if one["left"] in seen and one["right"] in seen])
