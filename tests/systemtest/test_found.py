"""What was written in one language is found in the other, and counted as incidents, not as reports."""

from typing import Any

import pytest

from tests.systemtest.pipeline import Pipeline
from tests.systemtest.scene import Scene

pytestmark = pytest.mark.services

SCENE = Scene("found")
ENGLISH: dict[str, Any] = {
    "type_code": "",
    "type_text": "DISTURBANCE",
    "narrative": "subjects threw rocks at the unit",
    "lang": "en",
}
SPANISH: dict[str, Any] = {
    "type_system": "cnie",
    "type_code": "",
    "type_text": "REPORTE",
    "narrative": "lanzaron piedras a la patrulla",
    "lang": "es",
}


REPORTS = [
    SCENE.report("a:english", 1, **ENGLISH),
    SCENE.report("mx:spanish", 3, **SPANISH),
    SCENE.report("a:two", 5),
    SCENE.report("b:two", 5),
    SCENE.report("c:one", 7),
    SCENE.report("b:far", 9, lat=32.72),
    SCENE.report("a:other", 11, type_code="459", type_text="BURGLARY", narrative=""),
]
ROCKS = [["a:english"], ["a:two", "b:two"], ["b:far"], ["c:one"], ["mx:spanish"]]


def found(told: Any) -> list[list[str]]:
    return sorted([report.partition("_")[2] for report in hit["report_ids"]] for hit in told["hits"])


def facet(told: Any, name: str) -> dict[str, tuple[int, int]]:
    """Value -> incidents, reports."""
    return {one["value"]: (one["incidents"], one["reports"]) for one in told["facets"][name]}


def test_search_crosses_languages_and_its_facets_count_incidents(pipeline: Pipeline) -> None:
    day = ("--from", SCENE.begins.isoformat(), "--to", SCENE.begins.replace(hour=23).isoformat())
    near = ("--near", "32.67,-115.49", "--within", "3km", "--offense", "assault")
    pipeline.publish(REPORTS)
    pipeline.work_off()

    assert [found(pipeline.told("search", word, *day)) for word in ("rocks", "piedras")] == [ROCKS, ROCKS]
    told = pipeline.told("search", *near, *day)
    assert (told["total"], found(told)) == (2, [["a:two", "b:two"], ["c:one"]])
    assert facet(told, "agency") == {"found_a": (1, 2), "found_b": (1, 2), "found_c": (1, 1)}
    assert facet(told, "offense_family") == {"ASSAULT": (2, 3)}
    assert found(pipeline.told("search", *near, *day, "--as", "found_b")) == [["b:two"]]
    assert pipeline.index("found") == pipeline.expected("found")
