"""The index for commands that read: a few requests over the standard library's HTTP client.

The client of `elastic.py` takes longer to import than a whole reading takes here (0.7 of 2.0 s of CPU, measured). As
there, no message of Elasticsearch leaves this module. Requests block: the command has nothing else to do meanwhile, and
Ctrl-C ends it at once.
"""

from base64 import b64encode
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import orjson

from schemas.errors import PipelineError, Transient
from sinks.index.names import PATTERN, IndexName, alias, audience_indices
from sinks.index.port import (
    INDEX_MISSING,
    NO_ADDRESS,
    PIT_KEEP_ALIVE,
    REQUEST_TIMEOUT_S,
    Hit,
    NoAudience,
    refusal,
)


def _error_type(body: Any) -> str:
    error = body.get("error", "") if isinstance(body, dict) else ""
    return str(error.get("type", "") if isinstance(error, dict) else error)


class ElasticReader:
    """`sinks.index.port.ReadableIndex` on an Elasticsearch; one request at a time."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._connection = connect(parts.hostname or "", parts.port, timeout=REQUEST_TIMEOUT_S)
        self._base = parts.path.rstrip("/")
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if parts.username is not None:
            login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            self._headers["Authorization"] = "Basic " + b64encode(login.encode()).decode()

    def _request(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> tuple[int, Any]:
        """Send one request, and return HTTP status and body. Raises: Transient."""
        try:
            self._connection.request(method, self._base + path, orjson.dumps(body) if body else None, self._headers)
            response = self._connection.getresponse()
            data = response.read()
            return response.status, orjson.loads(data) if data else {}
        except (OSError, HTTPException, orjson.JSONDecodeError) as exc:
            self._connection.close()
            raise Transient(f"Elasticsearch does not answer ({type(exc).__name__})") from None

    def _answer(self, method: str, path: str, body: Mapping[str, Any] | None = None, absent: bool = False) -> Any:
        """Return the body of the response; of a 404 too if `absent` is allowed. Raises: as `refusal`."""
        status, answer = self._request(method, path, body)
        if status < 300 or (absent and status == 404):
            return answer
        raise refusal(status, _error_type(answer))

    async def indices(self, *audiences: str) -> dict[IndexName, bool]:
        """See `sinks.index.port.OpenIndex`."""
        patterns = ",".join(f"{alias(audience)}-g*" for audience in audiences) or PATTERN
        answer = self._answer("GET", f"/{patterns}/_alias")
        return audience_indices({name: index["aliases"] for name, index in answer.items()}, audiences)

    async def hide(self, audience: str) -> None:
        """See `sinks.index.port.OpenIndex`."""
        self._answer("DELETE", f"/{PATTERN}/_alias/{alias(audience)}", absent=True)

    async def expose(self, name: IndexName) -> None:
        """See `sinks.index.port.OpenIndex`."""
        self._answer("PUT", f"/{name}/_alias/{name.alias}", absent=True)

    async def get(self, name: str, document_id: str) -> Hit | None:
        """See `sinks.index.port.OpenIndex`."""
        if document_id in NO_ADDRESS:
            return None
        answer = self._answer("GET", f"/{name}/_doc/{quote(document_id, safe='')}", absent=True)
        if _error_type(answer) == INDEX_MISSING:
            raise NoAudience
        return Hit(answer["_id"], answer["_source"]) if answer["found"] else None

    async def search(self, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """See `sinks.index.port.ReadableIndex`."""
        return dict(self._answer("POST", f"/{name}/_search", body))

    async def pages(self, name: str, body: Mapping[str, Any], size: int) -> AsyncGenerator[list[Hit], None]:
        """See `sinks.index.port.ReadableIndex`."""
        opened = self._answer("POST", f"/{name}/_pit?keep_alive={PIT_KEEP_ALIVE}")["id"]
        page = {**body, "pit": {"id": opened, "keep_alive": PIT_KEEP_ALIVE}, "size": size, "track_total_hits": False}
        try:
            while True:
                hits = self._answer("POST", "/_search", page)["hits"]["hits"]
                if hits:
                    yield [Hit(hit["_id"], hit.get("_source", {})) for hit in hits]
                if len(hits) < size:
                    return
                page["search_after"] = hits[-1]["sort"]
        finally:
            with suppress(PipelineError):
                self._answer("DELETE", "/_pit", {"id": opened})

    async def close(self) -> None:
        """See `sinks.index.port.OpenIndex`."""
        self._connection.close()
