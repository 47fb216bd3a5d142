"""Twenty orders of arrival of five thousand real-looking events: the same incidents with the same names."""

import random
from collections.abc import Sequence
from typing import Any

import pytest

from schemas.records.kafka_record import Record
from schemas.topics import INCIDENTS
from streams import resolve
from streams.incidents import incident_record
from tests.streams.fakes import Runner
from tests.streams.feeds import enriched, published

EVENTS = 5_000


def incidents(records: Sequence[Record], seed: int) -> dict[str, Any]:
    """Living records by name, after batches of seeded sizes; without what tells the path: revision and departures."""
    runner, seeded, at = Runner(resolve.stage(1)), random.Random(seed), 0
    while at < len(records):
        size = seeded.choice((1, 7, 300, 2_000))
        runner(records[at : at + size])
        at += size
    read = (incident_record.trusted(value) for value in runner.newest(INCIDENTS.name).values())
    return {one["incident_id"]: (one["state"], one["members"], one["decisions"]) for one in read if one["members"]}


@pytest.fixture(scope="module")
def arrivals() -> list[Record]:
    return enriched(published(EVENTS))


@pytest.fixture(scope="module")
def in_order(arrivals: list[Record]) -> dict[str, Any]:
    found = incidents(arrivals, 0)
    assert sum(len(members) > 1 for _, members, _ in found.values()) > 100
    return found


@pytest.mark.parametrize("seed", range(20))
def test_the_order_of_arrival_changes_no_incident_and_no_name(
    arrivals: list[Record], in_order: dict[str, Any], seed: int
) -> None:
    shuffled = list(arrivals)
    random.Random(seed).shuffle(shuffled)

    assert incidents(shuffled, seed) == in_order
