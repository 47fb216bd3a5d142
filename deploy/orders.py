"""Orders on agreements and vettings: made, checked against what stands, read back."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from deploy.saying import write
from schemas import wire
from schemas.agreements import BUNDLED, Agreement, bundled_text, parse
from schemas.errors import Denied
from schemas.orders import Orders, checked, vetting_id
from schemas.records import AgreementOrder
from schemas.topics import AGREEMENTS

if TYPE_CHECKING:
    from producers.port import Administering


FOLLOWS = "readers are held to it from now on; the views follow while workers run (`interagency run`)"


class NoSuchAgreement(Denied):
    """No agreement of this id stands."""


def read(admin: "Administering") -> dict[str, AgreementOrder]:
    """Give the newest order of each id, in the order in which they were given. Raises: Transient, Configuration."""
    values = [value for value in admin.read_compacted(AGREEMENTS.name).values() if value is not None]
    found = [cast(AgreementOrder, wire.trusted("agreement_order", value)) for value in values]
    return {one["order_id"]: one for one in sorted(found, key=lambda one: (one["at"], one["order_id"]))}


def standing(orders: Mapping[str, AgreementOrder]) -> Orders:
    """Give the agreements and vettings that stand. Raises: Configuration when an agreement cannot be read."""
    made = Orders()
    for one in orders.values():
        made.learn(one)
    return made


def applied(text: str, orders: Mapping[str, AgreementOrder], by: str, why: str, now: int) -> AgreementOrder:
    """Make the order that lets a file stand: a new partnership, or a higher version of one. Raises: Configuration."""
    made = parse(text, "the agreement")
    name = made.agreement_id
    held = standing(orders).agreements
    checked(name, text, held.values())
    if name in held and made.version <= held[name].version:
        raise Denied(f"version {held[name].version} of {name} stands: a change has a higher version")
    return _order(name, text, None, by, why, now)


def ended(name: str, orders: Mapping[str, AgreementOrder], by: str, why: str, now: int) -> AgreementOrder:
    """Make the order that ends an agreement now. Raises: NoSuchAgreement."""
    if name not in orders and name not in BUNDLED:
        raise NoSuchAgreement(f"no agreement {name}: `interagency agreement list`")
    text = orders[name]["text"] if name in orders else bundled_text(name)
    return _order(name, text, now, by, why, now)


def _order(name: str, text: str, ends: int | None, by: str, why: str, now: int) -> AgreementOrder:
    return {
        "order_id": name,
        "kind": "AGREEMENT",
        "text": text,
        "begins": now,
        "ends": ends,
        "by": by,
        "why": why,
        "at": now,
    }


def levels(agreements: Mapping[str, Agreement]) -> dict[str, frozenset[str]]:
    """Give the levels of vetting that each audience can have: audience -> levels."""
    return {who.name: one.levels(who) for one in agreements.values() for who in one.audiences}


def vetted(
    audience: str, level: str, ends: int, orders: Mapping[str, AgreementOrder], by: str, why: str, now: int
) -> AgreementOrder:
    """Make the order that gives an audience a level from now to `ends`. Raises: Denied when no rule asks for it."""
    known = levels(standing(orders).agreements).get(audience, frozenset())
    if level not in known:
        raise Denied(f"no rule asks {audience} for {level}: {', '.join(sorted(known)) or 'it has no levels'}")
    made = _order(vetting_id(audience, level), "", ends, by, why, now)
    return {**made, "kind": "VETTING"}


def recall() -> dict[str, AgreementOrder]:
    """Read the newest order of each id from Kafka. Raises: Transient, Configuration."""
    from producers import broker
    from schemas.settings import Settings, endpoints

    settings = Settings()
    with broker.Admin(endpoints(settings).kafka, settings.delivery_timeout_s) as admin:
        return read(admin)


def give(order: AgreementOrder) -> None:
    """Write an order, and return when Kafka has it. Raises: Transient, Denied."""
    write(AGREEMENTS.name, order["order_id"].encode(), wire.encode("agreement_order", order), order["at"])
