"""Adjudications bind through new versions, lost state and replay; former ids redirect."""

import shutil
from typing import Any

import kafka
import pytest
from kafka.structs import OffsetAndMetadata

from schemas.runtime.clock import now_ms
from schemas.topics import ENRICHED_REPORTS, consumer_group
from sinks.review import adjudication
from sinks.review.adjudication import Verdict
from tests.systemtest.orders import write
from tests.systemtest.pipeline import Pipeline
from tests.systemtest.scene import Scene

pytestmark = pytest.mark.services

APART, TOGETHER = [["a:1"], ["b:1"]], [["a:1", "b:1"]]


def replay(pipeline: Pipeline) -> None:
    """Lose all state of resolve and release, and let resolve read its topic from the beginning."""
    pipeline.rest()
    for stage in ("resolve", "release"):
        shutil.rmtree(pipeline.settings.home / "state" / stage)
    admin = kafka.KafkaAdminClient(bootstrap_servers=pipeline.services.kafka)
    beginning = OffsetAndMetadata(0, "", -1)
    partitions = [kafka.TopicPartition(ENRICHED_REPORTS.name, n) for n in range(ENRICHED_REPORTS.partitions)]
    answers = admin.alter_group_offsets(consumer_group("resolve", 1), dict.fromkeys(partitions, beginning))
    admin.close()
    assert {error.errno for error in answers.values()} == {0}


def shown(pipeline: Pipeline, name: str) -> dict[str, Any]:
    found: dict[str, Any] = pipeline.told("show", name)
    return found


def test_a_split_by_a_person_survives_new_versions_lost_state_and_replay(pipeline: Pipeline) -> None:
    scene = Scene("split")
    a, b = scene.name("a:1"), scene.name("b:1")
    pipeline.publish([scene.report("a:1", 1), scene.report("b:1", 1)])
    pipeline.work_off()
    together = shown(pipeline, a)["id"]
    assert pipeline.groups("split") == TOGETHER

    pipeline.say("different", a, b)
    pipeline.work_off()
    assert pipeline.groups("split") == APART
    ids = shown(pipeline, a)["id"], shown(pipeline, b)["id"]

    pipeline.publish([scene.report("a:1", 1, 2), scene.report("b:1", 1, 2)])
    pipeline.work_off()
    replay(pipeline)
    pipeline.work_off()
    assert pipeline.groups("split") == APART
    assert (shown(pipeline, a)["id"], shown(pipeline, b)["id"]) == ids
    assert pipeline.told("why", a, b)["decision"]["decided_by"] == "local-operator"

    pipeline.say("withdraw", a, b)
    pipeline.work_off()
    assert pipeline.groups("split") == TOGETHER
    # Both names that were ever given lead to the one that is.
    assert {shown(pipeline, name)["id"] for name in ids} == {together}
    assert pipeline.index("split") == pipeline.expected("split")


def test_a_view_that_ends_and_comes_back_is_found_in_each_of_its_states(pipeline: Pipeline) -> None:
    scene = Scene("back")
    b = scene.name("b:1")
    pipeline.publish([scene.report("a:1", 1), scene.report("b:1", 5)])
    pipeline.work_off()
    own = shown(pipeline, b)["id"]
    for version, hour, groups in ((2, 1, TOGETHER), (3, 5, APART), (4, 1, TOGETHER)):
        pipeline.publish([scene.report("b:1", hour, version)])
        pipeline.work_off()

        assert pipeline.groups("back") == groups
        found = shown(pipeline, own)
        assert b in found["report_ids"]
        assert (found["id"] == own) is (groups == APART)
        hits = pipeline.told("search", "windshield", "--agency", scene.name("b"))["hits"]
        assert [hit["id"] for hit in hits] == [found["id"]]
    assert pipeline.index("back") == pipeline.expected("back")


def test_a_word_that_was_said_while_no_worker_ran_counts_and_stays(pipeline: Pipeline) -> None:
    """Reports of two days are joined by a person alone; nothing else would ever bring them together."""
    scene = Scene("word")
    a, b = scene.name("a:1"), scene.name("b:1")
    pipeline.publish([scene.report("a:1", 1), scene.report("b:1", 30)])
    pipeline.work_off()
    pipeline.rest()
    pipeline.say("same", a, b)
    pipeline.work_off()
    assert pipeline.groups("word") == TOGETHER

    pipeline.publish([scene.report("b:1", 60, 2)])
    pipeline.work_off()
    assert pipeline.groups("word") == TOGETHER
    assert pipeline.index("word") == pipeline.expected("word")


def test_a_word_said_before_a_report_came_counts_when_it_comes(pipeline: Pipeline) -> None:
    """Nobody can say it by the command, which wants to see both reports; the topic is what counts."""
    scene = Scene("before")
    words: dict[Verdict, tuple[str, str]] = {"NOT_SAME": ("a:1", "b:1"), "SAME": ("a:5", "b:9")}
    pipeline.publish([scene.report("a:1", 1), scene.report("a:5", 5)])
    pipeline.work_off()
    by = ("--by", "local-operator", "--why", "a test")
    pipeline.cli("adjudicate", "same", scene.name("a:1"), scene.name("b:1"), *by, expect=77)
    for verdict, (left, right) in words.items():
        word = {"left": scene.name(left), "right": scene.name(right), "verdict": verdict, "audience": "internal"}
        said = {**word, "by": "local-operator", "why": "a test", "at": now_ms()}
        write(pipeline.services.kafka, *adjudication.record_of(said))  # type: ignore[arg-type]
    pipeline.work_off()
    pipeline.publish([scene.report("b:1", 1), scene.report("b:9", 9)])
    pipeline.work_off()

    assert pipeline.groups("before") == [["a:1"], ["a:5", "b:9"], ["b:1"]]
    assert pipeline.index("before") == pipeline.expected("before")


def test_a_report_days_late_finds_its_counterpart_in_the_store(pipeline: Pipeline) -> None:
    """Its counterpart is older than what is in memory; once more after the local state was lost."""
    scene = Scene("late")
    pipeline.publish([scene.report("a:1", -220), scene.report("a:2", -218)])
    pipeline.publish([scene.report(f"c:{number}", -number) for number in range(1, 200)])
    pipeline.work_off()
    pipeline.publish([scene.report("b:1", -220)])
    pipeline.work_off()
    replay(pipeline)
    pipeline.publish([scene.report("b:2", -218)])
    pipeline.work_off()

    found = pipeline.groups("late")
    assert ["a:1", "b:1"] in found
    assert ["a:2", "b:2"] in found
    assert pipeline.index("late") == pipeline.expected("late")
