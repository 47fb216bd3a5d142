"""An agreement as values: its parties, audiences, rules, roles, inquiry services, notices and required reports."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, StrictBool, StrictFloat, StrictInt

from schemas.agreements.fields import (
    Areas,
    AudienceName,
    ConceptName,
    Country,
    Family,
    FieldGroup,
    UtcMs,
)
from schemas.strict import NO_OTHER_FIELDS, TimeZone
from schemas.topics import AgencyId

Period = Literal["day", "week", "month", "quarter", "year"]
Service = Literal["background", "biometrics", "criminal_history"]


class Outcome(IntEnum):
    """How much of a report an audience sees, from nothing to all; a pointer says only whom to call."""

    NONE = 0
    POINTER = 1
    REDACTED = 2
    FULL = 3


@dataclass(frozen=True, slots=True)
class Party:
    """An agency that signed the agreement, and its role in the partnership."""

    __pydantic_config__ = NO_OTHER_FIELDS
    agency_id: AgencyId
    role: str
    clause: str


@dataclass(frozen=True, slots=True)
class Audience:
    """Readers who all see the same: `readers` are parties.

    `foreign`: what a report of another country needs to be shown: this country in its own REL TO ('explicit'), or
    no more than the memorandum ('agreed'). `vetting`: without this level at the time of reading, a pointer at most.
    """

    __pydantic_config__ = NO_OTHER_FIELDS
    name: AudienceName
    country: Country
    readers: tuple[str, ...]
    purposes: tuple[str, ...]
    foreign: Literal["explicit", "agreed"]
    clause: str
    vetting: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: where all its conditions hold, it releases up to an outcome, limits to one, or withholds field groups.

    An empty condition always holds. `pure`: only reports whose offenses are of one family. `words`: only reports whose
    text is about that matter. `vetting`: a release only to audiences of this level.
    """

    __pydantic_config__ = NO_OTHER_FIELDS
    rule_id: str
    clause: str
    text: str
    effect: Literal["release", "limit", "withhold"]
    outcome: str = ""
    withhold: tuple[FieldGroup, ...] = ()
    audiences: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    families: tuple[Family, ...] = ()
    concepts: tuple[ConceptName, ...] = ()
    pure: StrictBool = False
    words: Literal["", "immigration_status"] = ""
    vetting: str = ""

    @property
    def cap(self) -> Outcome:
        """The outcome that it releases or limits to."""
        return Outcome[self.outcome]


class Focus(NamedTuple):
    """What a partnership was formed for: the offense families and offenses that its audience is shown in full."""

    families: frozenset[str]
    concepts: frozenset[str]

    def covers(self, document: Mapping[str, Any]) -> bool:
        """Return whether any agency reports an incident, as its search document, as one of these offenses."""
        families, concepts = document.get("offense_family", ()), document.get("offense", ())
        return not self.families.isdisjoint(families) or not self.concepts.isdisjoint(concepts)


@dataclass(frozen=True, slots=True)
class Role:
    """A role of officers: the audiences that they may read. It has no rules of release, so it widens nothing."""

    __pydantic_config__ = NO_OTHER_FIELDS
    name: str
    reads: tuple[str, ...]
    adjudicates: StrictBool
    under: str
    clause: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A roving checkpoint in WGS 84 degrees, active from `begins` to before `ends`."""

    __pydantic_config__ = NO_OTHER_FIELDS
    checkpoint_id: str
    lat: StrictFloat
    lon: StrictFloat
    begins: UtcMs
    ends: UtcMs
    clause: str

    def active_at(self, at: int) -> bool:
        """Return whether it is active at a time, UTC milliseconds."""
        return self.begins <= at < self.ends


@dataclass(frozen=True, slots=True)
class RequiredReport:
    """A report of statistics, without persons, that the partnership must give somebody."""

    __pydantic_config__ = NO_OTHER_FIELDS
    name: str
    to: str
    every: Period
    clause: str


@dataclass(frozen=True, slots=True)
class InquiryService:
    """A service of a support center: which parties may inquire, for which purposes and about persons in which reports.

    A response is valid for `hours`; after that, a new inquiry is needed.
    """

    __pydantic_config__ = NO_OTHER_FIELDS
    service: Service
    center: Annotated[str, Field(alias="centre")]
    requesting_agencies: Annotated[tuple[str, ...], Field(alias="askers")]
    purposes: tuple[str, ...]
    families: tuple[Family, ...]
    hours: StrictInt
    clause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """A version of a memorandum, in force from `begins` to before `ends`.

    `notices`: parties are notified whose reports theirs were linked to ('joined'), and owners of RED reports are, too
    ('deconfliction'). `geography`: counties (US-CA/Imperial), states (MX-SON, ISO 3166-2) and Border Patrol sectors
    (ELC) in which its reports lie; empty: anywhere. `time_zone`: IANA name of the zone of its days and months.
    """

    __pydantic_config__ = NO_OTHER_FIELDS
    agreement_id: str
    title: str
    version: StrictInt
    signed: UtcMs
    begins: UtcMs
    ends: UtcMs
    extendable: StrictBool
    source: str
    geography: Areas = ()
    denied_purposes: tuple[str, ...] = ()
    never_withheld: tuple[FieldGroup, ...] = ()
    notices: tuple[Literal["joined", "deconfliction"], ...] = ()
    parties: Annotated[tuple[Party, ...], Field(alias="party")] = ()
    audiences: Annotated[tuple[Audience, ...], Field(alias="audience")] = ()
    rules: Annotated[tuple[Rule, ...], Field(alias="rule")] = ()
    roles: Annotated[tuple[Role, ...], Field(alias="role")] = ()
    reports: Annotated[tuple[RequiredReport, ...], Field(alias="report")] = ()
    checkpoints: Annotated[tuple[Checkpoint, ...], Field(alias="checkpoint")] = ()
    inquiry_services: Annotated[tuple[InquiryService, ...], Field(alias="lookup")] = ()
    time_zone: TimeZone = "UTC"

    def in_force(self, now: int) -> bool:
        """Return whether its term has begun and not ended at `now`, UTC milliseconds."""
        return self.begins <= now < self.ends

    def members(self) -> frozenset[str]:
        """Return the ids of the agencies that signed."""
        return frozenset(party.agency_id for party in self.parties)

    def focus(self, audience: Audience) -> Focus:
        """Return the offenses that an audience is shown in full, which come first in its lists."""
        rules = [rule for rule in self.rules if rule.effect == "release" and rule.cap is Outcome.FULL]
        applicable = [rule for rule in rules if not rule.audiences or audience.name in rule.audiences]
        families = frozenset(family for rule in applicable for family in rule.families)
        return Focus(families, frozenset(concept for rule in applicable for concept in rule.concepts))

    def levels(self, audience: Audience) -> frozenset[str]:
        """Return the vetting levels on which an audience's view can depend."""
        rules = (rule for rule in self.rules if not rule.audiences or audience.name in rule.audiences)
        return frozenset({audience.vetting, *(rule.vetting for rule in rules)} - {""})
