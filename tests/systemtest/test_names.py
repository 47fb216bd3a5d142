"""An incident's id, once given, redirects forever; what ended is in no answer of search or export."""

import json

import pytest

from tests.systemtest.pipeline import Pipeline
from tests.systemtest.scene import Scene

pytestmark = pytest.mark.services


def listed(pipeline: Pipeline, scene: Scene, audience: str = "internal") -> list[set[str]]:
    """The names that search finds, and that export gives, of a scene."""
    hours = {"--from": scene.begins, "--to": scene.begins.replace(hour=23)}
    window = [word for name, at in hours.items() for word in (name, at.isoformat())]
    found = json.loads(pipeline.cli("search", "--cancelled", *window, "--as", audience, "--json"))
    lines = map(json.loads, pipeline.cli("export", "incidents", "--as", audience).splitlines())
    # What has no reports is a stub, and of no scene.
    exported = {one["id"] for one in lines if scene.prefix in str(one.get("report_ids", scene.prefix))}
    return [{hit["id"] for hit in found["hits"]}, exported]


def test_every_name_is_found_through_merge_and_split_and_a_view_that_comes_back_is_found_again(
    pipeline: Pipeline,
) -> None:
    scene = Scene("names")
    first, second, third = (scene.name(report) for report in ("a:1", "b:1", "c:1"))
    own = scene.name("b")

    def shown(name: str, audience: str = "internal") -> str:
        return str(pipeline.told("show", name, "--as", audience)["id"])

    pipeline.publish([scene.report("a:1", 1), scene.report("b:1", 3), scene.report("c:1", 5)])
    pipeline.work_off()
    one, two, three = (shown(name) for name in (first, second, third))
    alone = shown(second, own)
    assert listed(pipeline, scene) == [{one, two, three}] * 2

    pipeline.publish([scene.report("b:1", 1, 2), scene.report("c:1", 1, 2)])
    pipeline.work_off()
    assert [shown(name) for name in (one, two, three, second, third)] == [one] * 5
    assert pipeline.told("show", two)["redirects"] == [two]
    assert listed(pipeline, scene) == [{one}] * 2
    assert (shown(second, own), listed(pipeline, scene, own)) == (alone, [{alone}] * 2)

    # The first leaves to another: what was three is named after the second now, whose name comes back.
    pipeline.publish([scene.report("a:1", 7, 3)])
    pipeline.work_off()
    assert [shown(name) for name in (one, two, three, first, third)] == [one, two, two, one, two]
    assert listed(pipeline, scene) == [{one, two}] * 2

    pipeline.publish([scene.report("c:1", 5, 3)])
    pipeline.work_off()
    assert [shown(name) for name in (one, two, three)] == [one, two, three]
    assert listed(pipeline, scene) == [{one, two, three}] * 2

    assert pipeline.index("names") == pipeline.expected("names")
