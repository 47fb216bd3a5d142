"""Create the index of each audience as soon as the audience is known, so that no write has to wait for it.

Aliases follow the agreements: when one ends, its audiences lose their aliases, retried as often as needed.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing

from schemas.errors import PipelineError, Transient
from schemas.records.rejection import KafkaRecord
from schemas.runtime import telemetry
from schemas.runtime.backoff import pause_s
from sinks.index.names import IndexName
from sinks.index.port import Index
from sinks.indexing.audiences import Audiences, is_agreement_audience

Following = Callable[[], AsyncIterator[tuple[Sequence[KafkaRecord], bool]]]
"""Yields the records of `Audiences.TOPICS`, from their beginning and then as they come; see `following.follow`."""
AGAIN_S = 60.0
"""Seconds after which the aliases are compared again, in case somebody else changed them."""
AT_ONCE = 8
"""Indices that are created concurrently: of the client's ten connections some are left for writes."""
_log = telemetry.logger(__name__)


class Provision:
    """The indices of `generation`, each created once by this process; `created` counts them.

    `clock` returns UTC seconds.
    """

    def __init__(
        self,
        index: Index,
        generation: int,
        follow: Following,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._index, self._generation, self._follow = index, generation, follow
        self._clock, self._sleep = clock, sleep
        self._known = Audiences()
        self._learned = False
        self._ready: set[str] = set()
        self._settled: frozenset[str] | None = None
        self._settled_at = 0.0
        self._making: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._room = asyncio.Semaphore(AT_ONCE)
        self.created = 0

    async def ensure(self, name: IndexName) -> None:
        """Create the index unless this process did: for a write to an audience that is not known yet.

        The audience of an agreement is not exposed before the agreement is known to be in force. Raises: as
        `Index.ensure`.
        """
        if str(name) in self._ready:
            return
        async with self._making[str(name)]:
            if str(name) in self._ready:
                return
            exposed = name.audience in self._open() or not is_agreement_audience(name.audience)
            async with self._room:
                await self._index.ensure(name, exposed, readable=False)
            self._ready.add(str(name))
            self.created += 1

    def forget(self, name: str) -> None:
        """Note that an index is missing: the next `ensure` creates it again."""
        self._ready.discard(name)
        self._settled = None

    async def run(self) -> None:
        """Follow the audiences, and create, expose and hide indices accordingly; runs until cancelled."""
        attempt = 0
        while True:
            learned = Audiences()
            try:
                async with aclosing(self._follow()) as lists:  # type: ignore[type-var]
                    async for records, whole in lists:
                        for record in records:
                            learned.apply_record(record.topic, record.key, record.value)
                        if whole:
                            self._known, self._learned = learned, True
                            await self._settle()
                            attempt = 0
            except Transient as exc:
                _log.warning("audiences_trouble", error=str(exc), attempt=attempt + 1, seconds=pause_s(attempt))
            await self._sleep(pause_s(attempt))
            attempt += 1

    def _open(self) -> frozenset[str]:
        return self._known.open(int(self._clock() * 1000)) if self._learned else frozenset()

    async def _settle(self) -> None:
        """Create missing indices, expose open audiences and hide the others; failures are retried at the next batch."""
        wanted, now = self._open(), self._clock()
        if wanted == self._settled and now < self._settled_at + AGAIN_S:
            return
        self._settled = None
        existing = await self._index.indices()
        exposed = {name.audience for name, read in existing.items() if read}
        closing = [self._hide(audience) for audience in filter(is_agreement_audience, exposed - wanted)]
        opening = [
            self._open_index(name, name in existing and audience not in exposed)
            for audience in sorted(wanted)
            for name in [IndexName(audience, self._generation)]
        ]
        for failed in await asyncio.gather(*closing, *opening, return_exceptions=True):
            if isinstance(failed, PipelineError):
                raise Transient(str(failed)) from failed
            if failed is not None:
                raise failed
        self._settled, self._settled_at = wanted, now

    async def _hide(self, audience: str) -> None:
        await self._index.hide(audience)
        _log.info("audience_hidden", audience=audience)

    async def _open_index(self, name: IndexName, hidden: bool) -> None:
        await self.ensure(name)
        if hidden and is_agreement_audience(name.audience):
            await self._index.expose(name)
            _log.info("audience_exposed", audience=name.audience)
