"""Orders: the agreements and the vettings that stand, the bundled agreements as later orders changed them; pure.

The newest order of each id stands. An order that cannot be read leaves its agreement out: what it made is closed.
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
    """A check that an audience's readers passed: level, from and until when, UTC milliseconds, the end excluded."""

    audience: str
    level: str
    begins: int
    ends: int

    def valid(self, now: int) -> bool:
        """Tell whether it stands at `now`, UTC milliseconds."""
        return self.begins <= now < self.ends


def vetting_id(audience: str, level: str) -> str:
    """Name the order that a vetting is under."""
    return f"{audience}/{level}"


def parse_alongside(text: str, standing: Iterable[Agreement]) -> Agreement:
    """Read an agreement's file beside those that stand. Raises: Configuration, also where an audience is taken."""
    made = parse(text, "agreement")
    others = (one for one in standing if one.agreement_id != made.agreement_id)
    taken = {audience.name for one in others for audience in one.audiences}
    if both := sorted(taken & {audience.name for audience in made.audiences}):
        raise Configuration(f"agreement {made.agreement_id}: the audience {both[0]} is another agreement's")
    return made


class AgreementRegister:
    """Agreements by id and vettings by their order's id, live: what is learned changes the mappings given out."""

    def __init__(self, bundled: Iterable[Agreement] = tuple(BUNDLED.values())) -> None:
        self._agreements = {one.agreement_id: one for one in bundled}
        self._vettings: dict[str, Vetting] = {}
        self.agreements: Mapping[str, Agreement] = MappingProxyType(self._agreements)
        self.vettings: Mapping[str, Vetting] = MappingProxyType(self._vettings)

    def apply(self, order: AgreementOrder) -> None:
        """Let an order stand. Raises: Configuration when its agreement cannot be read, which is left out then."""
        name = order["order_id"]
        if order["kind"] == "VETTING":
            audience, _, level = name.partition("/")
            self._vettings[name] = Vetting(audience, level, order["begins"], order["ends"] or order["begins"])
            return
        self._agreements.pop(name, None)
        made = parse_alongside(order["text"], self._agreements.values())
        if made.agreement_id != name:
            raise Configuration(f"agreement {name}: its file is of {made.agreement_id}")
        ends = made.ends if order["ends"] is None else min(made.ends, order["ends"])
        self._agreements[name] = replace(made, ends=ends)

    def apply_record(self, key: bytes | None, value: bytes | None, offset: int = 0) -> bool:
        """Let a record of the topic stand; what one is about that cannot be read is closed, and that is told: False.

        Records come in the order of their offsets.
        """
        found = codec.decode("agreement_order", value)
        try:
            if isinstance(found, Rejected):
                self.discard((key or b"").decode("utf-8", "replace"))
                return False
            self.apply(cast(AgreementOrder, found))
        except Configuration:
            return False
        return True

    def discard(self, order_id: str) -> None:
        """Let nothing stand under an id whose newest order cannot be read."""
        self._agreements.pop(order_id, None)
        self._vettings.pop(order_id, None)

    def levels(self, audience: str, now: int) -> frozenset[str]:
        """Name the levels that an audience has at `now`, UTC milliseconds."""
        return frozenset(one.level for one in self._vettings.values() if one.audience == audience and one.valid(now))
