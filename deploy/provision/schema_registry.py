"""The schema registry, by Confluent's API: only `init` talks to it, workers and producers need it at no time.

Plain HTTP with one connection: python-schema-registry-client makes a client, and a TLS context, for each request
(measured: 35 s of CPU for the 26 subjects of `init`). Every request is repeated while the registry is slow, resets or
restarts: each may be sent twice without harm.
"""

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpx

from deploy.provision.retries import patiently
from schemas.errors import Configuration, Transient
from schemas.records import codec

COMPATIBILITY = "FULL_TRANSITIVE"
_PATH = "/apis/ccompat/v7"
_AT_ONCE = 4
_TIMEOUT_S = 20.0
_LATER = frozenset({408, 429})


def register(url: str, subjects: Iterable[tuple[str, str]]) -> int:
    """Register every released schema under its subjects, (subject, schema name), and fix the compatibility of each.

    Every released version is registered in the order of its id first, so that a registry of our own gives the ids that
    the package carries. Returns the number of subjects.
    Raises: Configuration when the registry gives another id or refuses a schema; Transient when it does not answer.
    """
    wanted = list(subjects)
    first = {name: subject for subject, name in reversed(wanted)}
    with _client(url) as client:
        for row in codec.released().values():
            if row.name in first:
                _register(client, first[row.name], row)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(lambda pair: _settle(client, *pair), wanted))
    return len(wanted)


def compatibility(url: str, subject: str) -> str:
    """Ask the compatibility level of a subject. Raises: Transient."""
    with _client(url) as client:
        return str(_ask(client, "GET", f"/config/{subject}").get("compatibilityLevel"))


def _client(url: str) -> httpx.Client:
    # Loopback or a private network: the registry has no certificate to check in this release.
    return httpx.Client(base_url=url + _PATH, timeout=_TIMEOUT_S, verify=not url.startswith("http:"), trust_env=False)


def _settle(client: httpx.Client, subject: str, name: str) -> None:
    for row in codec.released().values():
        if row.name == name:
            _register(client, subject, row)
    _ask(client, "PUT", f"/config/{subject}", {"compatibility": COMPATIBILITY})


def _register(client: httpx.Client, subject: str, row: codec.Released) -> None:
    given = _ask(client, "POST", f"/subjects/{subject}/versions", {"schema": row.text}).get("id")
    if given != row.schema_id:
        raise Configuration(
            f"the registry gives {row.name} version {row.version} the id {given}, the package carries {row.schema_id}: "
            "use a registry of its own for interagency"
        )


def _ask(client: httpx.Client, method: str, path: str, body: dict[str, str] | None = None) -> dict[str, Any]:
    return patiently("registry", partial(_request, client, method, path, body))


def _request(client: httpx.Client, method: str, path: str, body: dict[str, str] | None) -> dict[str, Any]:
    try:
        answer = client.request(
            method,
            path,
            content=None if body is None else json.dumps(body),
            headers={"Content-Type": "application/vnd.schemaregistry.v1+json"},
        )
    except httpx.UnsupportedProtocol as exc:
        raise Configuration(f"{client.base_url} is no URL of a schema registry") from exc
    except httpx.HTTPError as exc:
        raise Transient(f"the schema registry does not answer ({type(exc).__name__})") from exc
    if answer.status_code >= 500 or answer.status_code in _LATER:
        raise Transient(f"the schema registry cannot do this now ({answer.status_code})")
    if answer.status_code >= 400:
        raise Configuration(f"the schema registry refuses {path} ({answer.status_code})")
    try:
        found = answer.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Transient(f"the schema registry answers {path} with what is no JSON object")
    return found
