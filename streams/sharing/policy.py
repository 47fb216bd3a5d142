"""Sharing: what an agreement lets an audience see of a report, decided once for every report and audience.

Pure, and fail closed: everything that is asked must say yes, what is not known means no, and an error while deciding
means nothing is released. Each check caps the outcome or withholds field groups; none can widen what another one caps,
so adding a restriction never shows more. A report is judged by its own owner and marking, never by what another
agreement made of it: nothing passes through one agreement into another.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from schemas.agreements import Agreement, Audience, Outcome, Rule
from schemas.agreements.criteria import SharingCriteria
from schemas.agreements.dissemination import OUTCOME_BY_LEVEL, dissemination_level
from schemas.agreements.register import Vetting
from schemas.codes.markings import family_marking, marking
from schemas.records.agency import AgencyRow
from streams.sharing.visible import Grant


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


def _marks(report: SharingCriteria, abroad: bool, federal: bool) -> Iterator[Check]:
    """Apply the markings of the report, of its persons, and of its offense families."""
    words = [*(("caveat", one) for one in report.caveats), *(("category", one) for one in report.categories)]
    for kind, word in words:
        found = marking(kind, word)
        barred = {"domestic": abroad, "federal": not federal, "never": True, "withhold": False}[found.effect]
        # The word itself may be of the sender's own making: the kind is told, the word only where it is known.
        yield Check(f"mark:{kind}", Outcome.NONE if barred else Outcome.FULL, found.withhold)
    for family in report.families:
        protected = family_marking(family)
        if protected is not None:
            yield Check(
                f"victims:{family}", withheld=protected.withhold - ({"persons"} if report.offenders_only else set())
            )


def _applies(rule: Rule, report: SharingCriteria, audience: Audience) -> bool:
    """Tell whether all conditions of a rule hold."""
    of_these = not set(report.families).isdisjoint(rule.families) or report.concept in rule.concepts
    return (
        (not rule.audiences or audience.name in rule.audiences)
        and (not rule.owners or report.agency_id in rule.owners)
        and (not (rule.families or rule.concepts) or of_these)
        and (not rule.pure or report.pure)
        and (not rule.words or bool(report.immigration_groups))
    )


def _ruled(
    report: SharingCriteria, audience: Audience, agreement: Agreement, registry: Registry, now: int
) -> Iterator[Check]:
    """Apply the agreement's own rules: the widest release, then every limit and everything withheld."""
    held = [rule for rule in agreement.rules if _applies(rule, report, audience)]
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
            # Text that tells of the matter goes wherever it stands.
            yield Check(
                rule.rule_id, withheld=frozenset((*rule.withhold, *(report.immigration_groups if rule.words else ())))
            )


def _released_abroad(report: SharingCriteria, audience: Audience, row: AgencyRow) -> Check:
    """Apply REL TO: the countries that it names are all that it may go to, beside its own."""
    named = report.rel_to
    if audience.country == row["country"]:
        return Check("rel-to")
    allowed = audience.country in named if named or audience.foreign == "explicit" else True
    return Check("rel-to", Outcome.FULL if allowed else Outcome.NONE)


def _checks(
    report: SharingCriteria, audience: Audience, agreement: Agreement, registry: Registry, now: int
) -> Iterator[Check]:
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
    yield Check("level", OUTCOME_BY_LEVEL.get(dissemination_level(report, row), Outcome.NONE))
    federal = all(one is not None and one["kind"] == "federal" for one in readers)
    yield from _marks(report, audience.country != row["country"], federal)
    yield _released_abroad(report, audience, row)
    inside = not agreement.geography or not set(agreement.geography).isdisjoint(report.areas)
    yield Check("geography", Outcome.FULL if inside else Outcome.NONE)
    served = not report.purposes or set(audience.purposes) <= set(report.purposes)
    yield Check("purpose", Outcome.FULL if served else Outcome.NONE)
    yield from _ruled(report, audience, agreement, registry, now)
    if audience.vetting:
        vetted = registry.vetted(audience.name, audience.vetting, now)
        yield Check("vetting", Outcome.FULL if vetted else Outcome.POINTER, vetting=audience.vetting)


def grant(report: SharingCriteria, audience: Audience, agreement: Agreement, registry: Registry, now: int) -> Grant:
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
    # Whether the report states anything in these groups is not asked: that is withheld as well.
    withheld = frozenset().union(*(one.withheld for one in checks)) - frozenset(agreement.never_withheld)
    vettings = frozenset(one.vetting for one in checks if one.vetting)
    return Grant(Outcome.REDACTED if withheld else Outcome.FULL, withheld, rules, vettings)


class _Optimistic(Registry):
    """A registry in which every vetting stands."""

    def vetted(self, audience: str, level: str, now: int) -> bool:
        """Say yes."""
        return True


def withholdings(report: SharingCriteria, agreements: Iterable[Agreement], registry: Registry) -> set[frozenset[str]]:
    """Return the sets of field groups that agreements withhold from a report when they release it at all.

    Terms and vettings may end and begin: they are taken to stand.
    """
    all_vetted = _Optimistic(registry.agency)
    granted = (
        grant(report, audience, agreement, all_vetted, agreement.begins)
        for agreement in agreements
        if report.agency_id in agreement.members()
        for audience in agreement.audiences
    )
    return {one.withheld for one in granted if one.outcome is Outcome.REDACTED}


class Withholdings:
    """`withholdings` of these agreements, looked up once for reports that are judged alike, until `forget`."""

    def __init__(self, agreements: Collection[Agreement], registry: Registry) -> None:
        self._agreements, self._registry = agreements, registry
        self._known: dict[SharingCriteria, set[frozenset[str]]] = {}

    def __call__(self, report: SharingCriteria) -> set[frozenset[str]]:
        """Return the sets of field groups that are withheld from a report."""
        found = self._known.get(report)
        if found is None:
            found = self._known[report] = withholdings(report, self._agreements, self._registry)
        return found

    def forget(self) -> None:
        """Look everything up again: agreements or agencies may have changed."""
        self._known.clear()
