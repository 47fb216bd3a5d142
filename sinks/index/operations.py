"""ReleasedIncident -> one operation of a bulk: pure. The document's bytes are spliced in as they came.

What would fail a whole bulk is refused here, before it is sent: an id beyond 512 bytes, a version out of bounds, and
bytes that are not one line, which would become operations of their own.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Any

import orjson

from schemas.errors import Reason, Rejected
from schemas.identity import document_version
from sinks.index.names import IndexName, is_audience

LONGEST_ID_BYTES = 512
BULK_DOCUMENTS = 2000
BULK_BYTES = 5 * 1024 * 1024
_MOST_REVISIONS = 2**40


@dataclass(slots=True)
class Entry:
    """One document to index: `operation` is the action line and the document, `cause` the record it came from.

    `older` is the revision of the same view that stands when this one is refused.
    """

    index: str
    document_id: str
    version: int
    operation: bytes
    cause: int
    older: "Entry | None" = field(default=None, repr=False)


Check = Callable[[Mapping[str, Any]], bool]

CHECKS: tuple[tuple[str, Check, str], ...] = (
    ("audience", lambda r: is_audience(r["audience"]), "no index can have the name of this audience"),
    ("revision", lambda r: 0 < r["revision"] < _MOST_REVISIONS, "a revision is at least 1 and below 2^40"),
    ("view_id", lambda r: 0 < len(r["view_id"].encode()) <= LONGEST_ID_BYTES, "an id has 1 to 512 bytes"),
    ("document", lambda r: r["document"][:1] == b"{" and r["document"][-1:] == b"}", "not a JSON object"),
    ("document", lambda r: b"\n" not in r["document"], "not one line"),
)


@lru_cache(maxsize=4096)
def _action(audience: str, generation: int) -> tuple[str, bytes]:
    name = str(IndexName(audience, generation))
    return name, f'{{"index":{{"_index":"{name}","version_type":"external","version":'.encode()


def entry(record: Mapping[str, Any], generation: int, cause: int) -> Entry | Rejected:
    """Make the entry of a ReleasedIncident read from the topic of `generation`, or tell why it cannot be indexed."""
    for name, holds, detail in CHECKS:
        if not holds(record):
            return Rejected(Reason.BAD_VALUE, name, detail)
    if record["generation"] != generation:
        return Rejected(Reason.BAD_VALUE, "generation", f"this is the topic of generation {generation}")
    index, action = _action(record["audience"], generation)
    version = document_version(generation, record["revision"])
    quoted = orjson.dumps(record["view_id"])
    operation = b'%s%d,"_id":%s}}\n%s\n' % (action, version, quoted, record["document"])
    return Entry(index, record["view_id"], version, operation, cause)


def collapse(entries: Iterable[Entry]) -> list[Entry]:
    """Keep the newest revision of each view; it holds the others, newest first, in case it is refused."""
    views: dict[tuple[str, str], list[Entry]] = {}
    for one in entries:
        views.setdefault((one.index, one.document_id), []).append(one)
    newest: list[Entry] = []
    for revisions in views.values():
        if len(revisions) > 1:
            revisions.sort(key=lambda one: one.version)
            for older, newer in pairwise(revisions):
                newer.older = older
        newest.append(revisions[-1])
    return newest


def bulks(entries: Sequence[Entry], documents: int = BULK_DOCUMENTS, size: int = BULK_BYTES) -> list[list[Entry]]:
    """Cut entries into bulks of at most `documents` and, unless one document alone is larger, `size` bytes."""
    cut: list[list[Entry]] = []
    current: list[Entry] = []
    held = 0
    for one in entries:
        if current and (len(current) >= documents or held + len(one.operation) > size):
            cut.append(current)
            current, held = [], 0
        current.append(one)
        held += len(one.operation)
    return [*cut, current] if current else cut
