"""The register of agreements and vettings: the bundled agreements, as changed by orders; pure.

The newest order of each id is in force. An agreement whose newest order cannot be read is left out: nothing is shared
under it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import cast

from schemas.agreements import BUNDLED, Agreement, parse
from schemas.errors import Configuration, Rejected
from schemas.records import codec
from schemas.records.order import AgreementOrder


@dataclass(frozen=True, slots=True)
class Vetting:
    """A background check that an audience's readers passed, valid from `begins` to before `ends`, UTC milliseconds."""

    audience: str
    level: str
    begins: int
    ends: int

    def valid(self, now: int) -> bool:
        """Return whether it is valid at `now`, UTC milliseconds."""
        return self.begins <= now < self.ends


def vetting_id(audience: str, level: str) -> str:
    """Return the order id of a vetting."""
    return f"{audience}/{level}"


def parse_alongside(text: str, current: Iterable[Agreement]) -> Agreement:
    """Parse an agreement's file to be registered beside the `current` agreements.

    Raises: Configuration where the file is invalid or another agreement has an audience of the same name.
    """
    agreement = parse(text, "agreement")
    others = (other for other in current if other.agreement_id != agreement.agreement_id)
    taken = {audience.name for other in others for audience in other.audiences}
    if duplicates := sorted(taken & {audience.name for audience in agreement.audiences}):
        raise Configuration(f"agreement {agreement.agreement_id}: the audience {duplicates[0]} is another agreement's")
    return agreement


class AgreementRegister:
    """Agreements by id and vettings by order id; an applied order changes the two public mappings in place."""

    def __init__(self, bundled: Iterable[Agreement] = tuple(BUNDLED.values())) -> None:
        self._agreements = {agreement.agreement_id: agreement for agreement in bundled}
        self._vettings: dict[str, Vetting] = {}
        self.agreements: Mapping[str, Agreement] = MappingProxyType(self._agreements)
        self.vettings: Mapping[str, Vetting] = MappingProxyType(self._vettings)

    def apply(self, order: AgreementOrder) -> None:
        """Apply an order. Raises: Configuration where its agreement is invalid, which is then left out."""
        order_id = order["order_id"]
        if order["kind"] == "VETTING":
            audience, _, level = order_id.partition("/")
            self._vettings[order_id] = Vetting(audience, level, order["begins"], order["ends"] or order["begins"])
            return
        self._agreements.pop(order_id, None)
        agreement = parse_alongside(order["text"], self._agreements.values())
        if agreement.agreement_id != order_id:
            raise Configuration(f"agreement {order_id}: its file is of {agreement.agreement_id}")
        ends = agreement.ends if order["ends"] is None else min(agreement.ends, order["ends"])
        self._agreements[order_id] = replace(agreement, ends=ends)

    def apply_record(self, key: bytes | None, value: bytes | None, offset: int = 0) -> bool:
        """Apply a record of the topic, in the order of offsets; return False where it cannot be read.

        Nothing is then in force under its id.
        """
        order = codec.decode("agreement_order", value)
        try:
            if isinstance(order, Rejected):
                self.discard((key or b"").decode("utf-8", "replace"))
                return False
            self.apply(cast(AgreementOrder, order))
        except Configuration:
            return False
        return True

    def discard(self, order_id: str) -> None:
        """Remove the agreement or vetting of an id whose newest order cannot be read."""
        self._agreements.pop(order_id, None)
        self._vettings.pop(order_id, None)

    def levels(self, audience: str, now: int) -> frozenset[str]:
        """Return the vetting levels that an audience has at `now`, UTC milliseconds."""
        vettings = (vetting for vetting in self._vettings.values() if vetting.audience == audience)
        return frozenset(vetting.level for vetting in vettings if vetting.valid(now))
