"""Which audiences there are and which of them are open: internal, every agency, what agreements in force make; pure."""

from schemas.agreements import AUDIENCE
from schemas.agreements.register import AgreementRegister
from schemas.identity import INTERNAL
from schemas.topics import AGENCIES, AGREEMENTS
from sinks.index.names import is_audience


def rests_on_agreement(audience: str) -> bool:
    """Tell whether an audience of this name is made by an agreement: an agency's name has no hyphen."""
    return AUDIENCE.fullmatch(audience) is not None


class Audiences:
    """The audiences that the topics `agencies` and `agreements` name, as far as they were learned."""

    TOPICS = (AGENCIES.name, AGREEMENTS.name)

    def __init__(self) -> None:
        self._agencies: set[str] = set()
        self._orders = AgreementRegister()

    def learn(self, topic: str, key: bytes | None, value: bytes | None) -> None:
        """Take a record of either topic in; an order that cannot be read closes what it is about."""
        if topic == AGREEMENTS.name:
            self._orders.apply_record(key, value)
        elif is_audience(name := (key or b"").decode("utf-8", "replace")) and not rests_on_agreement(name):
            self._agencies.add(name)

    def open(self, now: int) -> frozenset[str]:
        """Return the audiences that may be read at `now`, UTC milliseconds."""
        agreements = (one for one in self._orders.agreements.values() if one.in_force(now))
        made = {audience.name for one in agreements for audience in one.audiences}
        return frozenset({INTERNAL, *self._agencies, *made})
