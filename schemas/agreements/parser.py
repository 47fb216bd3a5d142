"""Strict parser of an agreement's file: fields by the types of `model`, then the rules across fields."""

import tomllib
from collections.abc import Collection, Iterable

from pydantic import TypeAdapter

from schemas.agreements.fields import AUDIENCE, FAMILIES
from schemas.agreements.model import Agreement, Audience, InquiryService, Rule
from schemas.errors import Configuration
from schemas.strict import validated

__all__ = ["AUDIENCE", "FAMILIES", "parse"]

MAX_HOURS = 30 * 24
"""Hours that a response of a support center may be valid: its topic keeps it for 30 days."""
_OUTCOMES = {"release": ("POINTER", "FULL"), "limit": ("NONE", "POINTER"), "withhold": ("",)}
_AGREEMENT = TypeAdapter(Agreement)


def parse(text: str, where: str) -> Agreement:
    """Return the agreement of a file; `where` names the file. Raises: Configuration naming file, row and field."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as exc:
        raise Configuration(f"{where}: {exc}") from exc
    agreement = validated(_AGREEMENT, document, where)
    _check(agreement, where)
    return agreement


def _check(agreement: Agreement, where: str) -> None:
    """Check the rules across rows. Raises: Configuration."""
    parties = [party.agency_id for party in agreement.parties]
    audiences = [audience.name for audience in agreement.audiences]
    rules = [rule.rule_id for rule in agreement.rules]
    for name, ids in (("party", parties), ("audience", audiences), ("rule", rules)):
        if len(set(ids)) != len(ids) or not ids:
            raise Configuration(f"{where}, {name}: must not be empty or contain duplicates")
    for audience in agreement.audiences:
        _check_audience(audience, agreement, parties, f"{where}, audience {audience.name}")
    for rule in agreement.rules:
        _check_rule(rule, audiences, parties, f"{where}, rule {rule.rule_id}")
    for role in agreement.roles:
        _check_known(role.reads, audiences, f"{where}, role {role.name}, reads")
        _check_known([role.under] if role.under else [], parties, f"{where}, role {role.name}, under")
    for service in agreement.inquiry_services:
        _check_inquiry_service(service, agreement, parties, f"{where}, lookup {service.service}")
    for point in agreement.checkpoints:
        if not (-90 <= point.lat <= 90 and -180 <= point.lon <= 180 and point.begins < point.ends):
            raise Configuration(
                f"{where}, checkpoint {point.checkpoint_id}: must be in degrees of WGS 84, and begin before it ends"
            )
    if not agreement.signed <= agreement.begins < agreement.ends:
        raise Configuration(f"{where}: signed, begins, ends must be in this order")


def _check_known(values: Iterable[str], allowed: Collection[str], where: str) -> None:
    for value in values:
        if value not in allowed:
            raise Configuration(f"{where}: {value!r} is not known")


def _check_purposes(purposes: tuple[str, ...], agreement: Agreement, where: str) -> None:
    if not purposes or set(purposes) & set(agreement.denied_purposes):
        raise Configuration(f"{where}, purposes: must not be empty or contain a denied purpose")


def _check_audience(audience: Audience, agreement: Agreement, parties: list[str], where: str) -> None:
    _check_known(audience.readers, parties, f"{where}, readers")
    if not audience.readers:
        raise Configuration(f"{where}, readers: must not be empty")
    _check_purposes(audience.purposes, agreement, where)


def _check_rule(rule: Rule, audiences: list[str], parties: list[str], where: str) -> None:
    _check_known(rule.audiences, audiences, f"{where}, audiences")
    _check_known(rule.owners, parties, f"{where}, owners")
    _check_known([rule.outcome], _OUTCOMES[rule.effect], f"{where}, outcome")
    if (rule.effect == "withhold") != bool(rule.withhold):
        raise Configuration(f"{where}, withhold: only an effect 'withhold' has field groups, and it must")
    if rule.vetting and rule.effect != "release":
        raise Configuration(f"{where}, vetting: only a release may require vetting")


def _check_inquiry_service(service: InquiryService, agreement: Agreement, parties: list[str], where: str) -> None:
    _check_known(service.requesting_agencies, parties, f"{where}, askers")
    _check_purposes(service.purposes, agreement, where)
    if not service.families:
        raise Configuration(f"{where}, families: must not be empty")
    if not 0 < service.hours <= MAX_HOURS:
        raise Configuration(f"{where}, hours: must be 1 to {MAX_HOURS}")
