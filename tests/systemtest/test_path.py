"""Agencies' reports in, searchable incidents out, on real services, by the commands a user types."""

import json
import re
from typing import Any

import pytest

from deploy.provision.schema_registry import compatibility
from tests.systemtest.pipeline import Pipeline
from tests.systemtest.scene import EL_PASO, feed

pytestmark = pytest.mark.services

COUNT = 2500


def newest(lines: list[bytes]) -> dict[str, int]:
    """Report -> newest version, as the feed itself has it."""
    found: dict[str, int] = {}
    for line in map(json.loads, lines):
        name = f"{line['agency']}:{line['source_id']}"
        found[name] = max(found.get(name, 0), line["version"])
    return found


def assignments(pipeline: Pipeline, prefix: str) -> dict[str, dict[str, Any]]:
    rows = map(json.loads, pipeline.cli("export", "assignments").splitlines())
    return {f"{r['agency']}:{r['source_id']}": r for r in rows if r["agency"].startswith(f"{prefix}_")}


def test_every_report_is_searchable_in_its_newest_version_and_all_of_it_again_changes_nothing(
    pipeline: Pipeline,
) -> None:
    lines = feed("path", COUNT)
    assert pipeline.publish(lines)["acknowledged"] == COUNT
    outcome = pipeline.run()
    first = pipeline.index("path")

    assert {name: row["version"] for name, row in assignments(pipeline, "path").items()} == newest(lines)
    assert first == pipeline.expected("path")
    for agency, account in outcome["agencies"].items():
        assert account["published"] == sum(v for k, v in account.items() if k != "published"), agency

    pipeline.publish(lines)
    again = pipeline.run()

    assert pipeline.index("path") == first
    ours = [account for agency, account in again["agencies"].items() if agency.startswith("path_")]
    assert sum(account["published"] for account in ours) == 2 * COUNT
    assert sum(account["current"] for account in ours) == len(newest(lines))
    assert again["total"]["difference"] == 0


def test_each_audience_finds_its_own_reports_and_no_others(pipeline: Pipeline) -> None:
    lines = feed("own", 100, EL_PASO)
    pipeline.publish(lines)
    pipeline.work_off()
    found = pipeline.index("own")
    found.pop("internal")

    assert found.keys() == {json.loads(line)["agency"] for line in lines}
    for audience, documents in found.items():
        for document in documents.values():
            assert {report.split(":")[0] for report in document["report_ids"]} == {audience}


def test_search_finds_what_the_feed_says(pipeline: Pipeline) -> None:
    pipeline.publish(feed("says", 200, {"el_paso_pd"}))
    pipeline.work_off()
    told = pipeline.told("search", "rocks", "--agency", "says_el_paso_pd", "--limit", "5")

    assert len(told["hits"]) == 5
    for hit in told["hits"]:
        assert re.search("rock|piedra", json.dumps(pipeline.told("show", hit["id"])).lower())


def test_workers_need_no_schema_registry(pipeline: Pipeline) -> None:
    """Nothing listens there: a slow one once ended `run` before any worker had started."""
    services = pipeline.services
    elsewhere = {
        "INTERAGENCY_KAFKA": services.kafka,
        "INTERAGENCY_REGISTRY": "http://127.0.0.1:1",
        "INTERAGENCY_ELASTICSEARCH": services.elasticsearch,
    }
    pipeline.rest()
    pipeline.publish(feed("alone", 20, EL_PASO))
    told = json.loads(pipeline.cli("run", "--until-idle", "--json", environment=elsewhere))

    ours = [account for agency, account in told["agencies"].items() if agency.startswith("alone_")]
    assert sum(account.pop("published") for account in ours) == 20 == sum(sum(account.values()) for account in ours)
    assert pipeline.index("alone") == pipeline.expected("alone")


def test_the_registry_holds_every_topics_schema_with_full_transitive_compatibility(pipeline: Pipeline) -> None:
    for subject in ("incidents-value", "incident-reports.calexico_pd-value", "rejected-reports-value"):
        assert compatibility(pipeline.services.registry, subject) == "FULL_TRANSITIVE"


def test_init_is_safe_to_repeat(pipeline: Pipeline) -> None:
    assert pipeline.cli("init", "--json") == pipeline.cli("init", "--json")
