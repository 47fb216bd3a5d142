"""The boundary to the search index: what the sink and the readers ask of it, and what its answers mean.

`elastic` is the real one, `elastic_reader` the same for commands that read, `memory` the one in memory; all pass
`tests/ports/test_index_port.py`.
"""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from schemas.errors import Denied, Fatal, PipelineError, Transient
from sinks.index.names import IndexName


class Outcome(Enum):
    """What became of one operation: indexed; an equal or newer version stands; never; not now."""

    DONE = "done"
    STALE = "stale"
    BAD_RECORD = "bad_record"
    TROUBLE = "trouble"


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of one operation and the type of the error: a word of Elasticsearch, never its sentence.

    The sentences quote values of the document.
    """

    outcome: Outcome
    error: str = ""


DONE = Answer(Outcome.DONE)
INDEX_MISSING = "index_not_found_exception"
REQUEST_TIMEOUT_S = 30.0
PIT_KEEP_ALIVE, PIT_LIFE_S = "1m", 60
NO_ADDRESS = ("", ".", "..")
"""Ids that as the last part of an address name another one: no document is got by them."""

# First row that fits: statuses, error type ('' is any), outcome. What is not known to be the record's own fault is
# trouble: it is tried again for ever, and a record is never refused because of it.
OUTCOMES: tuple[tuple[range, str, Outcome], ...] = (
    (range(200, 300), "", Outcome.DONE),
    (range(409, 410), "version_conflict_engine_exception", Outcome.STALE),
    # An operator closed the index: nothing is wrong with the document.
    (range(400, 401), "index_closed_exception", Outcome.TROUBLE),
    # Client and server of different majors: every request is refused, whatever it holds.
    (range(400, 401), "media_type_header_exception", Outcome.TROUBLE),
    # strict_dynamic_mapping_exception, document_parsing_exception, illegal_argument_exception
    (range(400, 401), "", Outcome.BAD_RECORD),
    (range(413, 414), "", Outcome.BAD_RECORD),
    # 429 flood stage and full queues, 403 blocks and rights, 404 a dropped index, 5xx
    (range(100, 600), "", Outcome.TROUBLE),
)


def classify(status: int, error: str) -> Answer:
    """Tell what the answer to one operation means."""
    for statuses, only, outcome in OUTCOMES:
        if status in statuses and only in ("", error):
            return DONE if outcome is Outcome.DONE else Answer(outcome, error or str(status))
    return Answer(Outcome.TROUBLE, error or str(status))


class NoAudience(Denied):
    """No index to read for this audience: the same whether it does not exist or is not open to the reader."""

    def __init__(self) -> None:
        super().__init__("there is no such audience, or it is not open to you")


def refusal(status: int, error: str) -> PipelineError:
    """Return what an answer to a whole request means, by its status and the type of its error."""
    if error == INDEX_MISSING:
        return NoAudience()
    if status in (401, 403) and "cluster_block" not in error:
        return Denied(f"Elasticsearch denies this ({status})")
    if classify(status, error).outcome is Outcome.TROUBLE:
        return Transient(f"Elasticsearch cannot do this now ({status} {error})")
    return Fatal(f"Elasticsearch refuses this ({status} {error})")


@dataclass(frozen=True, slots=True)
class Hit:
    """One document: its id and what of its source was asked for."""

    id: str
    source: dict[str, Any]


@dataclass(frozen=True, slots=True)
class History:
    """What a shard keeps of what was overwritten: number of its last write, and of the first that it keeps."""

    written: int
    kept_from: int


class OpenIndex(Protocol):
    """What an audience reads by. Every method raises: Transient when the index does not answer."""

    async def indices(self, *audiences: str) -> dict[IndexName, bool]:
        """Return every index of these audiences, or of all, and whether they read it by their alias."""
        ...

    async def hide(self, audience: str) -> None:
        """Take the alias away by which an audience reads; nothing to do where there is none."""
        ...

    async def expose(self, name: IndexName) -> None:
        """Let the audience read this index by its alias again; nothing to do where the index is not made yet."""
        ...

    async def get(self, name: str, document_id: str) -> Hit | None:
        """Give the newest version of one document of an index or alias, refreshed or not. Raises: NoAudience."""
        ...

    async def close(self) -> None:
        """Let go of the connections."""
        ...


class Index(OpenIndex, Protocol):
    """Where documents are written and read back."""

    async def ensure(self, name: IndexName, exposed: bool = True, readable: bool = True) -> None:
        """Make the index, where it is `exposed` with the alias by which its audience reads.

        An index that exists keeps or lacks its alias; fields and settings of this release are added to it. Returns when
        the index can be written to, and where that is asked for, when it is `readable`. Raises: Configuration when the
        index has another type for a field, or this audience or internal is read in another generation; Denied.
        """
        ...

    async def bulk(self, operations: Sequence[bytes]) -> list[Answer]:
        """Carry out operations (`document.Entry.operation`) and give their outcomes, in order.

        An operation that makes the whole request invalid is found and answered for itself.
        """
        ...

    async def refresh(self, names: Iterable[str]) -> None:
        """Make all that was answered before this call visible to `count`, `search` and `pages`.

        Otherwise a request sees what was answered at least a second before it, where it is the first to an idle index,
        and a second and a refresh before it, where the index is read all the time.
        """
        ...

    async def written(self) -> dict[str, int]:
        """Return index name -> number of its last write: a greater one than before means that it was written to."""
        ...

    async def count(self, name: str) -> int:
        """Count the documents of an index or alias, stubs too. Raises: NoAudience."""
        ...

    async def healthy(self) -> bool:
        """Tell whether the index answers and has all its primary shards; never raises."""
        ...


class ReadableIndex(OpenIndex, Protocol):
    """An index that answers Elasticsearch's query language."""

    async def search(self, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Run one search. Raises: NoAudience, Fatal when the query is refused."""
        ...

    def pages(self, name: str, body: Mapping[str, Any], size: int) -> AsyncGenerator[list[Hit], None]:
        """Give all hits of a query at one point in time, `size` at once, in the order of `body["sort"]`.

        Raises: NoAudience.
        """
        ...


class SearchableIndex(Index, ReadableIndex, Protocol):
    """An index that is written and searched."""

    async def histories(self) -> dict[str, History]:
        """Return the history of each shard, of all indices: by a name of it."""
        ...

    async def expunge(self) -> None:
        """Let leave the disk what was overwritten or deleted and is not kept as history; returns when it has."""
        ...
