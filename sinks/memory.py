"""The index in memory: the rules of the real one that the sink relies on, for tests without services."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from schemas.search_document import FIELDS
from sinks.document import LONGEST_ID_BYTES
from sinks.index import DONE, INDEX_MISSING, Answer, Hit, NoAudience, Outcome, classify
from sinks.versions import IndexName


@dataclass(slots=True)
class _Stored:
    version: int
    source: dict[str, Any]


@dataclass(slots=True)
class _Documents:
    """Of one index: what was written and what of it a search sees; `blocked` is the flood stage of a full disk."""

    written: dict[str, _Stored] = field(default_factory=dict)
    visible: frozenset[str] = frozenset()
    blocked: bool = False


def _unfit(document: bytes) -> str:
    try:
        source = orjson.loads(document)
    except orjson.JSONDecodeError:
        return "document_parsing_exception"
    if not isinstance(source, dict):
        return "document_parsing_exception"
    return "strict_dynamic_mapping_exception" if set(source) - set(FIELDS) else ""


class Memory:
    """`sinks.index.Index` in a dictionary."""

    def __init__(self) -> None:
        self._indices: dict[str, _Documents] = {}
        self._aliases: dict[str, str] = {}

    def block(self, name: str, blocked: bool) -> None:
        """Refuse writes to an index as a full disk does, or take them again."""
        self._found(name).blocked = blocked

    def _found(self, name: str) -> _Documents:
        try:
            return self._indices[self._aliases.get(name, name)]
        except KeyError:
            raise NoAudience from None

    async def ensure(self, name: IndexName) -> None:
        """See `sinks.index.Index`."""
        self._indices.setdefault(str(name), _Documents())
        self._aliases.setdefault(name.alias, str(name))

    async def bulk(self, operations: Sequence[bytes]) -> list[Answer]:
        """See `sinks.index.Index`."""
        return [self._write(operation) for operation in operations]

    def _write(self, operation: bytes) -> Answer:
        action, _, rest = operation.partition(b"\n")
        document, _, more = rest.partition(b"\n")
        told = orjson.loads(action)["index"]
        if more or len(told["_id"].encode()) > LONGEST_ID_BYTES or told["version"] < 0:
            return Answer(Outcome.BAD_RECORD, "action_request_validation_exception")
        if told["_index"] not in self._indices:
            return classify(404, INDEX_MISSING)
        documents = self._indices[told["_index"]]
        if documents.blocked:
            return classify(429, "cluster_block_exception")
        error = _unfit(document)
        if error:
            return classify(400, error)
        held = documents.written.get(told["_id"])
        if held is not None and held.version >= told["version"]:
            return classify(409, "version_conflict_engine_exception")
        documents.written[told["_id"]] = _Stored(told["version"], orjson.loads(document))
        return DONE

    async def refresh(self, names: Iterable[str]) -> None:
        """See `sinks.index.Index`."""
        for name in names:
            if name in self._indices:
                self._indices[name].visible = frozenset(self._indices[name].written)

    async def get(self, name: str, document_id: str) -> Hit | None:
        """See `sinks.index.Index`."""
        stored = self._found(name).written.get(document_id)
        return None if stored is None else Hit(document_id, stored.source)

    async def count(self, name: str) -> int:
        """See `sinks.index.Index`."""
        return len(self._found(name).visible)

    async def healthy(self) -> bool:
        """See `sinks.index.Index`."""
        return True

    async def close(self) -> None:
        """See `sinks.index.Index`."""
