"""A history: steps with their times, each played to the real stages before the next one."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any, NamedTuple


class Step(NamedTuple):
    """What is published or said at `now`, UTC milliseconds.

    `words`: (left, right, verdict). `orders`: (report id, what is ordered). `agreements`: fields of AgreementOrders.
    `together`: what comes of it is released in one batch; otherwise in any order and any batches.
    """

    now: int
    reports: tuple[dict[str, Any], ...] = ()
    words: tuple[tuple[str, str, str], ...] = ()
    orders: tuple[tuple[str, dict[str, bool]], ...] = ()
    agreements: tuple[dict[str, Any], ...] = ()
    together: bool = False


def id_of(made: dict[str, Any]) -> str:
    """Return the id of a published report."""
    return f"{made['agency']['agency_id']}:{made['local_incident_id']}"


@dataclass(frozen=True)
class History:
    """Steps in their order; `flooding` is the agency beyond its bound, '' for none."""

    steps: tuple[Step, ...]
    agencies: tuple[str, ...]
    agreements: tuple[str, ...]
    flooding: str = ""

    def changed(self, change: Callable[[dict[str, Any]], dict[str, Any]]) -> "History":
        """Return the history with other reports in place of these."""
        steps = (step._replace(reports=tuple(map(change, step.reports))) for step in self.steps)
        return replace(self, steps=tuple(steps))

    def without(self, hidden: Collection[str]) -> "History":
        """Return the history in which these reports, and all that is said of them, never were."""
        return replace(self, steps=tuple(_without(one, hidden) for one in self.steps))


def _without(step: Step, hidden: Collection[str]) -> Step:
    return step._replace(
        reports=tuple(one for one in step.reports if id_of(one) not in hidden),
        words=tuple(one for one in step.words if one[0] not in hidden and one[1] not in hidden),
        orders=tuple(one for one in step.orders if one[0] not in hidden),
    )
