"""Reads an agreement's file strictly: a word that is not known is an error, as a rule that is misread is a leak."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from typing import Any, TypeVar, get_type_hints
from zoneinfo import available_timezones

from schemas.agreements.model import (
    Agreement,
    Audience,
    Checkpoint,
    InquiryService,
    Instant,
    Party,
    RequiredReport,
    Role,
    Rule,
)
from schemas.codes.offenses import CONCEPTS
from schemas.errors import Configuration
from schemas.search_document import FIELD_GROUPS
from schemas.topics import AGENCY_ID

AUDIENCE = re.compile(r"[a-z0-9_]+(?:-[a-z_][a-z0-9_]*)+")
"""A hyphen stands in every partnership's audience, and none in an agency's id: neither can take the other's name."""
AREA = re.compile(r"(US|MX)-[A-Z]{2,3}|US-[A-Z]{2}/[A-Z][A-Za-z .'-]*|[A-Z]{3}")
"""A state, a county or a sector; one that no report lies in shows nothing."""
ANYWHERE = "anywhere"
FAMILIES = frozenset(concept.family for concept in CONCEPTS.values())
NOTICES = ("joined", "deconfliction")
PERIODS = ("day", "week", "month", "quarter", "year")
EFFECTS = ("release", "limit", "withhold")
FOREIGN = ("explicit", "agreed")
WORDS = ("", "immigration_status")
SERVICES = ("background", "biometrics", "criminal_history")
MOST_HOURS = 30 * 24
"""No answer of a support center holds for longer: its topic keeps it for 30 days."""

Row = TypeVar("Row", Party, Audience, Rule, Role, RequiredReport, Checkpoint, InquiryService)
_KINDS: Mapping[Any, type] = {
    str: str,
    int: int,
    bool: bool,
    float: float,
    Instant: datetime,
    tuple[str, ...]: list,
}
_TABLES: tuple[tuple[str, type], ...] = (
    ("party", Party),
    ("audience", Audience),
    ("rule", Rule),
    ("role", Role),
    ("report", RequiredReport),
    ("checkpoint", Checkpoint),
    ("lookup", InquiryService),
)
_PLURAL = {"party": "parties", "lookup": "inquiry_services"}
_HEAD: Mapping[str, type] = {
    **dict.fromkeys(("agreement_id", "title", "source"), str),
    **dict.fromkeys(("signed", "begins", "ends"), datetime),
    **dict.fromkeys(("denied_purposes", "never_withheld", "notices", "geography"), list),
    "version": int,
    "extendable": bool,
}
_ZONE = "time_zone"
"""Field of the head that a file may leave out: UTC then."""


def _fits(value: Any, wanted: type) -> bool:
    if wanted is list:
        return isinstance(value, list) and all(type(item) is str for item in value)
    return type(value) is wanted


def _row(kind: type[Row], told: Mapping[str, Any], where: str) -> Row:
    """Make one row of a table, every field of its type. Raises: Configuration naming the field."""
    hints = get_type_hints(kind)
    made: dict[str, Any] = {}
    for name in told:
        if name not in hints:
            raise Configuration(f"{where}: unknown field {name}")
    for one in fields(kind):
        if one.name not in told:
            if one.default is MISSING:
                raise Configuration(f"{where}, {one.name}: missing")
            continue
        value, wanted = told[one.name], _KINDS[hints[one.name]]
        if not _fits(value, wanted):
            raise Configuration(f"{where}, {one.name}: not {'a list of texts' if wanted is list else wanted.__name__}")
        if wanted is datetime:
            value = _instant(value, f"{where}, {one.name}")
        made[one.name] = tuple(value) if wanted is list else value
    return kind(**made)


def _known(values: Iterable[str], allowed: Iterable[str], where: str) -> None:
    for value in values:
        if value not in set(allowed):
            raise Configuration(f"{where}: {value!r} is not known")


def _checked_rule(rule: Rule, audiences: list[str], parties: list[str], where: str) -> None:
    _known([rule.effect], EFFECTS, f"{where}, effect")
    _known(rule.audiences, audiences, f"{where}, audiences")
    _known(rule.owners, parties, f"{where}, owners")
    _known(rule.families, FAMILIES, f"{where}, families")
    _known(rule.concepts, CONCEPTS, f"{where}, concepts")
    _known([rule.words], WORDS, f"{where}, words")
    _known(rule.withhold, FIELD_GROUPS, f"{where}, withhold")
    outcomes = {"release": ("POINTER", "FULL"), "limit": ("NONE", "POINTER"), "withhold": ("",)}[rule.effect]
    _known([rule.outcome], outcomes, f"{where}, outcome")
    if (rule.effect == "withhold") != bool(rule.withhold):
        raise Configuration(f"{where}, withhold: the field groups of an effect 'withhold', and of no other")
    if rule.vetting and rule.effect != "release":
        raise Configuration(f"{where}, vetting: only a release asks for one")


