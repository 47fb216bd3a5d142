"""Which audiences exist and which are open to readers: internal, every agency, those of agreements in force; pure."""

from schemas.agreements import AUDIENCE
from schemas.agreements.register import AgreementRegister
from schemas.identity import INTERNAL
from schemas.topics import AGENCIES, AGREEMENTS
from sinks.index.names import is_audience


def is_agreement_audience(audience: str) -> bool:
    """Return whether an audience of this name belongs to an agreement: an agency's name has no hyphen."""
    return AUDIENCE.fullmatch(audience) is not None


class Audiences:
    """The audiences that the topics `agencies` and `agreements` name, from the records applied so far."""

    TOPICS = (AGENCIES.name, AGREEMENTS.name)

    def __init__(self) -> None:
        self._agencies: set[str] = set()
        self._orders = AgreementRegister()

    def apply_record(self, topic: str, key: bytes | None, value: bytes | None) -> None:
        """Apply a record of either topic; an order that cannot be decoded closes the audiences of its agreement."""
        if topic == AGREEMENTS.name:
            self._orders.apply_record(key, value)
        elif is_audience(name := (key or b"").decode("utf-8", "replace")) and not is_agreement_audience(name):
            self._agencies.add(name)

    def open(self, now: int) -> frozenset[str]:
        """Return the audiences that may be read at `now`, UTC milliseconds."""
        in_force = (agreement for agreement in self._orders.agreements.values() if agreement.in_force(now))
        shared = {audience.name for agreement in in_force for audience in agreement.audiences}
        return frozenset({INTERNAL, *self._agencies, *shared})
