"""The orders on agreements, followed for as long as a worker lives; imports aiokafka, as `broker` does."""

import asyncio
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.errors import Transient
from schemas.orders import Orders
from schemas.topics import AGREEMENTS

READ_S = 30.0
_ORDERS = TopicPartition(AGREEMENTS.name, 0)


class OrderFeed:
    """`sinks.aliases.Feed` on the topic `agreements`."""

    def __init__(self, bootstrap: str) -> None:
        self.orders = Orders()
        self._bootstrap = bootstrap
        self._consumer: Any = None

    async def learn(self, seconds: float) -> None:
        """See `sinks.aliases.Feed`."""
        try:
            if self._consumer is None:
                await self._read_all()
            else:
                await self._take(seconds)
        except (KafkaError, TimeoutError) as exc:
            await self.stop()
            raise Transient(f"the orders cannot be read ({type(exc).__name__})") from exc

    async def _read_all(self) -> None:
        self.orders = Orders()
        self._consumer = AIOKafkaConsumer(bootstrap_servers=self._bootstrap, auto_offset_reset="earliest")
        await self._consumer.start()
        self._consumer.assign([_ORDERS])
        async with asyncio.timeout(READ_S):
            end = (await self._consumer.end_offsets([_ORDERS]))[_ORDERS]
            while await self._consumer.position(_ORDERS) < end:
                await self._take(1.0)

    async def _take(self, seconds: float) -> None:
        for record in (await self._consumer.getmany(_ORDERS, timeout_ms=int(seconds * 1000))).get(_ORDERS, ()):
            # What cannot be read closes what it is about.
            self.orders.take(record.key, record.value)

    async def stop(self) -> None:
        """Let go of the connection."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            with suppress(KafkaError):
                await consumer.stop()
