"""Records that a person's order or decision makes, written to a real Kafka without the command that checks them."""

import asyncio

from schemas.runtime.topic_client import TopicClient
from tests.patience import patience


def write(kafka: str, topic: str, key: bytes, value: bytes, at: int) -> None:
    """Write one record of UTC milliseconds `at` to the Kafka at host:port `kafka`; returns when it is there."""

    async def written() -> None:
        client = TopicClient(kafka, patience(10))
        try:
            await client.write(topic, key, value, at)
        finally:
            await client.close()

    asyncio.run(written())
