"""Turn a ReleasedIncident into one operation of a bulk request, with the document's bytes as received; pure.

What would fail a whole bulk is rejected here, before it is sent: an id beyond 512 bytes, a version out of bounds, and
bytes with a line break, which would become operations of their own.
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

MAX_ID_BYTES = 512
BULK_DOCUMENTS = 2000
BULK_BYTES = 5 * 1024 * 1024
_MAX_REVISION = 2**40


@dataclass(slots=True)
class Entry:
    """One document to index: `operation` is the action line and the document, `cause` the number of its record.

    `older` is the revision of the same view to index where this one is rejected.
    """

    index: str
    document_id: str
    version: int
    operation: bytes
    cause: int
    older: "Entry | None" = field(default=None, repr=False)


Check = Callable[[Mapping[str, Any]], bool]

CHECKS: tuple[tuple[str, Check, str], ...] = (
    ("audience", lambda r: is_audience(r["audience"]), "must be a name that an index can have"),
    ("revision", lambda r: 0 < r["revision"] < _MAX_REVISION, "must be at least 1 and below 2^40"),
    ("view_id", lambda r: 0 < len(r["view_id"].encode()) <= MAX_ID_BYTES, "must have 1 to 512 bytes"),
    ("document", lambda r: r["document"][:1] == b"{" and r["document"][-1:] == b"}", "must be a JSON object"),
    ("document", lambda r: b"\n" not in r["document"], "must be one line"),
)


@lru_cache(maxsize=4096)
def _action(audience: str, generation: int) -> tuple[str, bytes]:
    name = str(IndexName(audience, generation))
    return name, f'{{"index":{{"_index":"{name}","version_type":"external","version":'.encode()


def entry(record: Mapping[str, Any], generation: int, cause: int) -> Entry | Rejected:
    """Return the entry of a ReleasedIncident from the topic of `generation`, or why it cannot be indexed.

    `cause` is the index of its record in the batch.
    """
    for name, holds, detail in CHECKS:
        if not holds(record):
            return Rejected(Reason.BAD_VALUE, name, detail)
    if record["generation"] != generation:
        return Rejected(Reason.BAD_VALUE, "generation", f"must be {generation}, as the topic's")
    index, action = _action(record["audience"], generation)
    version = document_version(generation, record["revision"])
    quoted = orjson.dumps(record["view_id"])
    operation = b'%s%d,"_id":%s}}\n%s\n' % (action, version, quoted, record["document"])
    return Entry(index, record["view_id"], version, operation, cause)


def newest_revisions(entries: Iterable[Entry]) -> list[Entry]:
    """Return the newest revision of each view; it links to the older ones, in case it is rejected."""
    views: dict[tuple[str, str], list[Entry]] = {}
    for revision in entries:
        views.setdefault((revision.index, revision.document_id), []).append(revision)
    newest: list[Entry] = []
    for revisions in views.values():
        if len(revisions) > 1:
            revisions.sort(key=lambda revision: revision.version)
            for older, newer in pairwise(revisions):
                newer.older = older
        newest.append(revisions[-1])
    return newest


def bulks(entries: Sequence[Entry], documents: int = BULK_DOCUMENTS, size: int = BULK_BYTES) -> list[list[Entry]]:
    """Split entries into bulks of at most `documents` and, unless a single document is larger, `size` bytes."""
    full: list[list[Entry]] = []
    current: list[Entry] = []
    current_size = 0
    for each in entries:
        if current and (len(current) >= documents or current_size + len(each.operation) > size):
            full.append(current)
            current, current_size = [], 0
        current.append(each)
        current_size += len(each.operation)
    return [*full, current] if current else full
