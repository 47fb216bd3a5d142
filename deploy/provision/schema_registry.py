"""The schema registry, by Confluent's API: only `init` uses it, workers and producers never do.

Plain HTTP with one client: python-schema-registry-client creates a client, and a TLS context, for each request
(measured: 35 s of CPU for the 26 subjects of `init`). Every request is retried while the registry is slow, resets or
restarts; each is idempotent.
"""

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpx

from deploy.provision.retries import retry_transient
from schemas.errors import Configuration, Transient
from schemas.records import codec

COMPATIBILITY = "FULL_TRANSITIVE"
_PATH = "/apis/ccompat/v7"
_CONCURRENT = 4
_TIMEOUT_S = 20.0
_RETRIABLE = frozenset({408, 429})


def register(url: str, subjects: Iterable[tuple[str, str]]) -> int:
    """Register every released schema under its subjects, (subject, schema name), and their compatibility; count them.

    Released versions are registered in the order of their ids first, so that a registry of our own assigns the ids that
    the package uses.

    Raises: Configuration when the registry assigns another id or refuses a schema; Transient when it does not answer.
    """
    pairs = list(subjects)
    first = {name: subject for subject, name in reversed(pairs)}
    with _client(url) as client:
        for row in codec.released().values():
            if row.name in first:
                _register(client, first[row.name], row)
        with ThreadPoolExecutor(_CONCURRENT) as pool:
            list(pool.map(lambda pair: _register_subject(client, *pair), pairs))
    return len(pairs)


def compatibility(url: str, subject: str) -> str:
    """Return the compatibility level of a subject. Raises: Transient, Configuration."""
    with _client(url) as client:
        return str(_ask(client, "GET", f"/config/{subject}").get("compatibilityLevel"))


def _client(url: str) -> httpx.Client:
    # Loopback or a private network: without TLS the registry has no certificate to check.
    return httpx.Client(base_url=url + _PATH, timeout=_TIMEOUT_S, verify=not url.startswith("http:"), trust_env=False)


def _register_subject(client: httpx.Client, subject: str, name: str) -> None:
    for row in codec.released().values():
        if row.name == name:
            _register(client, subject, row)
    _ask(client, "PUT", f"/config/{subject}", {"compatibility": COMPATIBILITY})


def _register(client: httpx.Client, subject: str, row: codec.Released) -> None:
    assigned = _ask(client, "POST", f"/subjects/{subject}/versions", {"schema": row.text}).get("id")
    if assigned != row.schema_id:
        raise Configuration(
            f"the registry gives {row.name} version {row.version} the id {assigned}, not {row.schema_id}: "
            "use a separate registry for interagency"
        )


def _ask(client: httpx.Client, method: str, path: str, body: dict[str, str] | None = None) -> dict[str, Any]:
    return retry_transient("registry", partial(_request, client, method, path, body))


def _request(client: httpx.Client, method: str, path: str, body: dict[str, str] | None) -> dict[str, Any]:
    try:
        answer = client.request(
            method,
            path,
            content=None if body is None else json.dumps(body),
            headers={"Content-Type": "application/vnd.schemaregistry.v1+json"},
        )
    except httpx.UnsupportedProtocol as exc:
        raise Configuration(f"{client.base_url} is not the URL of a schema registry") from exc
    except httpx.HTTPError as exc:
        raise Transient(f"the schema registry does not answer ({type(exc).__name__})") from exc
    if answer.status_code >= 500 or answer.status_code in _RETRIABLE:
        raise Transient(f"the schema registry cannot do this now ({answer.status_code})")
    if answer.status_code >= 400:
        raise Configuration(f"the schema registry refuses {path} ({answer.status_code})")
    try:
        body_json = answer.json()
    except ValueError:
        body_json = None
    if not isinstance(body_json, dict):
        raise Transient(f"the schema registry does not answer {path} with a JSON object")
    return body_json
