"""Moving to another table of weights: reports that a former one decided on are decided on again, some with each batch.

The state is marked while it holds a decision of another table. What is taken again is only counted as done when the
batch that took it is written, so that a batch that fails loses nothing; a restart begins again and changes nothing
twice.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from streams.incidents.batch import REPORT
from streams.stage import State

MARK = b"t"
EACH = 4
LEAST = 100
"""Reports that a batch decides on again for each of its own, and at least: its time is bounded by what it gets."""
_KEPT = "outdated"


class Outdated:
    """The reports of one partition that wait to be decided on again, in the order of ids."""

    def __init__(self, state: State) -> None:
        marked = state.get_many([MARK])[0] is not None
        self._waiting = [key[len(REPORT) :].decode() for key, _ in state.scan(REPORT)] if marked else []
        self._taken = 0

    @classmethod
    def of(cls, state: State) -> "Outdated":
        """Give those of a partition, looked up once."""
        if _KEPT not in state.kept:
            state.kept[_KEPT] = cls(state)
        found: Outdated = state.kept[_KEPT]
        return found

    def take(self, records: int) -> list[str]:
        """Return the next ones beside a batch of so many records; the same again until they are written."""
        some = self._waiting[: max(LEAST, EACH * records)]
        self._taken = len(some)
        return some

    @property
    def are_last(self) -> bool:
        """Whether no more wait than those that were taken."""
        return 0 < self._taken == len(self._waiting)

    def written(self) -> None:
        """Count what was taken as done."""
        del self._waiting[: self._taken]
        self._taken = 0


def follow(state: State) -> None:
    """Count what the last batch took as done: it is written."""
    kept: Outdated | None = state.kept.get(_KEPT)
    if kept is not None:
        kept.written()


def marks(incidents: Iterable[Mapping[str, Any]], version: str, state: State) -> dict[bytes, bytes | None]:
    """Return what records that are to be written change in the mark."""
    kept: Outdated | None = state.kept.get(_KEPT)
    changes: dict[bytes, bytes | None] = {MARK: None} if kept is not None and kept.are_last else {}
    # The decisions of one record are made together, by one table.
    if any(one["tables_version"] != version for incident in incidents for one in incident["decisions"][:1]):
        changes[MARK] = b"1"
    return changes
