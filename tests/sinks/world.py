"""A session of the use cases of readers on an index, a log, topics and a clock in memory."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from producers.delivery.memory import MemoryKafka
from schemas.agencies import BUNDLED
from schemas.agreements.register import AgreementRegister
from schemas.agreements.report_orders import ReportOrderRegister
from schemas.records import codec
from schemas.runtime.settings import Endpoints, Settings
from schemas.topics import (
    ADJUDICATIONS,
    AGENCIES,
    AGREEMENTS,
    COUNCIL_REPORTS,
    DISSEMINATION,
    DISSEMINATION_ANCHORS,
    EXPOSURES,
    INQUIRY_REQUESTS,
    INQUIRY_RESPONSES,
    PURGES,
)
from sinks.access.session import AccessSession
from sinks.index.memory import Memory
from sinks.search.facets import FACETS
from sinks.search.query import all_incidents
from tests.sinks.fakes import MemoryLog, MemoryTopics
from tests.sinks.joined import AT

TOPICS = (ADJUDICATIONS, AGENCIES, AGREEMENTS, COUNCIL_REPORTS, DISSEMINATION, DISSEMINATION_ANCHORS, EXPOSURES,
          INQUIRY_REQUESTS, INQUIRY_RESPONSES, PURGES)  # fmt: skip
NOW = AT + 86_400_000
"""A day after the incident of `joined`."""


class Searchable(Memory):
    """The index in memory, which does not rank or count: a search returns all documents."""

    async def search(self, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        if "aggs" not in body:
            return await super().search(name, body)
        hits = [hit async for page in self.pages(name, all_incidents(True), 10) for hit in page]
        documents = [{"_id": hit.id, "_source": hit.source} for hit in hits]
        counts = {facet: {"buckets": list[Any]()} for facet in FACETS}
        return {"hits": {"total": {"value": len(documents)}, "hits": documents}, "aggregations": counts}


class World:
    """A session and what it works with; the clock shows `now`, UTC milliseconds, until a test sets it."""

    def __init__(self, home: Path, role: str = "") -> None:
        self.index, self.log, self.now = Searchable(), MemoryLog(), NOW
        self.kafka = MemoryKafka(topics={topic.name: [[]] for topic in TOPICS})
        self.orders, self.report_orders = AgreementRegister(), ReportOrderRegister()
        settings, services = Settings(home=home, role=role), Endpoints("nowhere", "nowhere", "nowhere")
        self.topics = MemoryTopics(self.kafka)
        self.session = AccessSession(
            settings, services, self.index, self.log, self.topics, self._read_orders, lambda: self.now
        )

    async def _read_orders(self) -> tuple[AgreementRegister, ReportOrderRegister]:
        return self.orders, self.report_orders

    def put(self, topic: str, key: str, schema: str, record: Any) -> None:
        """Write a record to a topic."""
        self.kafka.send(topic, key.encode(), codec.encode(schema, record))

    def register_agencies(self) -> None:
        """Write the bundled rows to the agency registry."""
        for name, row in BUNDLED.items():
            self.put(AGENCIES.name, name, "agency", row)