def _checked(made: Agreement, where: str) -> Agreement:
    """Check what the rows say of each other. Raises: Configuration."""
    audiences, parties = [one.name for one in made.audiences], [one.agency_id for one in made.parties]
    for name, ids in (("party", parties), ("audience", audiences), ("rule", [one.rule_id for one in made.rules])):
        if len(set(ids)) != len(ids) or not ids:
            raise Configuration(f"{where}, {name}: none, or one stands twice")
    for agency in parties:
        if not AGENCY_ID.fullmatch(agency):
            raise Configuration(f"{where}, party: {agency!r} is no agency id")
    _checked_audiences(made, parties, where)
    for rule in made.rules:
        _checked_rule(rule, audiences, parties, f"{where}, rule {rule.rule_id}")
    for role in made.roles:
        _known(role.reads, audiences, f"{where}, role {role.name}, reads")
        _known([role.under] if role.under else [], parties, f"{where}, role {role.name}, under")
    _known(made.never_withheld, FIELD_GROUPS, f"{where}, never_withheld")
    _known(made.notices, NOTICES, f"{where}, notices")
    _known((report.every for report in made.reports), PERIODS, f"{where}, report, every")
    _checked_places(made, where)
    for one in made.inquiry_services:
        _checked_lookup(one, made, parties, f"{where}, lookup {one.service}")
    if not made.signed <= made.begins < made.ends:
        raise Configuration(f"{where}: signed, begins, ends come in this order")
    return made


def _checked_places(made: Agreement, where: str) -> None:
    for area in made.geography:
        if not AREA.fullmatch(area):
            raise Configuration(
                f"{where}, geography: {area!r} is no county (US-CA/Imperial), state (MX-SON), sector (ELC)"
            )
    for one in made.checkpoints:
        if not (-90 <= one.lat <= 90 and -180 <= one.lon <= 180 and one.begins < one.ends):
            raise Configuration(f"{where}, checkpoint {one.checkpoint_id}: degrees of WGS 84, begins before it ends")


def _checked_purposes(purposes: tuple[str, ...], made: Agreement, where: str) -> None:
    if not purposes or set(purposes) & set(made.denied_purposes):
        raise Configuration(f"{where}, purposes: none, or one that is denied")


def _checked_lookup(one: InquiryService, made: Agreement, parties: list[str], where: str) -> None:
    _known([one.service], SERVICES, f"{where}, service")
    _known(one.askers, parties, f"{where}, askers")
    _known(one.families, FAMILIES, f"{where}, families")
    _checked_purposes(one.purposes, made, where)
    if not one.families or not 0 < one.hours <= MOST_HOURS:
        raise Configuration(f"{where}: families are named, and an answer holds for 1 to {MOST_HOURS} hours")


def _checked_audiences(made: Agreement, parties: list[str], where: str) -> None:
    for one in made.audiences:
        if not AUDIENCE.fullmatch(one.name):
            raise Configuration(f"{where}, audience {one.name!r}: lower case letters, digits and _, a hyphen between")
        _known(one.readers, parties, f"{where}, audience {one.name}, readers")
        _known([one.foreign], FOREIGN, f"{where}, audience {one.name}, foreign")
        if one.country != one.country.upper() or len(one.country) != 3 or not one.readers:
            raise Configuration(f"{where}, audience {one.name}: country is ISO 3166-1 alpha-3, readers are parties")
        _checked_purposes(one.purposes, made, f"{where}, audience {one.name}")


def parse(text: str, where: str) -> Agreement:
    """Read one agreement strictly. Raises: Configuration naming file, row and field."""
    try:
        told = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as exc:
        raise Configuration(f"{where}: {exc}") from exc
    known = {*_HEAD, _ZONE, *(name for name, _ in _TABLES)}
    for name in told:
        if name not in known:
            raise Configuration(f"{where}: unknown field {name}")
    if told.get("geography") == ANYWHERE:
        told["geography"] = []
    made: dict[str, Any] = {}
    for name, wanted in _HEAD.items():
        if not _fits(told.get(name, [] if wanted is list else None), wanted):
            raise Configuration(f"{where}, {name}: missing, or not {wanted.__name__}")
        made[name] = tuple(told.get(name, ())) if wanted is list else told[name]
    made["time_zone"] = _zone(told, where)
    for name in ("signed", "begins", "ends"):
        made[name] = _instant(made[name], f"{where}, {name}")
    for name, kind in _TABLES:
        rows = told.get(name, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise Configuration(f"{where}, {name}: tables, each under [[{name}]]")
        made[_PLURAL.get(name, f"{name}s")] = tuple(
            _row(kind, row, f"{where}, {name} {at}") for at, row in enumerate(rows, 1)
        )
    return _checked(Agreement(**made), where)


def _zone(told: Mapping[str, Any], where: str) -> str:
    zone = told.get(_ZONE, "UTC")
    if not isinstance(zone, str) or zone not in available_timezones():
        raise Configuration(f"{where}, {_ZONE}: {zone!r} is no time zone: write its IANA name, such as America/Phoenix")
    return zone


def _instant(value: datetime, where: str) -> int:
    if value.utcoffset() is None:
        raise Configuration(f"{where}: a time with its offset, such as 2025-11-06T00:00:00-08:00")
    return int(value.astimezone(UTC).timestamp() * 1000)
