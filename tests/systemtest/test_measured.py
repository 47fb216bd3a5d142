"""Decisions are evaluated from the topics themselves, and evaluation changes nothing."""

from pathlib import Path
from typing import Any

import pytest

from streams.dedupe.weights import TABLE
from tests.systemtest.pipeline import Pipeline
from tests.systemtest.scene import Scene

pytestmark = pytest.mark.services

PURSUIT: dict[str, Any] = {
    "precision": "gps",
    "address": "",
    "type_code": "",
    "type_text": "PURSUIT IN PROGRESS",
    "narrative": "UNITS IN PURSUIT OF RED CHEV TAHOE LP 3XYZ202",
}


def agencies(told: Any, scene: Scene, kind: str) -> int:
    """How many links of one kind between the scene's own agencies."""
    own = [one for one in told["by_agencies"] if all(name.startswith(f"{scene.prefix}_") for name in one["pair"])]
    return sum(one[kind] for one in own)


def test_the_past_is_asked_and_nothing_is_changed(pipeline: Pipeline, tmp_path: Path) -> None:
    scene = Scene("measured")
    a, b, c = (scene.name(f"{agency}:1") for agency in "abc")
    # The second version of b moves it a day away, 40 minutes after its first.
    moved = scene.report("b:1", 30, 2, emitted_at=scene.report_time(1, minutes=40))
    pipeline.publish([scene.report("a:1", 1), scene.report("b:1", 1), scene.report("c:1", 1), moved])
    pipeline.work_off()
    before = pipeline.index("measured")
    truth = tmp_path / "truth.csv"
    truth.write_text(f"left,right,label\n{a},{b},1\n{a},{c},1\n")

    end = pipeline.told("evaluate", "--truth", str(truth))
    known = pipeline.told("evaluate", "--truth", str(truth), "--as-known", "15")
    asked = pipeline.told("whatif", "--threshold", "99")
    pipeline.say("different", a, c)
    said = pipeline.told("evaluate", "--adjudicated")
    pipeline.say("withdraw", a, c)

    assert (end["true_joins"], end["misses"]) == (1, 1)
    assert (known["true_joins"], known["misses"]) == (2, 0)
    assert (agencies(asked, scene, "lost"), agencies(asked, scene, "made")) == (1, 0)
    assert asked["tables"]["now"] == TABLE.version
    assert said["false_joins"] >= 1
    assert pipeline.index("measured") == before


def test_a_pursuit_that_crosses_the_city_goes_on_as_another_incident(pipeline: Pipeline) -> None:
    scene = Scene("pursuit")
    a, b = scene.name("a:1"), scene.name("b:1")
    pipeline.publish([scene.report("a:1", 1, **PURSUIT), scene.report("b:1", 1.1, lat=32.73, **PURSUIT)])
    pipeline.work_off()

    assert pipeline.groups("pursuit") == [["a:1"], ["b:1"]]
    assert pipeline.told("why", a, b)["decision"]["verdict"] == "CONTINUES"
    assert "CONTINUES" in pipeline.cli("show", a).decode()
    assert pipeline.index("pursuit") == pipeline.expected("pursuit")
