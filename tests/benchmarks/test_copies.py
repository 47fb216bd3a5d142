"""Degraded copies are the same whenever they are made, and degrade what they say."""

import gzip
import json
from io import BytesIO
from itertools import islice
from typing import Any

import pytest

from deploy.run.demo import BUNDLED_FEED
from producers.feeds import plain
from schemas.errors import Rejected
from tests.benchmarks.copies import ADDRESSES, KINDS, copied


@pytest.fixture(scope="module")
def events() -> list[dict[str, Any]]:
    with gzip.open(BUNDLED_FEED) as feed:
        return [json.loads(line) for line in islice(feed, 4_000)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_is_the_same_again_and_a_feed_still(kind: str, events: list[dict[str, Any]]) -> None:
    made = list(copied(kind, events))
    lines = b"".join(json.dumps(one).encode() + b"\n" for one in made)
    read = [values for _, values in plain.rows(BytesIO(lines))]

    assert made == list(copied(kind, events))
    assert [one["source_id"] for one in made] == [one["source_id"] for one in events]
    assert sum(isinstance(one, Rejected) for one in read) == 0


def test_three_of_ten_reports_lose_their_address_in_all_versions(events: list[dict[str, Any]]) -> None:
    lost: dict[tuple[str, str], set[bool]] = {}
    for before, after in zip(events, copied("addresses", events), strict=True):
        if before["address"]:
            lost.setdefault((before["agency"], before["source_id"]), set()).add(after["address"] is None)

    assert all(len(each) == 1 for each in lost.values())
    assert sum(True in each for each in lost.values()) / len(lost) == pytest.approx(ADDRESSES, abs=0.03)


def test_the_same_type_of_one_agency_becomes_the_same_unknown_word(events: list[dict[str, Any]]) -> None:
    became: dict[tuple[str, str], set[str]] = {}
    for before, after in zip(events, copied("types", events), strict=True):
        became.setdefault((before["agency"], before["type_text"]), set()).add(after["type_text"])

    assert all(len(each) == 1 for each in became.values())
    assert not {text for _, text in became} & {text for each in became.values() for text in each}


def test_days_and_cities_are_all_that_is_left(events: list[dict[str, Any]]) -> None:
    for after in copied("days", events):
        assert after["occurred_at"] is None or "T00:00:00" in after["occurred_at"]
        assert (after["address"], after["precision"], after["occurred_precision_s"]) == (None, "city", 86_400)


def test_noise_moves_times_and_places_and_loses_some(events: list[dict[str, Any]]) -> None:
    made = list(copied("noise", events))
    pairs = [(a, b) for a, b in zip(events, made, strict=True) if a["lat"] is not None]

    assert 0.04 < sum(b["lat"] is None for _, b in pairs) / len(pairs) < 0.12
    assert sum(a["occurred_at"] != b["occurred_at"] for a, b in pairs) > 0.9 * len(pairs)
