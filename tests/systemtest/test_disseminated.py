"""The dissemination log on a real Kafka: verified with the key that `init` showed, also when many read at once."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from sinks.access.dissemination_key import key_file
from tests.systemtest.pipeline import Pipeline

pytestmark = pytest.mark.services
READING = ("search", "rocks", "--limit", "1", "--json")


def test_every_reading_is_signed_and_anchored_and_a_cut_log_shows_nothing_until_another_key_is_made(
    pipeline: Pipeline,
) -> None:
    # Whether the key was shown depends on who made this home; another one is shown in any case.
    other = pipeline.told("init", "--new-dissemination-key")["dissemination_key"]
    assert pipeline.told("init")["dissemination_key"] is None
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: pipeline.cli(*READING), range(6)))

    told = json.loads(pipeline.cli("dissemination", "verify", "--key-file", "-", "--json", stdin=other.encode()))
    assert told["findings"] == []
    assert told["checked_with_key"] >= 7
    assert told["new_keys_at"][-1] == int(other.partition("-")[0])

    file = key_file(pipeline.settings.home)
    former = file.read_bytes()
    pipeline.cli(*READING)
    file.write_bytes(former)
    pipeline.cli(*READING)
    file.write_bytes(former)
    pipeline.cli(*READING, expect=78)
    again = pipeline.told("init", "--new-dissemination-key")["dissemination_key"]
    pipeline.cli(*READING)
    keys = f"{other} {again}".encode()
    pipeline.cli("dissemination", "verify", "--key-file", "-", stdin=keys)
    pipeline.cli("dissemination", "verify", "--key-file", "-", stdin=other.encode(), expect=1)
