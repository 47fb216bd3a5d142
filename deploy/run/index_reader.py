"""A reader of the index that asks for reports while they are published: the shell around `freshness.Probe`."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import aclosing, contextmanager

from deploy.run.freshness import Probe
from producers.delivery.kafka import Admin
from schemas.errors import PipelineError, Transient
from schemas.runtime.clock import now_ms
from schemas.runtime.kafka_following import arriving
from schemas.runtime.settings import Endpoints
from schemas.topics import agency_of
from sinks.index.elastic import Elastic
from sinks.index.names import alias
from sinks.search.query import by_reports

ASK_EVERY_S = 0.5
LISTENING_S = 60.0
LAST_ANSWERS_S = 10.0
FIELDS = ["reports.report_id", "reports.published_at"]


class Reader:
    """Follows the agencies' topics from when it starts to listen, and asks the index twice a second for what is open.

    An audience is asked again when its last answer has come, and what the answer showed is not kept.
    """

    def __init__(self, services: Endpoints, probe: Probe) -> None:
        self._services, self.probe = services, probe
        self.listening, self._ending = threading.Event(), threading.Event()
        self.failed: PipelineError | None = None
        self._patience_s = LAST_ANSWERS_S

    def run(self) -> None:
        """Follow and ask until `end` was called and no question is open, or its patience is at its end."""
        try:
            asyncio.run(self._read())
        except PipelineError as exc:
            self.failed = exc
        finally:
            self.listening.set()

    def end(self, patience_s: float = LAST_ANSWERS_S) -> None:
        """Expect no further report, and wait at most so many seconds for the answers that are missing."""
        self._patience_s = patience_s
        self._ending.set()

    @property
    def ending(self) -> bool:
        """Tell whether `end` was called."""
        return self._ending.is_set()

    async def _read(self) -> None:
        index = Elastic(self._services.elasticsearch)
        try:
            following = asyncio.create_task(self._follow())
            asking = asyncio.create_task(self._ask(index))
            done, left = await asyncio.wait({following, asking}, return_when=asyncio.FIRST_COMPLETED)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
            for task in done:
                task.result()
        finally:
            await index.close()

    async def _follow(self) -> None:
        with Admin(self._services.kafka) as admin:
            known: set[str] = set()

            def ends() -> dict[tuple[str, int], int]:
                new = {name for name in admin.topic_names() if agency_of(name)} - known
                known.update(new)
                return admin.end_offsets(new)

            async with aclosing(arriving(self._services.kafka, ends)) as lists:  # type: ignore[type-var]
                async for records in lists:
                    self.listening.set()
                    for record in records:
                        source_id = (record.key or b"").decode("utf-8", "replace")
                        self.probe.publish(agency_of(record.topic), source_id, record.timestamp)

    async def _ask(self, index: Elastic) -> None:
        waiting: dict[str, asyncio.Task[None]] = {}
        ended: float | None = None
        while True:
            waiting = {audience: task for audience, task in waiting.items() if not task.done()}
            open_ = self.probe.open()
            if self._ending.is_set():
                ended = ended or time.monotonic()
                if not open_ or time.monotonic() - ended > self._patience_s:
                    break
            for audience, names in open_.items():
                if audience not in waiting:
                    waiting[audience] = asyncio.create_task(self._find(index, audience, names))
            await asyncio.sleep(ASK_EVERY_S)
        for task in waiting.values():
            task.cancel()

    async def _find(self, index: Elastic, audience: str, names: list[str]) -> None:
        try:
            answer = await index.search(alias(audience), by_reports(names, FIELDS))
        except PipelineError:
            # No audience yet, or no answer now: it is asked again.
            return
        reports = (report for hit in answer["hits"]["hits"] for report in hit["_source"]["reports"])
        self.probe.find(audience, {one["report_id"]: one["published_at"] for one in reports}, now_ms())


@contextmanager
def reading(services: Endpoints, probe: Probe) -> Iterator[Reader]:
    """Ask for reports that are published while the block lasts. Raises: Transient when it cannot listen."""
    reader = Reader(services, probe)
    thread = threading.Thread(target=reader.run, name="reader", daemon=True)
    thread.start()
    if not reader.listening.wait(LISTENING_S) or reader.failed is not None:
        raise Transient(f"the agencies' topics cannot be followed: {reader.failed or 'no answer'}")
    try:
        yield reader
        reader.end()
    finally:
        if not reader.ending:
            reader.end(0.0)
        thread.join()
