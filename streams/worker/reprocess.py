"""What stands of a partition's input, to be run again once the stage's outputs rest on other ground."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from schemas.records.kafka_record import Record
from schemas.runtime.kafka import committed, standing
from streams.stage import PolicySnapshot

FINGERPRINT = b"\x00ground"
"""Where a store keeps on what the outputs of its partition rest."""


@dataclass(slots=True)
class Again:
    """Parts of what stands, on new ground; who takes newer records meanwhile puts their keys into `passed`."""

    ground: PolicySnapshot
    parts: AsyncGenerator[list[Record], None]
    passed: set[bytes | None] = field(default_factory=set)


async def begin(bootstrap: str, group: str, partition: tuple[str, int], ground: PolicySnapshot) -> Again:
    """Begin with what a group took of a (topic, partition) up to now; no batch may be under way. Raises: Transient."""
    passed = set[bytes | None]()
    end = await committed(bootstrap, group, partition)
    return Again(ground, standing(bootstrap, partition, end, passed), passed)


async def stop(again: Again | None) -> None:
    """Let go of what is not read to its end."""
    if again is not None:
        await again.parts.aclose()
