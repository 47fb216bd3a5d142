"""The index in memory: the behavior of Elasticsearch that sink and readers rely on, for tests without services.

It supports the part of the query language that `search.by_report` and `search.every` use, and rejects anything else.
"""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from schemas.errors import Fatal
from schemas.identity import INTERNAL
from schemas.search_document import FIELDS
from sinks.index.names import IndexName, alias, audience_indices, require_generation
from sinks.index.operations import MAX_ID_BYTES
from sinks.index.port import (
    DONE,
    INDEX_MISSING,
    NO_ADDRESS,
    Answer,
    History,
    Hit,
    NoAudience,
    Outcome,
    classify,
)


@dataclass(slots=True)
class _Stored:
    version: int
    source: dict[str, Any]


@dataclass(slots=True)
class _Documents:
    """The documents of one index and its number of writes; `blocked` as by the flood-stage watermark of a full disk."""

    written: dict[str, _Stored] = field(default_factory=dict)
    writes: int = 0
    blocked: bool = False


def _mapping_error(document: bytes) -> str:
    try:
        source = orjson.loads(document)
    except orjson.JSONDecodeError:
        return "document_parsing_exception"
    if not isinstance(source, dict):
        return "document_parsing_exception"
    return "strict_dynamic_mapping_exception" if set(source) - set(FIELDS) else ""


def _matches(source: Mapping[str, Any], condition: Mapping[str, Any]) -> bool:
    """Return whether a document matches a filter: `term`, `terms` or `exists`."""
    ((kind, clause),) = condition.items()
    ((field_, value),) = clause.items()
    if kind == "exists":
        return bool(source.get(value, []))
    if kind not in ("term", "terms"):
        raise Fatal(f"the index in memory does not support {kind}")
    stored = source.get(field_, [])
    wanted = value if kind == "terms" else [value]
    return bool(set(stored if isinstance(stored, list) else [stored]) & set(wanted))


def _first_report(hit: Hit) -> bytes:
    return min((str(name).encode() for name in hit.source.get("report_ids", [])), default=b"")


class Memory:
    """`sinks.index.port.SearchableIndex` in a dictionary."""

    def __init__(self) -> None:
        self._indices: dict[str, _Documents] = {}
        self._aliases: dict[str, str] = {}

    def block(self, name: str, blocked: bool) -> None:
        """Reject writes to an index as with a full disk, or accept them again."""
        self._documents(name).blocked = blocked

    def _documents(self, name: str) -> _Documents:
        try:
            return self._indices[self._aliases.get(name, name)]
        except KeyError:
            raise NoAudience from None

    async def ensure(self, name: IndexName, exposed: bool = True, readable: bool = True) -> None:
        """See `sinks.index.port.Index`."""
        require_generation(await self.indices(INTERNAL, name.audience), name.generation)
        if str(name) not in self._indices:
            self._indices[str(name)] = _Documents()
            if exposed:
                self._aliases.setdefault(name.alias, str(name))

    async def indices(self, *audiences: str) -> dict[IndexName, bool]:
        """See `sinks.index.port.OpenIndex`."""
        return audience_indices(
            {n: [a for a, of in self._aliases.items() if of == n] for n in self._indices}, audiences
        )

    async def hide(self, audience: str) -> None:
        """See `sinks.index.port.OpenIndex`."""
        self._aliases.pop(alias(audience), None)

    async def expose(self, name: IndexName) -> None:
        """See `sinks.index.port.OpenIndex`."""
        if str(name) in self._indices:
            self._aliases[name.alias] = str(name)

    async def bulk(self, operations: Sequence[bytes]) -> list[Answer]:
        """See `sinks.index.port.Index`."""
        return [self._write(operation) for operation in operations]

    def _write(self, operation: bytes) -> Answer:
        action, _, rest = operation.partition(b"\n")
        document, _, more = rest.partition(b"\n")
        target = orjson.loads(action)["index"]
        if more or len(target["_id"].encode()) > MAX_ID_BYTES or target["version"] < 0:
            return Answer(Outcome.BAD_RECORD, "action_request_validation_exception")
        if target["_index"] not in self._indices:
            return classify(404, INDEX_MISSING)
        documents = self._indices[target["_index"]]
        if documents.blocked:
            return classify(429, "cluster_block_exception")
        error = _mapping_error(document)
        if error:
            return classify(400, error)
        stored = documents.written.get(target["_id"])
        if stored is not None and stored.version >= target["version"]:
            return classify(409, "version_conflict_engine_exception")
        documents.written[target["_id"]] = _Stored(target["version"], orjson.loads(document))
        documents.writes += 1
        return DONE

    async def refresh(self, names: Iterable[str]) -> None:
        """See `sinks.index.port.Index`; here writes are visible at once."""

    async def written(self) -> dict[str, int]:
        """See `sinks.index.port.Index`."""
        return {name: documents.writes for name, documents in self._indices.items()}

    async def histories(self) -> dict[str, History]:
        """See `sinks.index.port.SearchableIndex`; no history is retained here."""
        return {name: History(writes - 1, writes) for name, writes in (await self.written()).items()}

    async def expunge(self) -> None:
        """See `sinks.index.port.SearchableIndex`; overwritten documents are gone at once."""

    async def get(self, name: str, document_id: str) -> Hit | None:
        """See `sinks.index.port.OpenIndex`."""
        stored = self._documents(name).written.get(document_id)
        return None if stored is None or document_id in NO_ADDRESS else Hit(document_id, stored.source)

    async def count(self, name: str) -> int:
        """See `sinks.index.port.Index`."""
        return len(self._documents(name).written)

    async def search(self, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """See `sinks.index.port.ReadableIndex`."""
        matching = self._hits(name, body)
        hits = [{"_id": hit.id, "_source": hit.source} for hit in matching[: body["size"]]]
        return {"hits": {"total": {"value": len(matching)}, "hits": hits}}

    async def pages(self, name: str, body: Mapping[str, Any], size: int) -> AsyncGenerator[list[Hit], None]:
        """See `sinks.index.port.ReadableIndex`; always with the whole source."""
        hits = self._hits(name, body)
        for start in range(0, len(hits), size):
            yield hits[start : start + size]

    def _hits(self, name: str, body: Mapping[str, Any]) -> list[Hit]:
        sources = {name: stored.source for name, stored in self._documents(name).written.items()}
        ((kind, query),) = body["query"].items()
        if kind != "bool" or not {"filter"} <= set(query) <= {"filter", "must_not"} or "aggs" in body:
            raise Fatal("the index in memory does not support this query")
        matching = [
            Hit(name, source)
            for name, source in sources.items()
            if all(_matches(source, condition) for condition in query["filter"])
            and not any(_matches(source, condition) for condition in query.get("must_not", ()))
        ]
        return sorted(matching, key=_first_report)

    async def healthy(self) -> bool:
        """See `sinks.index.port.Index`."""
        return True

    async def close(self) -> None:
        """See `sinks.index.port.OpenIndex`."""
