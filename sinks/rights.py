"""Whether an audience may be read now, and for what: asked at every reading, before the index is; pure.

What an agreement makes is open while its term runs, and to its purposes alone. The copies in the index follow later;
this check does not wait for them.
"""

from collections.abc import Iterable

from schemas.agreements import AUDIENCE, Agreement, of_audience
from schemas.errors import Denied
from sinks.index import NoAudience


class WrongPurpose(Denied):
    """The audience is not open for this purpose."""

    def __init__(self, purposes: Iterable[str]) -> None:
        super().__init__(f"say what it is for: this audience is read for --purpose {' or '.join(sorted(purposes))}")


def check(audience: str, purpose: str, agreements: Iterable[Agreement], now: int) -> None:
    """Let a reading of a partnership's audience pass at `now`, UTC milliseconds.

    What any agreement denies as a purpose is none of any audience.
    Raises: NoAudience, the same whether there is none or its agreement is not in force; WrongPurpose; Denied.
    """
    agreements = list(agreements)
    if any(purpose in one.denied_purposes for one in agreements):
        raise Denied("this is no purpose for which anything here may be read")
    if not AUDIENCE.fullmatch(audience):
        return
    found = of_audience(audience, agreements)
    if found is None or not found[0].in_force(now):
        raise NoAudience
    if purpose not in found[1].purposes:
        raise WrongPurpose(found[1].purposes)
