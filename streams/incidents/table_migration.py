"""Migration to another table of weights: each batch re-evaluates some of the reports that a former table decided.

The state is marked while it holds a decision by another table. Reports count as done only when the batch that took them
is written, so that a failing batch loses nothing; a restart begins again and changes nothing twice.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from streams.incidents.batch import REPORT
from streams.stage import State

MARK = b"t"
EACH = 4
LEAST = 100
"""Reports that a batch re-evaluates for each of its own, and at least: its time is bounded by its size."""
_KEPT = "outdated"


class Migration:
    """The reports of one partition that wait to be re-evaluated, in the order of ids."""

    def __init__(self, state: State) -> None:
        marked = state.get_many([MARK])[0] is not None
        self._waiting = [key[len(REPORT) :].decode() for key, _ in state.scan(REPORT)] if marked else []
        self._taken = 0

    @classmethod
    def of(cls, state: State) -> "Migration":
        """Return the migration of a partition, read from its state once."""
        if _KEPT not in state.kept:
            state.kept[_KEPT] = cls(state)
        migration: Migration = state.kept[_KEPT]
        return migration

    def take(self, records: int) -> list[str]:
        """Return the next reports to re-evaluate with a batch, given its number of records; the same until written."""
        taken = self._waiting[: max(LEAST, EACH * records)]
        self._taken = len(taken)
        return taken

    @property
    def is_last(self) -> bool:
        """Whether the reports that were taken are the last ones."""
        return 0 < self._taken == len(self._waiting)

    def written(self) -> None:
        """Count the reports that were taken as done."""
        del self._waiting[: self._taken]
        self._taken = 0


def follow(state: State) -> None:
    """Count the reports that the last batch took as done: it is written."""
    migration: Migration | None = state.kept.get(_KEPT)
    if migration is not None:
        migration.written()


def mark_changes(incidents: Iterable[Mapping[str, Any]], version: str, state: State) -> dict[bytes, bytes | None]:
    """Return how the records to be written change the mark."""
    migration: Migration | None = state.kept.get(_KEPT)
    changes: dict[bytes, bytes | None] = {MARK: None} if migration is not None and migration.is_last else {}
    # All decisions of one record are made together, by one table.
    if any(first["tables_version"] != version for incident in incidents for first in incident["decisions"][:1]):
        changes[MARK] = b"1"
    return changes
