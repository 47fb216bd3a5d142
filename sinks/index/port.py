"""The port to the search index: the operations that the sink and readers need, and what the responses mean.

`elastic` implements it on Elasticsearch, `elastic_reader` for commands that read, `memory` in memory; all pass
`tests/ports/test_index_port.py`.
"""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from schemas.errors import Denied, Fatal, PipelineError, Transient
from sinks.index.names import IndexName


class Outcome(Enum):
    """The outcome of one operation: indexed; an equal or newer version exists; rejected for good; not possible now."""

    DONE = "done"
    STALE = "stale"
    BAD_RECORD = "bad_record"
    TROUBLE = "trouble"


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of one operation and Elasticsearch's error type, never its message, which quotes document values."""

    outcome: Outcome
    error: str = ""


DONE = Answer(Outcome.DONE)
INDEX_MISSING = "index_not_found_exception"
REQUEST_TIMEOUT_S = 30.0
PIT_KEEP_ALIVE, PIT_LIFE_S = "1m", 60
NO_ADDRESS = ("", ".", "..")
"""Ids that would make the path of a request name another resource: no document can be read by them."""

# The first matching row applies: statuses, error type ('' is any), outcome. What is not known to be the record's own
# fault is trouble: it is retried without end, and never rejects a record.
OUTCOMES: tuple[tuple[range, str, Outcome], ...] = (
    (range(200, 300), "", Outcome.DONE),
    (range(409, 410), "version_conflict_engine_exception", Outcome.STALE),
    # An operator closed the index: the document is not at fault.
    (range(400, 401), "index_closed_exception", Outcome.TROUBLE),
    # Client and server have different major versions: every request fails, whatever it contains.
    (range(400, 401), "media_type_header_exception", Outcome.TROUBLE),
    # strict_dynamic_mapping_exception, document_parsing_exception, illegal_argument_exception
    (range(400, 401), "", Outcome.BAD_RECORD),
    (range(413, 414), "", Outcome.BAD_RECORD),
    # 429 flood-stage watermark and full queues, 403 blocks and privileges, 404 a deleted index, 5xx
    (range(100, 600), "", Outcome.TROUBLE),
)


def classify(status: int, error: str) -> Answer:
    """Return what the response to one operation means, by its HTTP status and error type."""
    for statuses, only, outcome in OUTCOMES:
        if status in statuses and only in ("", error):
            return DONE if outcome is Outcome.DONE else Answer(outcome, error or str(status))
    return Answer(Outcome.TROUBLE, error or str(status))


class NoAudience(Denied):
    """There is no index of this audience, or it is not open to the reader: both look the same."""

    def __init__(self) -> None:
        super().__init__("there is no such audience, or it is not open to you")


def refusal(status: int, error: str) -> PipelineError:
    """Return the error that the response to a whole request means, by its HTTP status and error type."""
    if error == INDEX_MISSING:
        return NoAudience()
    if status in (401, 403) and "cluster_block" not in error:
        return Denied(f"Elasticsearch denied the request ({status})")
    if classify(status, error).outcome is Outcome.TROUBLE:
        return Transient(f"Elasticsearch cannot serve the request now ({status} {error})")
    return Fatal(f"Elasticsearch rejected the request ({status} {error})")


@dataclass(frozen=True, slots=True)
class Hit:
    """One document: its id and the requested part of its source."""

    id: str
    source: dict[str, Any]


@dataclass(frozen=True, slots=True)
class History:
    """The history of a shard: sequence number of its last write, and of the first one that it retains."""

    written: int
    kept_from: int


class OpenIndex(Protocol):
    """Indices, aliases and single documents.

    Every method raises Transient when the index does not answer, and what `refusal` returns for an error response.
    """

    async def indices(self, *audiences: str) -> dict[IndexName, bool]:
        """Return every index of some audiences, or of all, and whether it has its audience's alias."""
        ...

    async def hide(self, audience: str) -> None:
        """Remove the alias by which an audience reads, if there is one."""
        ...

    async def expose(self, name: IndexName) -> None:
        """Add the audience's alias to its index, if the index exists."""
        ...

    async def get(self, name: str, document_id: str) -> Hit | None:
        """Return the newest version of a document of an index or alias, refreshed or not. Raises: NoAudience."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class Index(OpenIndex, Protocol):
    """An index that documents are written to."""

    async def ensure(self, name: IndexName, exposed: bool = True, readable: bool = True) -> None:
        """Create the index; where it is `exposed`, with its audience's alias.

        The alias of an existing index is left as it is; fields and settings of this release are added. Returns when the
        index can be written to and, if `readable`, searched. Raises: Configuration when the index has another type for
        a field, or this audience or internal is read in another generation; Denied.
        """
        ...

    async def bulk(self, operations: Sequence[bytes]) -> list[Answer]:
        """Execute operations (`operations.Entry.operation`) and return their outcomes, in order.

        An operation that makes the whole request invalid is isolated and gets its own outcome. Raises: Transient,
        Denied, Fatal.
        """
        ...

    async def refresh(self, names: Iterable[str]) -> None:
        """Make everything written before this call visible to `count`, `search` and `pages`.

        Without it a request sees what was written at least a second before, on an idle index, or a second and a
        refresh before, on an index that is read all the time.
        """
        ...

    async def written(self) -> dict[str, int]:
        """Return index name -> sequence number of its last write, which rises with every write."""
        ...

    async def count(self, name: str) -> int:
        """Return the number of documents of an index or alias, tombstones included. Raises: NoAudience."""
        ...

    async def healthy(self) -> bool:
        """Return whether the index answers and has all its primary shards; never raises."""
        ...


class ReadableIndex(OpenIndex, Protocol):
    """An index that accepts Elasticsearch's query language."""

    async def search(self, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the response to a search. Raises: NoAudience, Fatal when the query is rejected."""
        ...

    def pages(self, name: str, body: Mapping[str, Any], size: int) -> AsyncGenerator[list[Hit], None]:
        """Yield all hits of a query at one point in time, this number of them per page, in the order of `body["sort"]`.

        Raises: NoAudience.
        """
        ...


class SearchableIndex(Index, ReadableIndex, Protocol):
    """An index that is written to and searched."""

    async def histories(self) -> dict[str, History]:
        """Return the history of each shard of all indices, by index name and shard number."""
        ...

    async def expunge(self) -> None:
        """Erase overwritten and deleted documents from disk, except retained history, and return when that is done."""
        ...
