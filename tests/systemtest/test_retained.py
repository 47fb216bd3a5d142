"""Retention on real services: reports whose retention has ended are listed and purged, held ones are kept."""

from typing import Any

import pytest

from sinks.partnership.retention_schedule import schedule_path
from tests.systemtest.partnership import BY
from tests.systemtest.pipeline import Pipeline
from tests.systemtest.scene import Scene

pytestmark = pytest.mark.services
LONG_AGO: dict[str, Any] = {"occurred_at": "2010-03-04T05:06:07+00:00", "emitted_at": "2010-03-04T06:00:00+00:00"}
LATER: dict[str, Any] = {"occurred_at": "2010-07-04T05:06:07+00:00", "emitted_at": "2010-07-04T06:00:00+00:00"}


def test_what_is_due_is_purged_and_what_is_held_stays(pipeline: Pipeline) -> None:
    scene = Scene("retained")
    due, held = scene.name("a:1"), scene.name("a:2")
    pipeline.publish([scene.report("a:1", 0, **LONG_AGO), scene.report("a:2", 0, **LATER), scene.report("a:3", 0)])
    pipeline.work_off()
    pipeline.cli("hold", held, *BY)
    table = schedule_path(pipeline.settings.home)
    table.write_text(f"agreement,agency,family,years,source\n,{due.partition(':')[0]},,10,a schedule\n")
    try:
        listed = pipeline.told("retention", "list")
        assert [(one["report_id"], one["held"]) for one in listed] == [(due, False), (held, True)]
        assert pipeline.told("dissemination", "list")[-1]["ids"] == [due, held]

        assert pipeline.told("retention", "purge", *BY)["purged"] == [due]
        pipeline.cli("show", due, expect=1)
        pipeline.work_off()
        assert pipeline.groups("retained") == [["a:2"], ["a:3"]]
        assert [one["report_id"] for one in pipeline.told("retention", "list")] == [held]
        assert pipeline.told("dissemination", "verify")["findings"] == []
    finally:
        table.unlink()
