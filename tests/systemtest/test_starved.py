"""A tenth of `make starved`: starved of processors, and Elasticsearch killed in the middle."""

import pytest

from tests.patience import LONG_S, patience
from tests.systemtest.pipeline import Pipeline, adds_up
from tests.systemtest.starved import publish, work_off

pytestmark = pytest.mark.services


def test_starved_workers_are_not_restarted_and_elasticsearch_comes_back(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.rest()
    lines = publish(pipeline, ["starved"], 2000)
    for name, value in pipeline.environment.items():
        monkeypatch.setenv(name, value)
    outcome = work_off(pipeline, 4, len(lines), patience(4 * LONG_S))

    assert outcome.wrong() == []
    assert pipeline.index("starved") == pipeline.expected("starved")
    adds_up(pipeline, "starved", len(lines))
