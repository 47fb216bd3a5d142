"""A tenth of `make fuzz`: whatever an agency puts on its topic, no worker ends and nothing else is lost."""

import pytest

from tests.fuzz.through_kafka import run
from tests.systemtest.pipeline import Pipeline

pytestmark = [pytest.mark.services, pytest.mark.timeout(600)]


def test_hostile_records_end_no_worker_and_lose_nothing_else(pipeline: Pipeline) -> None:
    reasons = run(pipeline, 1_000, seed=7)

    assert {"bad_frame", "decode_error", "agency_mismatch", "agency_unknown", "schema_not_allowed"} <= reasons.keys()
