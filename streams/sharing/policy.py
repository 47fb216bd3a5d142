"""Sharing policy: what an agreement lets an audience see of a report, decided once for every report and audience.

Pure, and fail closed: every check must pass, what is unknown does not pass, and an error while deciding releases
nothing. Each check caps the outcome or withholds field groups, and none can widen what another one caps, so adding a
restriction never shows more. A report is judged by its own owner and markings, never by what another agreement made of
it: nothing passes through one agreement into another.
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
    """What the rules refer to: agencies by id, and the current vettings."""

    agency: Callable[[str], AgencyRow | None]
    vettings: Collection[Vetting] = ()

    def vetted(self, audience: str, level: str, now: int) -> bool:
        """Return whether an audience has a vetting level at `now`, UTC milliseconds."""
        return any(
            (vetting.audience, vetting.level) == (audience, level) and vetting.valid(now) for vetting in self.vettings
        )


class Check(NamedTuple):
    """The result of one rule: at most `cap`, without the `withheld` groups; `vetting` is the level it relies on."""

    rule: str
    cap: Outcome = Outcome.FULL
    withheld: frozenset[str] = frozenset()
    vetting: str = ""


def _marks(report: SharingCriteria, abroad: bool, federal: bool) -> Iterator[Check]:
    """Yield the checks of the markings of the report, of its persons, and of its offense families."""
    marks = [
        *(("caveat", caveat) for caveat in report.caveats),
        *(("category", category) for category in report.categories),
    ]
    for kind, mark in marks:
        effect = marking(kind, mark)
        excluded = {"domestic": abroad, "federal": not federal, "never": True, "withhold": False}[effect.effect]
        # The marking may be of the sender's own making, so the check states its kind and never its text.
        yield Check(f"mark:{kind}", Outcome.NONE if excluded else Outcome.FULL, effect.withhold)
    for family in report.families:
        protected = family_marking(family)
        if protected is not None:
            yield Check(
                f"victims:{family}", withheld=protected.withhold - ({"persons"} if report.offenders_only else set())
            )


def _applies(rule: Rule, report: SharingCriteria, audience: Audience) -> bool:
    """Return whether all conditions of a rule hold."""
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
    """Yield the checks of the agreement's own rules: the widest release, then every limit and withholding."""
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
            # Text that reveals the matter is withheld wherever it appears.
            yield Check(
                rule.rule_id, withheld=frozenset((*rule.withhold, *(report.immigration_groups if rule.words else ())))
            )


def _released_abroad(report: SharingCriteria, audience: Audience, row: AgencyRow) -> Check:
    """Return the check of REL TO: a report may go only to the countries that it lists, and its own."""
    named = report.rel_to
    if audience.country == row["country"]:
        return Check("rel-to")
    allowed = audience.country in named if named or audience.foreign == "explicit" else True
    return Check("rel-to", Outcome.FULL if allowed else Outcome.NONE)


def _checks(
    report: SharingCriteria, audience: Audience, agreement: Agreement, registry: Registry, now: int
) -> Iterator[Check]:
    """Yield every check that must pass."""
    yield Check("term", Outcome.FULL if agreement.in_force(now) else Outcome.NONE)
    yield Check("party", Outcome.FULL if report.agency_id in agreement.members() else Outcome.NONE)
    row, readers = registry.agency(report.agency_id), [registry.agency(reader) for reader in audience.readers]
    if row is None or not row["country"] or None in readers:
        yield Check("registry", Outcome.NONE)
        return
    if audience.readers == (report.agency_id,):
        yield Check("own")
        return
    yield Check("level", OUTCOME_BY_LEVEL.get(dissemination_level(report, row), Outcome.NONE))
    federal = all(reader is not None and reader["kind"] == "federal" for reader in readers)
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
    """Return what an audience is granted of a report at `now`, UTC milliseconds; never raises."""
    try:
        checks: list[Check] = []
        for check in _checks(report, audience, agreement, registry, now):
            checks.append(check)
            # No further check can widen it.
            if check.cap is Outcome.NONE:
                break
    # Whatever the error: what could not be decided is not released.
    except Exception:
        return Grant(Outcome.NONE, frozenset(), ("error",))
    cap = min(check.cap for check in checks)
    deciding = [check for check in checks if _decides(check, cap)]
    if not deciding:
        releasing = {"own", *(rule.rule_id for rule in agreement.rules)}
        deciding = [check for check in checks if check.rule in releasing]
    rules = tuple(dict.fromkeys(check.rule for check in deciding))
    if cap < Outcome.FULL:
        return Grant(cap, frozenset(), rules)
    # Whether the report states anything in these groups is not checked: that is withheld as well.
    withheld = frozenset().union(*(check.withheld for check in checks)) - frozenset(agreement.never_withheld)
    vettings = frozenset(check.vetting for check in checks if check.vetting)
    return Grant(Outcome.REDACTED if withheld else Outcome.FULL, withheld, rules, vettings)


def _decides(check: Check, cap: Outcome) -> bool:
    """Return whether a check accounts for the grant: it sets the cap, or withholds something of what is released."""
    return check.cap == cap < Outcome.FULL or (bool(check.withheld) and cap > Outcome.POINTER)


class _AllVetted(Registry):
    """A registry in which every vetting is current."""

    def vetted(self, audience: str, level: str, now: int) -> bool:
        """Return True; `now` in UTC milliseconds."""
        return True


def withholdings(report: SharingCriteria, agreements: Iterable[Agreement], registry: Registry) -> set[frozenset[str]]:
    """Return the sets of field groups that agreements withhold from a report when they release it at all.

    Terms and vettings may begin and end: all of them are assumed to be current.
    """
    all_vetted = _AllVetted(registry.agency)
    granted = (
        grant(report, audience, agreement, all_vetted, agreement.begins)
        for agreement in agreements
        if report.agency_id in agreement.members()
        for audience in agreement.audiences
    )
    return {grant.withheld for grant in granted if grant.outcome is Outcome.REDACTED}


class Withholdings:
    """`withholdings` of these agreements, computed once for all reports that are judged by the same, until `forget`."""

    def __init__(self, agreements: Collection[Agreement], registry: Registry) -> None:
        self._agreements, self._registry = agreements, registry
        self._cache: dict[SharingCriteria, set[frozenset[str]]] = {}

    def __call__(self, report: SharingCriteria) -> set[frozenset[str]]:
        """Return the sets of field groups that are withheld from a report."""
        withheld = self._cache.get(report)
        if withheld is None:
            withheld = self._cache[report] = withholdings(report, self._agreements, self._registry)
        return withheld

    def forget(self) -> None:
        """Discard what is cached: agreements or agencies may have changed."""
        self._cache.clear()
