"""The index on Elasticsearch; the only module that imports elasticsearch.

The client's errors become Transient (the same call may succeed later), Denied or Fatal. No message of Elasticsearch
leaves this module: messages quote values of documents and name indices of other audiences. Health comes from
`/_cluster/health`, since the embedded server answers 405 at `/`, which the client's `ping` and `info` request.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar, cast

from elasticsearch import ApiError, AsyncElasticsearch, TransportError
from elasticsearch import SerializationError as BadAnswer
from elasticsearch.serializer import OrjsonSerializer

from schemas.errors import Configuration, Denied, Fatal, PipelineError, Transient
from schemas.identity import INTERNAL
from sinks.index import mapping
from sinks.index.names import PATTERN, IndexName, alias, audience_indices, require_generation
from sinks.index.port import (
    DONE,
    NO_ADDRESS,
    PIT_KEEP_ALIVE,
    REQUEST_TIMEOUT_S,
    Answer,
    History,
    Hit,
    NoAudience,
    Outcome,
    classify,
    refusal,
)

# 40 bytes per operation; always requested, since `errors` alone would need a second request to learn which ones failed.
_BULK_FILTER = "errors,items.*.status,items.*.error.type"
_WRITES = "indices.*.shards.*.seq_no.max_seq_no"
_HISTORIES = f"{_WRITES},indices.*.shards.*.retention_leases.leases.retaining_seq_no"
EXPUNGE_TIMEOUT_S = 3_600.0
# The request line has at most 4096 bytes.
_ADDRESS_BYTES = 3500
_ALREADY_THERE = "resource_already_exists_exception"
# Errors of a whole request that a single operation can cause; any other error of a request is not an operation's.
_REQUEST_SPOILED = frozenset(
    {"action_request_validation_exception", "illegal_argument_exception", "x_content_parse_exception"}
)
_TOO_LARGE = 413

Value = TypeVar("Value")


def _error_type(exc: ApiError) -> str:
    body = exc.body
    error = body.get("error", "") if isinstance(body, dict) else ""
    return str(error.get("type", "") if isinstance(error, dict) else error)


def _refusal_of(exc: ApiError) -> PipelineError:
    """Return our error for an error response of Elasticsearch."""
    return refusal(exc.status_code, _error_type(exc))


async def _response(call: Awaitable[Value]) -> Value:
    try:
        return await call
    except ApiError as exc:
        raise _refusal_of(exc) from None
    except (TransportError, BadAnswer) as exc:
        raise Transient(f"Elasticsearch does not answer ({type(exc).__name__})") from None


def _address_batches(names: Iterable[str]) -> list[list[str]]:
    """Split index names into batches that fit into one request line each."""
    batches: list[list[str]] = []
    room = 0
    for name in names:
        # A comma is encoded as three bytes.
        room -= len(name) + 3
        if room < 0:
            batches.append([])
            room = _ADDRESS_BYTES - len(name) - 3
        batches[-1].append(name)
    return batches


class Elastic:
    """`SearchableIndex` on an Elasticsearch; `shards` and `replicas` apply to indices created from now on."""

    def __init__(self, url: str, shards: int = 1, replicas: int = 0) -> None:
        self._client = AsyncElasticsearch(
            url,
            serializer=OrjsonSerializer(),
            request_timeout=REQUEST_TIMEOUT_S,
            max_retries=0,
            retry_on_timeout=False,
        )
        self._template = mapping.template(shards, replicas)
        self._template_ready, self._template_lock = False, asyncio.Lock()

    async def ensure_template(self) -> None:
        """Put the template of all our indices, once per process; repeating it is harmless."""
        async with self._template_lock:
            if not self._template_ready:
                await _response(self._client.indices.put_index_template(name="incidents", **self._template))
                self._template_ready = True

    async def ensure(self, name: IndexName, exposed: bool = True, readable: bool = True) -> None:
        """See `sinks.index.port.Index`."""
        await self.ensure_template()
        existing = await self.indices(INTERNAL, name.audience)
        require_generation(existing, name.generation)
        if name in existing:
            await self._update(str(name))
        else:
            await self._create(name, exposed, readable)

    async def _create(self, name: IndexName, exposed: bool, readable: bool) -> None:
        # The template is stated here too: an Elasticsearch that was emptied meanwhile does not have it.
        # A write waits for the shard by itself. Waiting for the shard of one index before creating the next costs
        # 0.19 s of CPU per index, creating many concurrently 0.05 s (measured).
        response = await _response(
            self._client.options(ignore_status=400).indices.create(
                index=str(name),
                aliases={name.alias: {}} if exposed else {},
                wait_for_active_shards=1 if readable else 0,
                **self._template["template"],
            )
        )
        error = response.get("error", {}).get("type", _ALREADY_THERE)
        # Another worker was faster.
        if error != _ALREADY_THERE:
            raise Fatal(f"Elasticsearch rejected the creation of {name} ({error})")

    async def _update(self, index: str) -> None:
        """Add the fields and settings that an index of an earlier release lacks."""
        names = list(mapping.DYNAMIC_SETTINGS)
        request = self._client.indices.get_settings(index=index, name=names, flat_settings=True)
        before = (await _response(request)).get(index, {}).get("settings", {})
        settings = {key: to for key, to in mapping.DYNAMIC_SETTINGS.items() if before.get(key) != to}
        try:
            if settings:
                await _response(self._client.indices.put_settings(index=index, settings=settings))
            await _response(self._client.indices.put_mapping(index=index, **mapping.mapping()))
        except (NoAudience, Denied, Transient):
            raise
        except Fatal as exc:
            raise Configuration(f"{index} maps a field with another type: rebuild into the next generation") from exc

    async def indices(self, *audiences: str) -> dict[IndexName, bool]:
        """See `sinks.index.port.OpenIndex`."""
        patterns = [f"{alias(audience)}-g*" for audience in audiences] or [PATTERN]
        response = await _response(self._client.indices.get_alias(index=patterns))
        return audience_indices({name: index["aliases"] for name, index in response.items()}, audiences)

    async def hide(self, audience: str) -> None:
        """See `sinks.index.port.OpenIndex`."""
        removed = self._client.options(ignore_status=404).indices.delete_alias(index=PATTERN, name=alias(audience))
        await _response(removed)

    async def expose(self, name: IndexName) -> None:
        """See `sinks.index.port.OpenIndex`."""
        await _response(self._client.options(ignore_status=404).indices.put_alias(index=str(name), name=name.alias))

    async def bulk(self, operations: Sequence[bytes]) -> list[Answer]:
        """See `sinks.index.port.Index`."""
        try:
            # The client passes bytes through, although its types allow dictionaries only.
            response = await self._client.bulk(operations=cast(Any, operations), filter_path=_BULK_FILTER)
        except ApiError as exc:
            status, error = exc.status_code, _error_type(exc)
            if status != _TOO_LARGE and error not in _REQUEST_SPOILED:
                raise _refusal_of(exc) from None
            if len(operations) == 1:
                return [Answer(Outcome.BAD_RECORD, error or str(status))]
            middle = len(operations) // 2
            return [*await self.bulk(operations[:middle]), *await self.bulk(operations[middle:])]
        except (TransportError, BadAnswer) as exc:
            raise Transient(f"Elasticsearch does not answer ({type(exc).__name__})") from None
        if not response["errors"]:
            return [DONE] * len(operations)
        items = (item["index"] for item in response["items"])
        return [classify(item["status"], item.get("error", {}).get("type", "")) for item in items]

    async def refresh(self, names: Iterable[str]) -> None:
        """See `sinks.index.port.Index`."""
        for part in _address_batches(sorted(names)):
            await _response(self._client.indices.refresh(index=part, ignore_unavailable=True))

    async def written(self) -> dict[str, int]:
        """See `sinks.index.port.Index`."""
        stats = self._client.indices.stats(index=PATTERN, metric="docs", level="shards", filter_path=_WRITES)
        indices = (await _response(stats)).get("indices", {})
        return {
            name: sum(max(copy["seq_no"]["max_seq_no"] for copy in copies) for copies in index["shards"].values())
            for name, index in indices.items()
        }

    async def histories(self) -> dict[str, History]:
        """See `sinks.index.port.SearchableIndex`."""
        stats = self._client.indices.stats(index=PATTERN, metric="docs", level="shards", filter_path=_HISTORIES)
        histories: dict[str, History] = {}
        for name, index in (await _response(stats)).get("indices", {}).items():
            for shard, copies in index["shards"].items():
                leases = [lease["retaining_seq_no"] for copy in copies for lease in copy["retention_leases"]["leases"]]
                written = max(copy["seq_no"]["max_seq_no"] for copy in copies)
                histories[f"{name}/{shard}"] = History(written, min(leases, default=written + 1))
        return histories

    async def expunge(self) -> None:
        """See `sinks.index.port.SearchableIndex`."""
        patient = self._client.options(request_timeout=EXPUNGE_TIMEOUT_S).indices
        await _response(patient.forcemerge(index=PATTERN, only_expunge_deletes=True))
        await _response(patient.flush(index=PATTERN, force=True, wait_if_ongoing=True))

    async def get(self, name: str, document_id: str) -> Hit | None:
        """See `sinks.index.port.OpenIndex`."""
        if document_id in NO_ADDRESS:
            return None
        response = await _response(self._client.options(ignore_status=404).get(index=name, id=document_id))
        if "error" in response:
            raise NoAudience
        return Hit(response["_id"], response["_source"]) if response["found"] else None

    async def count(self, name: str) -> int:
        """See `sinks.index.port.Index`."""
        return int((await _response(self._client.count(index=name)))["count"])

    async def search(self, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """See `sinks.index.port.ReadableIndex`."""
        return dict(await _response(self._client.search(index=name, **body)))

    async def pages(self, name: str, body: Mapping[str, Any], size: int) -> AsyncGenerator[list[Hit], None]:
        """See `sinks.index.port.ReadableIndex`."""
        opened = await _response(self._client.open_point_in_time(index=name, keep_alive=PIT_KEEP_ALIVE))
        pit = {"id": opened["id"], "keep_alive": PIT_KEEP_ALIVE}
        after: dict[str, Any] = {}
        try:
            while True:
                page = {**body, "pit": pit, "size": size, "track_total_hits": False, **after}
                hits = (await _response(self._client.search(**page)))["hits"]["hits"]
                if hits:
                    yield [Hit(hit["_id"], hit.get("_source", {})) for hit in hits]
                if len(hits) < size:
                    return
                after = {"search_after": hits[-1]["sort"]}
        finally:
            with suppress(ApiError, TransportError):
                await self._client.close_point_in_time(id=opened["id"])

    async def healthy(self) -> bool:
        """See `sinks.index.port.Index`."""
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT_S):
                health = await self._client.cluster.health()
        except (ApiError, TransportError, BadAnswer, TimeoutError):
            return False
        return health["status"] in ("green", "yellow")

    async def close(self) -> None:
        """See `sinks.index.port.OpenIndex`."""
        await self._client.close()


async def query_once(url: str, query: Callable[[Elastic], Coroutine[Any, Any, Value]]) -> Value:
    """Return the result of one query to the Elasticsearch at `url`, over a connection of its own."""
    index = Elastic(url)
    try:
        return await query(index)
    finally:
        await index.close()
