"""Orders on agreements and vettings: made, checked against what stands, read back."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, cast

from schemas.agreements import BUNDLED, Agreement, agreement_of, bundled_text, parse
from schemas.agreements.register import AgreementRegister, parse_alongside, vetting_id
from schemas.errors import Configuration, Denied
from schemas.records import codec
from schemas.records.order import AgreementOrder
from schemas.topics import AGREEMENTS
from sinks.access.order_writer import asking, write

if TYPE_CHECKING:
    from producers.delivery.port import TopicAdmin


FOLLOWS = "readers are held to it from now on; the views follow while workers run (`interagency run`)"


class NoSuchAgreement(Denied):
    """No agreement of this id stands; `state`: none that is so."""

    def __init__(self, agreement_id: str, state: str = "") -> None:
        super().__init__(f"no agreement {agreement_id}{state}: `interagency agreement list`")


def read(admin: "TopicAdmin") -> dict[str, AgreementOrder]:
    """Give the newest order of each id, in the order in which they were given. Raises: Transient, Configuration."""
    values = [value for value in admin.read_compacted(AGREEMENTS.name).values() if value is not None]
    found = [cast(AgreementOrder, codec.decode_trusted("agreement_order", value)) for value in values]
    return {one["order_id"]: one for one in sorted(found, key=lambda one: (one["at"], one["order_id"]))}


def standing(orders: Mapping[str, AgreementOrder]) -> AgreementRegister:
    """Give the agreements and vettings that stand. Raises: Configuration when an agreement cannot be read."""
    made = AgreementRegister()
    for one in orders.values():
        made.apply(one)
    return made


def applied(text: str, held: Mapping[str, Agreement], by: str, why: str, now: int) -> tuple[AgreementOrder, Agreement]:
    """Make the order that lets a file stand beside what is held: a new partnership, or a higher version of one.

    Raises: Configuration, Denied.
    """
    made = parse_alongside(text, held.values())
    name = made.agreement_id
    if name in held and made.version <= held[name].version:
        raise Denied(f"version {held[name].version} of {name} stands: a change has a higher version")
    return _order("AGREEMENT", name, text, None, by, why, now), made


def ended(name: str, orders: Mapping[str, AgreementOrder], by: str, why: str, now: int) -> AgreementOrder:
    """Make the order that ends an agreement now. Raises: NoSuchAgreement."""
    if name not in orders and name not in BUNDLED:
        raise NoSuchAgreement(name)
    text = orders[name]["text"] if name in orders else bundled_text(name)
    return _order("AGREEMENT", name, text, now, by, why, now)


def audiences_of(order: AgreementOrder) -> list[str]:
    """Return the audiences that the agreement of an order names; none where its file cannot be read."""
    try:
        return [one.name for one in parse(order["text"], order["order_id"]).audiences]
    except Configuration:
        return []


def vetted(
    audience: str, level: str, ends: int, held: Mapping[str, Agreement], by: str, why: str, now: int
) -> AgreementOrder:
    """Make the order that gives an audience a level from now to `ends`. Raises: Denied when no rule asks for it."""
    found = agreement_of(audience, held.values())
    known = found[0].levels(found[1]) if found else frozenset[str]()
    if level not in known:
        raise Denied(f"no rule asks {audience} for {level}: {', '.join(sorted(known)) or 'it has no levels'}")
    return _order("VETTING", vetting_id(audience, level), "", ends, by, why, now)


def _order(
    kind: Literal["AGREEMENT", "VETTING"], order_id: str, text: str, ends: int | None, by: str, why: str, now: int
) -> AgreementOrder:
    return {
        "order_id": order_id,
        "kind": kind,
        "text": text,
        "begins": now,
        "ends": ends,
        "by": by,
        "why": why,
        "at": now,
    }


def named(agreement_id: str) -> Agreement:
    """Read from Kafka the agreement of an id that stands. Raises: NoSuchAgreement, Transient, Configuration."""
    found = standing(recall()).agreements.get(agreement_id)
    if found is None:
        raise NoSuchAgreement(agreement_id)
    return found


def recall() -> dict[str, AgreementOrder]:
    """Read the newest order of each id from Kafka. Raises: Transient, Configuration."""
    with asking() as admin:
        return read(admin)


def give(order: AgreementOrder) -> None:
    """Write an order, and return when Kafka has it. Raises: Transient, Denied."""
    write(AGREEMENTS.name, order["order_id"].encode(), codec.encode("agreement_order", order), order["at"])
