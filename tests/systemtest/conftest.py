"""One pipeline for all system tests, on services that no other test writes to; each test has agencies of its own."""

from collections.abc import Iterator

import pytest

from tests.systemtest.pipeline import Pipeline, started


@pytest.fixture(scope="session")
def pipeline() -> Iterator[Pipeline]:
    with started("interagency-system-") as made:
        yield made
