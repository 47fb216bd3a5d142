"""Ask the index for reports while they are published: the shell around `freshness.FreshnessProbe`."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import aclosing, contextmanager

from deploy.provision.ports import RunAsync
from deploy.run.freshness import FreshnessProbe
from producers.delivery.kafka import Admin
from schemas.errors import PipelineError, Transient
from schemas.runtime.clock import now_ms
from schemas.runtime.kafka_following import arriving
from schemas.runtime.settings import Endpoints
from schemas.topics import agency_of
from sinks.index.elastic import Elastic
from sinks.index.names import alias
from sinks.search.query import by_reports

QUERY_EVERY_S = 0.5
FOLLOW_TIMEOUT_S = 60.0
LAST_ANSWERS_S = 10.0
FIELDS = ["reports.report_id", "reports.published_at"]


class ProbeReader:
    """Follow the agencies' topics, and query the index twice a second for the reports not found yet.

    Each audience has one query at a time; what the answers show is not kept.
    """

    def __init__(self, services: Endpoints, probe: FreshnessProbe) -> None:
        self._services, self.probe = services, probe
        self.following, self._ending = threading.Event(), threading.Event()
        self.error: PipelineError | None = None
        self._patience_s = LAST_ANSWERS_S

    def run(self, run_async: RunAsync) -> None:
        """Follow and query until `end` was called and every report was found, or its patience is over."""
        try:
            run_async(self._run())
        except PipelineError as exc:
            self.error = exc
        finally:
            self.following.set()

    def end(self, patience_s: float = LAST_ANSWERS_S) -> None:
        """Expect no further report; wait at most `patience_s` seconds for the missing ones."""
        self._patience_s = patience_s
        self._ending.set()

    @property
    def ending(self) -> bool:
        """Return whether `end` was called."""
        return self._ending.is_set()

    async def _run(self) -> None:
        index = Elastic(self._services.elasticsearch)
        try:
            tasks = {asyncio.create_task(self._follow()), asyncio.create_task(self._query(index))}
            done, running = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            for task in done:
                task.result()
        finally:
            await index.close()

    async def _follow(self) -> None:
        """Add every record of the agencies' topics to the probe, from their present ends on."""
        with Admin(self._services.kafka) as admin:
            known: set[str] = set()

            def ends() -> dict[tuple[str, int], int]:
                new = {name for name in admin.topic_names() if agency_of(name)} - known
                known.update(new)
                return admin.end_offsets(new)

            async with aclosing(arriving(self._services.kafka, ends)) as batches:  # type: ignore[type-var]
                async for records in batches:
                    self.following.set()
                    for record in records:
                        source_id = (record.key or b"").decode("utf-8", "replace")
                        self.probe.publish(agency_of(record.topic), source_id, record.timestamp)

    async def _query(self, index: Elastic) -> None:
        queries: dict[str, asyncio.Task[None]] = {}
        ended: float | None = None
        while True:
            queries = {audience: task for audience, task in queries.items() if not task.done()}
            pending = self.probe.open()
            if self._ending.is_set():
                ended = ended or time.monotonic()
                if not pending or time.monotonic() - ended > self._patience_s:
                    break
            for audience, names in pending.items():
                if audience not in queries:
                    queries[audience] = asyncio.create_task(self._find(index, audience, names))
            await asyncio.sleep(QUERY_EVERY_S)
        for task in queries.values():
            task.cancel()

    async def _find(self, index: Elastic, audience: str, names: list[str]) -> None:
        try:
            answer = await index.search(alias(audience), by_reports(names, FIELDS))
        except PipelineError:
            # The audience has no index yet, or Elasticsearch does not answer now: the next round asks again.
            return
        reports = (report for hit in answer["hits"]["hits"] for report in hit["_source"]["reports"])
        self.probe.find(audience, {report["report_id"]: report["published_at"] for report in reports}, now_ms())


@contextmanager
def probing(services: Endpoints, probe: FreshnessProbe, run_async: RunAsync) -> Iterator[ProbeReader]:
    """Ask for the reports published while the block lasts, in a thread. Raises: Transient when it cannot follow."""
    reader = ProbeReader(services, probe)
    thread = threading.Thread(target=reader.run, args=(run_async,), name="reader", daemon=True)
    thread.start()
    if not reader.following.wait(FOLLOW_TIMEOUT_S) or reader.error is not None:
        raise Transient(f"the agencies' topics cannot be followed: {reader.error or 'no answer'}")
    try:
        yield reader
        reader.end()
    finally:
        if not reader.ending:
            reader.end(0.0)
        thread.join()
