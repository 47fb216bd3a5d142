"""Closing: the views of audiences that are open no longer, some with each look, whether or not a record comes.

The reader's check closes an audience at once (`sinks.rights`); this withdraws the copies after it. Looked up once for
each audience; what was taken is dropped when it is seen to have ended, so that a batch that fails loses nothing.
"""

from collections.abc import Iterable
from typing import Any

import orjson

from schemas.records import STUBS
from streams.stage import State

AT_ONCE = 2_000
"""Views that one look withdraws."""
_KEPT = "closing"


def _open(waiting: list[bytes], most: int, prefix: bytes, state: State) -> dict[str, list[Any]]:
    """Give the first views that are still open, under their names; forgets those before them that ended."""
    while waiting:
        some = waiting[:most]
        entries = [orjson.loads(value) if value else None for value in state.get_many(some)]
        living = {key: entry for key, entry in zip(some, entries, strict=True) if entry and entry[3] not in STUBS}
        if living:
            return {key[len(prefix) :].decode(): entry for key, entry in living.items()}
        del waiting[: len(some)]
    return {}


def open_views(audiences: Iterable[str], prefix: bytes, state: State) -> dict[str, list[Any]]:
    """Give at most AT_ONCE open views of these audiences, record key -> entry; `prefix` is that of views."""
    closed = list(audiences)
    kept: dict[str, list[bytes]] = state.kept.setdefault(_KEPT, {})
    for name in [name for name in kept if name not in closed]:
        del kept[name]
    found: dict[str, list[Any]] = {}
    for name in closed:
        if name not in kept:
            kept[name] = [key for key, _ in state.scan(prefix + f"{name}/".encode())]
        if len(found) < AT_ONCE:
            found |= _open(kept[name], AT_ONCE - len(found), prefix, state)
    return found
