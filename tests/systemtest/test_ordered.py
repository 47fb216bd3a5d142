"""Orders on real services: what is ordered holds for readers at once, and the copies follow."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.systemtest.pipeline import Pipeline, until
from tests.systemtest.scene import Scene

pytestmark = [pytest.mark.services, pytest.mark.timeout(300)]

SCENE = Scene("ordered")
PURPOSE = ("--purpose", "criminal_investigation")
BY = ("--by", "records-clerk", "--why", "a test")
AGREEMENT = """
agreement_id = "ordered"
title = "A partnership that no package brought"
version = 1
signed = 2026-01-01T00:00:00Z
begins = 2026-01-01T00:00:00Z
ends = 2099-01-01T00:00:00Z
extendable = true
source = "invented"
geography = "anywhere"

[[party]]
agency_id = "ordered_a"
role = "police"
clause = "1"

[[party]]
agency_id = "ordered_b"
role = "police"
clause = "1"

[[audience]]
name = "ordered-team"
country = "USA"
readers = ["ordered_a", "ordered_b"]
purposes = ["criminal_investigation"]
foreign = "agreed"
clause = "2"

[[audience]]
name = "ordered-vetted"
country = "USA"
readers = ["ordered_a", "ordered_b"]
purposes = ["criminal_investigation"]
foreign = "agreed"
vetting = "checked"
clause = "2"

[[rule]]
rule_id = "3"
clause = "3"
text = "Everything is shared."
effect = "release"
outcome = "FULL"
"""


def hits(pipeline: Pipeline, audience: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pipeline.told("search", "--as", audience, *PURPOSE)["hits"]
    return found


def copies(pipeline: Pipeline, audience: str) -> int:
    """The documents with data that the index of an audience holds, whoever may read them."""
    query = {"query": {"exists": {"field": "report_ids"}}}
    with httpx.Client(base_url=pipeline.services.elasticsearch, timeout=30, trust_env=False) as client:
        client.post(f"/incidents-{audience}-g1/_refresh")
        return int(client.post(f"/incidents-{audience}-g1/_count", json=query).json().get("count", 0))


def alias(pipeline: Pipeline, audience: str) -> bool:
    return httpx.head(f"{pipeline.services.elasticsearch}/_alias/incidents-{audience}", trust_env=False).is_success


def apply(pipeline: Pipeline, tmp_path: Path, version: int) -> None:
    path = tmp_path / "ordered.toml"
    path.write_text(AGREEMENT.replace("version = 1", f"version = {version}"))
    pipeline.cli("agreement", "apply", str(path), *BY)


def vet(pipeline: Pipeline, ends: float) -> None:
    told = datetime.fromtimestamp(ends, UTC).isoformat()
    pipeline.cli("vetting", "add", "ordered-vetted", "checked", "--until", told, *BY)


def test_what_is_ordered_holds_at_once_and_the_copies_follow(pipeline: Pipeline, tmp_path: Path) -> None:
    for agency in ("ordered_a", "ordered_b"):
        pipeline.cli("agency", "add", agency, "--country", "USA", "--kind", "municipal", "--handling", "*=GREEN")
    pipeline.publish([SCENE.report("a:1", 0), SCENE.report("b:1", 0), SCENE.report("a:2", 5)])
    with pipeline.running():
        pipeline.settle()
        pipeline.cli("search", "--as", "ordered-team", *PURPOSE, expect=77)

        # A partnership of a file: its views come without any record.
        apply(pipeline, tmp_path, 1)
        pipeline.settle()
        before = hits(pipeline, "ordered-team")
        assert sorted(len(hit["report_ids"]) for hit in before) == [1, 2]
        assert copies(pipeline, "ordered-vetted") == 0

        # A vetting opens, and its end closes by the clock of the reading.
        ends = time.time() + 15
        vet(pipeline, ends)
        pipeline.settle()
        assert [hit["report_ids"] for hit in hits(pipeline, "ordered-vetted")] == [hit["report_ids"] for hit in before]
        time.sleep(max(0.0, ends - time.time()))
        assert hits(pipeline, "ordered-vetted") == []
        until(lambda: copies(pipeline, "ordered-vetted") == 0, 30, "the copies of what rested on the vetting are gone")

        # So does its revocation.
        vet(pipeline, time.time() + 86_400)
        pipeline.settle()
        assert copies(pipeline, "ordered-vetted") == 2
        pipeline.cli("vetting", "revoke", "ordered-vetted", "checked", *BY)
        assert hits(pipeline, "ordered-vetted") == []
        pipeline.settle()
        assert copies(pipeline, "ordered-vetted") == 0

        # An end closes at once: reader, alias; then the copies.
        pipeline.cli("agreement", "end", "ordered", *BY)
        assert not alias(pipeline, "ordered-team")
        pipeline.cli("search", "--as", "ordered-team", *PURPOSE, expect=77)
        pipeline.settle()
        assert copies(pipeline, "ordered-team") == 0
        pipeline.publish([SCENE.report("a:1", 0, 2)])
        pipeline.settle()
        assert copies(pipeline, "ordered-team") == 0

        # A renewal brings them back, under the same names.
        apply(pipeline, tmp_path, 2)
        pipeline.settle()
        assert [hit["id"] for hit in hits(pipeline, "ordered-team")] == [hit["id"] for hit in before]

        # What the registry tells of an agency that it does not mark by itself is looked at again, too.
        pipeline.cli("agency", "add", "ordered_b", "--handling", "*=RED")
        until(lambda: _reports(pipeline) == ["ordered_a:1", "ordered_a:2"], 60, "the tightened default holds")


def _reports(pipeline: Pipeline) -> list[str]:
    exported = pipeline.cli("export", "incidents", "--as", "ordered-team", *PURPOSE)
    return sorted(name for line in exported.splitlines() for name in json.loads(line)["report_ids"])
