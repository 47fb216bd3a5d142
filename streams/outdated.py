"""Moving to another table of weights: reports that a former one decided on are decided on again, some with each batch.

The state is marked while it holds a decision of another table. What is taken again is only counted as done when the
batch that took it is written, so that a batch that fails loses nothing; a restart begins again and changes nothing
twice.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from streams.incidents import REPORT
from streams.stage import State

MARK = b"t"
AT_ONCE = 5_000
"""Reports that one batch decides on again beside its own."""
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

    def take(self) -> list[str]:
        """Give the next ones; the same again until they are written."""
        some = self._waiting[:AT_ONCE]
        self._taken = len(some)
        return some

    def written(self) -> bool:
        """Count what was taken as done; tell whether these were the last."""
        del self._waiting[: self._taken]
        last, self._taken = self._taken > 0 and not self._waiting, 0
        return last


def marks(incidents: Iterable[Mapping[str, Any]], version: str, state: State) -> dict[bytes, bytes | None]:
    """Give what records that are written change in the mark."""
    kept: Outdated | None = state.kept.get(_KEPT)
    changes: dict[bytes, bytes | None] = {MARK: None} if kept is not None and kept.written() else {}
    # The decisions of one record are made together, by one table.
    if any(one["tables_version"] != version for incident in incidents for one in incident["decisions"][:1]):
        changes[MARK] = b"1"
    return changes
