"""Orders on real services: what is ordered holds for readers at once, and the copies follow."""

import json
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.demo import BUNDLED_FEED
from producers.broker import Admin
from tests.systemtest.pipeline import Pipeline, adds_up, until
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
notices = ["joined"]

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

[[lookup]]
service = "background"
centre = "ordered_centre"
askers = ["ordered_a"]
purposes = ["criminal_investigation"]
families = ["ASSAULT"]
hours = 1
clause = "4"
"""
PERSONS = [{"name": "EJEMPLO, UNO", "roles": ["SUSPECT"]}, {"name": "EJEMPLO, DOS", "roles": ["VICTIM"]}]


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
    pipeline.publish([SCENE.report("a:1", 0), SCENE.report("b:1", 0), SCENE.report("a:2", 5, persons=PERSONS)])
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

        # Dispatchers whose reports are joined hear of it.
        pipeline.publish([SCENE.report("a:7", 20), SCENE.report("b:7", 20)])
        pipeline.settle()
        (notice,) = pipeline.told("notices", "ordered_b")
        assert (notice["report_id"], notice["other_report_id"]) == (SCENE.name("b:7"), SCENE.name("a:7"))

        # A vehicle that one agency looks for is found where the other one sees it, days later.
        car: dict[str, Any] = {"vehicles": [{"plate": "TST-123", "make": "NISS"}]}
        look_out: dict[str, Any] = {"type_code": "ATL", "type_text": "ATTEMPT TO LOCATE"}
        pipeline.publish([SCENE.report("a:8", 30, **look_out, **car), SCENE.report("b:8", 78, **car)])
        pipeline.settle()
        (sighting,) = pipeline.told("wanted", "--as", "ordered-team", *PURPOSE)
        assert (sighting["wanted_reports"], sighting["by"]) == ([SCENE.name("a:8")], "plate")
        (seen,) = pipeline.told("search", "--plate", "tst 1?", "--from", SCENE.report_time(50), "--as", "ordered_b")[
            "hits"
        ]
        assert seen["report_ids"] == [SCENE.name("b:8")]
        assert pipeline.told("wanted", "--as", "ordered_b") == []

        # What the registry tells of an agency that it does not mark by itself is looked at again, too.
        pipeline.cli("agency", "add", "ordered_b", "--handling", "*=RED")
        until(
            lambda: _reports(pipeline) == ["ordered_a:1", "ordered_a:2", "ordered_a:7", "ordered_a:8"],
            60,
            "the tightened default holds",
        )


def test_what_was_visible_is_told_from_when_until_when(pipeline: Pipeline) -> None:
    rows = pipeline.told("exposure", "ordered")
    of_vetted = [row for row in rows if row["audience"] == "ordered-vetted" and row["report_id"] == "ordered_a:2"]
    assert [row["until"] is not None for row in of_vetted] == [True, True], "twice vetted, twice ended"
    of_team = [row for row in rows if row["audience"] == "ordered-team" and row["report_id"] == "ordered_b:1"]
    assert [(row["outcome"], row["rules"]) for row in of_team] == [("FULL", ["3"])] * 2
    assert of_team[-1]["until"] is not None, "its default became RED"

    assert {row["report_id"] for row in pipeline.told("exposure", "ordered_b")} == {
        "ordered_b:1",
        "ordered_b:7",
        "ordered_b:8",
    }
    assert pipeline.told("exposure", "ordered", "--to", "2026-01-02") == []


def test_a_support_centre_is_asked_about_a_suspect_and_answers_who_asked(pipeline: Pipeline) -> None:
    report = SCENE.name("a:2")
    look = ("lookup", "ask", report)
    pipeline.cli(*look, "2@1", "background", *PURPOSE, *BY, expect=77)
    pipeline.cli(*look, "1@1", "background", *PURPOSE, *BY)
    (one,) = pipeline.told("lookup", "requests", "ordered_centre")
    assert one["person"] == {"name": "EJEMPLO, UNO"}
    pipeline.cli("lookup", "answer", one["request_id"], "hit", "--contact", "watch desk", "--by", "clerk-1")

    rows = {(row["person"], row["service"]): row for row in pipeline.told("lookup", "show", report, *PURPOSE)}
    assert (rows["1@1", "background"]["state"], rows["1@1", "background"]["contact"]) == ("hit", "watch desk")
    assert "victim" in rows["2@1", "background"]["barred"]
    assert "no agreement" in rows["1@1", "biometrics"]["barred"]

    # No agreement's audience is shown that, and no report that is closed to its agency is asked about.
    assert b"watch desk" not in pipeline.cli("export", "incidents", "--as", "ordered-team", *PURPOSE)
    pipeline.cli("seal", report, *BY)
    pipeline.cli("lookup", "show", report, *PURPOSE, expect=1)
    pipeline.cli("seal", report, *BY, "--lift")


def test_the_readmes_look_outs_are_seen_and_its_suspect_may_be_asked_about(pipeline: Pipeline) -> None:
    pipeline.cli("publish", str(BUNDLED_FEED.with_name("invented.events.jsonl")))
    pipeline.run()

    seen = {who: pipeline.told("wanted", "--as", who, *PURPOSE) for who in ("best-stx-us", "best-stx-mx")}
    told = {who: [(one["by"], one["agencies"], one["wanted_reports"]) for one in found] for who, found in seen.items()}
    vehicle = ("plate", ["c5_tamaulipas"], ["laredo_pd:INVENTED-1"])
    assert told["best-stx-mx"] == [vehicle]
    assert told["best-stx-us"] == [vehicle, ("person", ["tx_dps"], ["webb_so:INVENTED-3"])]
    rows = pipeline.told("lookup", "show", "el_paso_pd:INVENTED-5", *PURPOSE)
    assert {row["person"] for row in rows if row["state"] == "not asked"} == {"1@1"}


def test_a_partnership_has_its_figures(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline.cli("report", "ordered", "--out", str(tmp_path / "council.md"))
    assert "# A partnership that no package brought" in (tmp_path / "council.md").read_text()
    pipeline.cli("report", "ordered", "--out", str(tmp_path / "council.json"))
    told = json.loads((tmp_path / "council.json").read_text())
    assert told.keys() == {"ordered-team", "ordered-vetted"}
    assert told["ordered-team"]["incidents"] is None, "three are too few to be told"
    assert told["ordered-vetted"]["incidents"] == 0
    assert [told[name]["lookups_asked"] for name in told] == [None, None], "one is too few to be told"
    alone = json.loads(pipeline.cli("report", "ordered", "--audience", "ordered-vetted"))
    assert alone == {"ordered-vetted": told["ordered-vetted"]}
    pipeline.cli("report", "ordered", "--audience", "internal", expect=2)
    pipeline.cli("report", "nothing", expect=77)

    day = SCENE.report_time(0)[:10]
    pipeline.cli("digest", "ordered", "--day", day, "--out", str(tmp_path))
    told = (tmp_path / f"{day}-ordered-team.md").read_text()
    assert f"# A partnership that no package brought: Incidents of {day} (UTC)" in told
    assert "3 incidents" in told
    pipeline.cli("digest", "nothing", expect=77)


def test_a_purged_report_is_gone_at_once_and_no_replay_brings_it_back(pipeline: Pipeline) -> None:
    scene = Scene("purged")
    lines = [scene.report("a:1", 0), scene.report("b:1", 0), scene.report("a:1", 0, 2), scene.report("a:2", 5)]
    purged, other = scene.name("a:1"), scene.name("b:1")
    pipeline.publish(lines)
    pipeline.run()
    assert pipeline.groups("purged") == [["a:1", "b:1"], ["a:2"]]

    pipeline.cli("hold", purged, *BY)
    pipeline.cli("purge", purged, *BY, expect=77)
    pipeline.cli("hold", purged, *BY, "--lift")
    pipeline.cli("purge", purged, *BY)
    for audience in ("internal", "purged_a"):
        pipeline.cli("show", purged, "--as", audience, expect=1)
    pipeline.run()
    assert pipeline.groups("purged") == [["a:2"], ["b:1"]]
    pipeline.cli("show", other)

    shutil.rmtree(pipeline.settings.home / "state")
    pipeline.publish([*lines, scene.report("a:1", 0, 3)])
    pipeline.run()
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
    with pipeline.running():
        pipeline.settle()
        pipeline.cli("seal", sealed, *BY)
        pipeline.cli("show", sealed, "--as", "sealed_a", expect=1)
        pipeline.settle()
        assert pipeline.index("sealed").keys() == {"internal"}
        pipeline.cli("show", sealed)

        pipeline.cli("seal", sealed, *BY, "--lift")
        pipeline.settle()
        assert pipeline.index("sealed").keys() == {"internal", "sealed_a"}


def _reports(pipeline: Pipeline) -> list[str]:
    exported = pipeline.cli("export", "incidents", "--as", "ordered-team", *PURPOSE)
    return sorted(name for line in exported.splitlines() for name in json.loads(line)["report_ids"])
