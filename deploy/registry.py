"""The schema registry: the only module that imports its client. Workers and producers need it at no time but this."""

import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import httpx
from schema_registry.client import SchemaRegistryClient
from schema_registry.client.errors import ClientError
from schema_registry.client.schema import AvroSchema

from schemas import wire
from schemas.errors import Configuration, Transient

COMPATIBILITY = "FULL_TRANSITIVE"
_PATH = "/apis/ccompat/v7"
_AT_ONCE = 8

logging.getLogger("httpx").setLevel(logging.WARNING)


def register(url: str, subjects: Iterable[tuple[str, str]]) -> int:
    """Register every released schema under its subjects, (subject, schema name), and fix the compatibility of each.

    Every released version is registered in the order of its id first, so that a registry of our own gives the ids that
    the package carries. Returns the number of subjects.
    Raises: Configuration when the registry gives another id or refuses a schema; Transient when it does not answer.
    """
    client = SchemaRegistryClient(url=url + _PATH)
    wanted = list(subjects)
    first = {name: subject for subject, name in reversed(wanted)}
    try:
        for row in wire.released().values():
            if row.name in first:
                _register(client, first[row.name], row)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(lambda pair: _settle(client, *pair), wanted))
    except ClientError as exc:
        raise Configuration(f"the registry refuses: {exc.message}") from exc
    except httpx.HTTPError as exc:
        raise Transient(f"the registry at {url} does not answer ({type(exc).__name__})") from exc
    return len(wanted)


def _settle(client: SchemaRegistryClient, subject: str, name: str) -> None:
    for row in wire.released().values():
        if row.name == name:
            _register(client, subject, row)
    client.update_compatibility(COMPATIBILITY, subject=subject)


def _register(client: SchemaRegistryClient, subject: str, row: wire.Released) -> None:
    given = client.register(subject, AvroSchema(row.text))
    if given != row.schema_id:
        raise Configuration(
            f"the registry gives {row.name} version {row.version} the id {given}, the package carries {row.schema_id}: "
            "use a registry of its own for interagency"
        )


def compatibility(url: str, subject: str) -> str:
    """Ask the compatibility level of a subject."""
    return str(SchemaRegistryClient(url=url + _PATH).get_compatibility(subject))
