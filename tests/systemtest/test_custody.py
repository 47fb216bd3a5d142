"""Orders on single reports, on real services: purged, held, sealed."""

import shutil

import pytest

from producers.broker import Admin
from tests.systemtest.partnership import BY
from tests.systemtest.pipeline import Pipeline, adds_up
from tests.systemtest.scene import Scene

pytestmark = pytest.mark.services


def test_a_purged_report_is_gone_at_once_and_no_replay_brings_it_back(pipeline: Pipeline) -> None:
    scene = Scene("purged")
    lines = [scene.report("a:1", 0), scene.report("b:1", 0), scene.report("a:1", 0, 2), scene.report("a:2", 5)]
    purged, other = scene.name("a:1"), scene.name("b:1")
    pipeline.publish(lines)
    pipeline.work_off()
    assert pipeline.groups("purged") == [["a:1", "b:1"], ["a:2"]]

    pipeline.cli("hold", purged, *BY)
    pipeline.cli("purge", purged, *BY, expect=77)
    pipeline.cli("hold", purged, *BY, "--lift")
    pipeline.cli("purge", purged, *BY)
    for audience in ("internal", "purged_a"):
        pipeline.cli("show", purged, "--as", audience, expect=1)
    pipeline.work_off()
    assert pipeline.groups("purged") == [["a:2"], ["b:1"]]
    pipeline.cli("show", other)

    pipeline.rest()
    shutil.rmtree(pipeline.settings.home / "state")
    pipeline.publish([*lines, scene.report("a:1", 0, 3)])
    pipeline.work_off()
    assert pipeline.groups("purged") == [["a:2"], ["b:1"]]
    found = [one for documents in pipeline.index("purged").values() for one in documents.values()]
    assert not [one for one in found if purged in one["report_ids"]]
    held = {topic: places(pipeline, topic, purged) for topic in ("incidents", "released-incidents")}
    assert held == {"incidents": 0, "released-incidents": 0}
    adds_up(pipeline, "purged", 9)
    row = pipeline.accounting().agencies["purged_a"]
    assert (row.current, row.superseded, row.purged) == (1, 1, 4)


def places(pipeline: Pipeline, topic: str, report_id: str) -> int:
    """The newest records of a compacted topic that hold a report's content."""
    with Admin(pipeline.services.kafka) as admin:
        values = admin.read_compacted(topic).values()
    return sum(f'"report_id":"{report_id}"'.encode() in (value or b"") for value in values)


def test_a_sealed_report_is_for_internal_alone_until_the_seal_is_lifted(pipeline: Pipeline) -> None:
    scene = Scene("sealed")
    sealed = scene.name("a:1")
    pipeline.publish([scene.report("a:1", 0)])
    pipeline.work_off()
    pipeline.cli("seal", sealed, *BY)
    pipeline.cli("show", sealed, "--as", "sealed_a", expect=1)
    pipeline.work_off()
    assert pipeline.index("sealed").keys() == {"internal"}
    pipeline.cli("show", sealed)

    pipeline.cli("seal", sealed, *BY, "--lift")
    pipeline.work_off()
    assert pipeline.index("sealed").keys() == {"internal", "sealed_a"}
