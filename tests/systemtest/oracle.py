"""What the pure stages make of what was published: reports, the registry's rows and adjudications.

They run on what the topics hold, in one batch each; the order in which anything came changes nothing. What is ordered
of single reports is taken from its topic, with the purges that took effect.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson

from producers.delivery import agency_registry
from producers.delivery.kafka import Admin
from schemas.agreements.report_orders import ReportOrderRegister
from schemas.records import codec
from schemas.records.incident import TOMBSTONE_STATES
from schemas.records.kafka_record import Record
from schemas.runtime.audience_key import master_key
from schemas.runtime.kafka import read_back, topic_partitions
from schemas.runtime.settings import Endpoints, Settings
from schemas.topics import ADJUDICATIONS, INCIDENTS, PURGES, RELEASED_INCIDENTS, agency_of
from streams import intake, release, resolve
from streams.evaluation import topic_history
from streams.incidents import incident_record
from tests.streams.fakes import MemoryState, Runner, as_records

Documents = dict[str, dict[str, dict[str, Any]]]
"""Audience -> id -> source."""


def records(kafka: str, start: Mapping[tuple[str, int], int]) -> list[Record]:
    """Read every committed record of these partitions from these offsets on."""

    async def read() -> list[Record]:
        found: list[Record] = []
        async for some, _ in read_back(kafka, start):
            found += some
        return found

    return asyncio.run(read())


def of_topics(kafka: str, matches: Callable[[str], bool]) -> list[Record]:
    """Read every committed record of these topics."""
    return records(kafka, dict.fromkeys(asyncio.run(topic_partitions(kafka, matches)), 0))


def published(kafka: str, prefix: str) -> list[Record]:
    """Every record on these agencies' topics that can be read."""
    found = of_topics(kafka, lambda topic: agency_of(topic).startswith(f"{prefix}_"))
    return [record for record in found if not record.damage]


def words(kafka: str, prefix: str) -> list[Record]:
    """What persons said about these agencies' reports."""
    found = of_topics(kafka, ADJUDICATIONS.name.__eq__)
    return [record for record in found if (record.key or b"").startswith(f'["{prefix}_'.encode())]


def custody(kafka: str) -> ReportOrderRegister:
    """What is ordered of single reports."""
    return asyncio.run(topic_history.report_orders(kafka))


def ordered(kafka: str, prefix: str) -> list[Record]:
    """What was ordered of these agencies' reports."""
    found = of_topics(kafka, PURGES.name.__eq__)
    return [record for record in found if f":{prefix}_".encode() in (record.key or b"")]


def resolved(kafka: str, prefix: str) -> Runner:
    """Resolve after all that was published, said and ordered."""
    with Admin(kafka) as admin:
        rows = agency_registry.load_rows(admin)
    enriched = intake.stage(rows.get, 1).process(published(kafka, prefix), MemoryState(), 2**41)
    runner = Runner(resolve.stage(1, report_orders=custody(kafka)))
    if orders := ordered(kafka, prefix):
        runner(orders)
    runner(as_records(enriched.outputs))
    if said := words(kafka, prefix):
        runner(said)
    return runner


def living(values: Iterable[bytes]) -> dict[str, Any]:
    """Tell each incident as it must be whatever way led to it: state, reports with versions, verdicts."""
    found: dict[str, Any] = {}
    for incident in (incident_record.trusted(value) for value in values):
        if incident["state"] not in TOMBSTONE_STATES:
            members = [(member["report_id"], member["version"]) for member in incident["members"]]
            pairs = [(one["left"], one["right"], one["verdict"], one["decided_by"]) for one in incident["decisions"]]
            found[incident["incident_id"]] = (incident["state"], members, pairs)
    return found


def views(values: Iterable[bytes]) -> Documents:
    """Give the documents of the living views among released incidents."""
    found: Documents = {}
    for view in (codec.decode_trusted("released_incident", value) for value in values):
        if view["state"] not in TOMBSTONE_STATES:
            found.setdefault(view["audience"], {})[view["view_id"]] = orjson.loads(view["document"])
    return found


def incidents(services: Endpoints, prefix: str) -> dict[str, Any]:
    """The incidents that topic `incidents` must tell of these agencies."""
    return living(resolved(services.kafka, prefix).newest(INCIDENTS.name).values())


def expected(settings: Settings, services: Endpoints, prefix: str) -> Documents:
    """What each audience must find of these agencies."""
    releasing = Runner(release.stage(master_key(settings.home), 1, sealed=custody(services.kafka).sealed))
    releasing(as_records(resolved(services.kafka, prefix).topics[INCIDENTS.name]))
    return views(releasing.newest(RELEASED_INCIDENTS.name).values())
