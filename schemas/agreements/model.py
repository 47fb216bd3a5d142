"""What an agreement is: its parties, audiences, rules, roles, look-ups, notices and reports owed, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NamedTuple, NewType

Instant = NewType("Instant", int)
"""UTC milliseconds; in the file a time with its offset."""


class Outcome(IntEnum):
    """How much of a report an audience gets, from nothing to all; a pointer tells whom to call and nothing else."""

    NONE = 0
    POINTER = 1
    REDACTED = 2
    FULL = 3


@dataclass(frozen=True, slots=True)
class Party:
    """An agency that signed, and what it is in the partnership."""

    agency_id: str
    role: str
    clause: str


@dataclass(frozen=True, slots=True)
class Audience:
    """Readers who all see the same: `country` ISO 3166-1 alpha-3, `readers` parties.

    `foreign`: a report of another country needs this country in its own REL TO ('explicit'), or the memorandum itself
    releases it ('agreed'). `vetting`: without this level at the time of the look, a pointer at most.
    """

    name: str
    country: str
    readers: tuple[str, ...]
    purposes: tuple[str, ...]
    foreign: str
    clause: str
    vetting: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: where its conditions all hold, it releases up to an outcome, limits to one, or withholds field groups.

    An empty condition holds always. `pure`: only where the report states no other offense. `words`: only where its
    text speaks of that matter. `vetting`: a release to those of this level alone.
    """

    rule_id: str
    clause: str
    text: str
    effect: str
    outcome: str = ""
    withhold: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    concepts: tuple[str, ...] = ()
    pure: bool = False
    words: str = ""
    vetting: str = ""

    @property
    def cap(self) -> Outcome:
        """The outcome that it releases or limits to."""
        return Outcome[self.outcome]


class Focus(NamedTuple):
    """What a partnership was made for: offense families and single offenses, as its audience is shown them in full."""

    families: frozenset[str]
    concepts: frozenset[str]

    def covers(self, document: Mapping[str, Any]) -> bool:
        """Tell whether an incident, as its search document, is of it by any agency's word."""
        told = document.get("offense_family", ()), document.get("offense", ())
        return not self.families.isdisjoint(told[0]) or not self.concepts.isdisjoint(told[1])


@dataclass(frozen=True, slots=True)
class Role:
    """A role of officers: the audiences that they may read. It has no rules of release: it widens nothing."""

    name: str
    reads: tuple[str, ...]
    adjudicates: bool
    under: str
    clause: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A roving checkpoint while it stands: degrees WGS 84, from and until when, the end excluded."""

    checkpoint_id: str
    lat: float
    lon: float
    begins: Instant
    ends: Instant
    clause: str

    def active_at(self, at: int) -> bool:
        """Tell whether it stands at a time, UTC milliseconds."""
        return self.begins <= at < self.ends


@dataclass(frozen=True, slots=True)
class RequiredReport:
    """A report that the partnership owes somebody, in figures without persons."""

    name: str
    to: str
    every: str
    clause: str


@dataclass(frozen=True, slots=True)
class InquiryService:
    """A service of a support center: who may ask, for which purposes, about persons in reports of which families.

    An answer holds for `hours`; after that, nobody has asked.
    """

    service: str
    centre: str
    askers: tuple[str, ...]
    purposes: tuple[str, ...]
    families: tuple[str, ...]
    hours: int
    clause: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """A memorandum in one version; `begins` and `ends` are instants, UTC milliseconds, the end excluded.

    `notices`: parties are told whose reports theirs were 'joined' with; owners of RED ones, too, by 'deconfliction'.
    `geography`: counties (US-CA/Imperial), states (MX-SON, ISO 3166-2) and Border Patrol sectors (ELC) that its reports
    lie in; empty: wherever they lie. `time_zone`: the IANA name of the zone in which its days and months begin.
    """

    agreement_id: str
    title: str
    version: int
    signed: int
    begins: int
    ends: int
    extendable: bool
    source: str
    geography: tuple[str, ...]
    denied_purposes: tuple[str, ...]
    never_withheld: tuple[str, ...]
    notices: tuple[str, ...]
    parties: tuple[Party, ...]
    audiences: tuple[Audience, ...]
    rules: tuple[Rule, ...]
    roles: tuple[Role, ...]
    reports: tuple[RequiredReport, ...]
    checkpoints: tuple[Checkpoint, ...]
    inquiry_services: tuple[InquiryService, ...]
    time_zone: str = "UTC"

    def in_force(self, now: int) -> bool:
        """Tell whether its term has begun and not ended at `now`, UTC milliseconds."""
        return self.begins <= now < self.ends

    def members(self) -> frozenset[str]:
        """Name the agencies that signed."""
        return frozenset(party.agency_id for party in self.parties)

    def focus(self, audience: Audience) -> Focus:
        """Tell of what an audience is shown all: that comes first in its lists."""
        rules = [rule for rule in self.rules if rule.effect == "release" and rule.cap is Outcome.FULL]
        mine = [rule for rule in rules if not rule.audiences or audience.name in rule.audiences]
        families = frozenset(name for rule in mine for name in rule.families)
        return Focus(families, frozenset(name for rule in mine for name in rule.concepts))

    def levels(self, audience: Audience) -> frozenset[str]:
        """Name the levels of vetting on which what an audience sees can rest."""
        rules = (rule for rule in self.rules if not rule.audiences or audience.name in rule.audiences)
        return frozenset({audience.vetting, *(rule.vetting for rule in rules)} - {""})
