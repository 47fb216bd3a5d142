"""The world in memory in which the use cases of readers run."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.sinks.joined import ALONE, DOCUMENT, fill
from tests.sinks.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A world whose internal audience sees the two incidents of `joined`."""
    world = World(tmp_path)
    await fill(world.index, {"i1": DOCUMENT, "i2": ALONE}, "internal")
    async with world.session:
        yield world
    assert world.kafka.closed
