"""Orders on agreements and vettings: built, checked against the current ones, written and read back."""

from collections.abc import Mapping
from typing import Literal, cast

from schemas.agreements import BUNDLED, Agreement, agreement_of, bundled_text, parse
from schemas.agreements.register import AgreementRegister, parse_alongside, vetting_id
from schemas.errors import Configuration, Denied
from schemas.records import codec
from schemas.records.order import AgreementOrder
from schemas.topics import AGREEMENTS
from sinks.access.ports import Topics

FOLLOWS = "readers are held to it from now on; the views follow while workers run (`interagency run`)"


class NoSuchAgreement(Denied):
    """There is no current agreement of this id, or none in a `state`."""

    def __init__(self, agreement_id: str, state: str = "") -> None:
        super().__init__(f"no agreement {agreement_id}{state}: `interagency agreement list`")


async def newest_orders(topics: Topics) -> dict[str, AgreementOrder]:
    """Return order id -> its newest order, in the order in which they were given. Raises: Transient, Configuration."""
    values = [value for value in (await topics.newest(AGREEMENTS.name)).values() if value is not None]
    orders = [cast(AgreementOrder, codec.decode_trusted("agreement_order", value)) for value in values]
    return {order["order_id"]: order for order in sorted(orders, key=lambda order: (order["at"], order["order_id"]))}


def current(orders: Mapping[str, AgreementOrder]) -> AgreementRegister:
    """Return the current agreements and vettings. Raises: Configuration when an agreement cannot be read."""
    register = AgreementRegister()
    for order in orders.values():
        register.apply(order)
    return register


async def current_agreements(topics: Topics) -> Mapping[str, Agreement]:
    """Return agreement id -> the current agreement. Raises: Transient, Configuration."""
    return current(await newest_orders(topics)).agreements


def application(
    text: str, held: Mapping[str, Agreement], by: str, why: str, at: int
) -> tuple[AgreementOrder, Agreement]:
    """Return the order that puts a file in force beside the current agreements: a new one, or a higher version.

    `at` in UTC milliseconds. Raises: Configuration, Denied.
    """
    agreement = parse_alongside(text, held.values())
    name = agreement.agreement_id
    if name in held and agreement.version <= held[name].version:
        raise Denied(f"version {held[name].version} of {name} is current: a change needs a higher version")
    return _order("AGREEMENT", name, text, None, by, why, at), agreement


def ending(name: str, orders: Mapping[str, AgreementOrder], by: str, why: str, at: int) -> AgreementOrder:
    """Return the order that ends an agreement at `at`, UTC milliseconds. Raises: NoSuchAgreement."""
    if name not in orders and name not in BUNDLED:
        raise NoSuchAgreement(name)
    text = orders[name]["text"] if name in orders else bundled_text(name)
    return _order("AGREEMENT", name, text, at, by, why, at)


def audiences_of(order: AgreementOrder) -> list[str]:
    """Return the audiences that the agreement of an order names; none where its file cannot be read."""
    try:
        return [audience.name for audience in parse(order["text"], order["order_id"]).audiences]
    except Configuration:
        return []


def vetting(
    audience: str, level: str, ends: int, held: Mapping[str, Agreement], by: str, why: str, at: int
) -> AgreementOrder:
    """Return the order that vets an audience for a level from `at` to `ends`, UTC milliseconds.

    Raises: Denied where no rule asks for that level.
    """
    agreement = agreement_of(audience, held.values())
    levels = agreement[0].levels(agreement[1]) if agreement else frozenset[str]()
    if level not in levels:
        raise Denied(f"no rule asks {audience} for {level}: {', '.join(sorted(levels)) or 'it has no levels'}")
    return _order("VETTING", vetting_id(audience, level), "", ends, by, why, at)


def _order(
    kind: Literal["AGREEMENT", "VETTING"], order_id: str, text: str, ends: int | None, by: str, why: str, at: int
) -> AgreementOrder:
    return {
        "order_id": order_id,
        "kind": kind,
        "text": text,
        "begins": at,
        "ends": ends,
        "by": by,
        "why": why,
        "at": at,
    }


async def current_agreement(topics: Topics, agreement_id: str) -> Agreement:
    """Return the current agreement of an id. Raises: NoSuchAgreement, Transient, Configuration."""
    agreement = (await current_agreements(topics)).get(agreement_id)
    if agreement is None:
        raise NoSuchAgreement(agreement_id)
    return agreement


async def write_order(topics: Topics, order: AgreementOrder) -> None:
    """Write an order, and return when Kafka has it. Raises: Transient, Denied."""
    await topics.write(AGREEMENTS.name, order["order_id"].encode(), codec.encode("agreement_order", order), order["at"])
