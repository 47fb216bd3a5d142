"""Orders on real services: an order binds readers at once, and the copies follow."""

import json
import re
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from deploy.run.demo import BUNDLED_FEED
from tests.patience import until
from tests.systemtest.partnership import BY, PURPOSE, Partnership
from tests.systemtest.pipeline import Pipeline

pytestmark = pytest.mark.services

BASE = [["a:1", "b:1"], ["a:2"]]


@pytest.fixture
def made(pipeline: Pipeline, tmp_path: Path, request: pytest.FixtureRequest) -> Partnership:
    """A partnership that is in force; the test names its prefix."""
    prefix: str = request.param
    partnership = Partnership(pipeline, prefix, tmp_path)
    partnership.apply()
    return partnership


def named(prefix: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("made", [prefix], indirect=True, ids=[prefix])


def test_a_partnership_of_a_file_has_its_views_from_its_beginning_to_its_end(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    made = Partnership(pipeline, "term", tmp_path)
    pipeline.work_off()
    pipeline.cli("search", "--as", made.team, *PURPOSE, expect=77)

    # Its views come without any record.
    made.apply()
    before = made.hits(made.team)
    assert made.reports(made.team) == BASE
    assert made.copies(made.vetted) == 0

    # An end closes at once: reader, alias; then the copies.
    made.end()
    assert not made.alias(made.team)
    pipeline.cli("search", "--as", made.team, *PURPOSE, expect=77)
    pipeline.work_off()
    assert made.copies(made.team) == 0
    pipeline.publish([made.scene.report("a:1", 0, 2)])
    pipeline.work_off()
    assert made.copies(made.team) == 0

    # A renewal brings them back, under the same names.
    made.apply(2)
    assert [hit["id"] for hit in made.hits(made.team)] == [hit["id"] for hit in before]


@named("clock")
def test_a_vetting_opens_and_its_end_closes_by_the_clock_of_the_reading(made: Partnership) -> None:
    made.vet()
    assert made.reports(made.vetted) == BASE
    assert made.copies(made.vetted) == 2

    ends = made.vet_for_a_moment()
    until(lambda: time.time() > ends, what="the end of the vetting")
    assert made.hits(made.vetted) == []
    until(lambda: made.copies(made.vetted) == 0, what="the copies of what rested on the vetting are gone")


@named("revoked")
def test_a_vetting_that_is_revoked_closes_at_once(made: Partnership) -> None:
    made.vet()
    assert made.copies(made.vetted) == 2
    made.revoke()
    assert made.hits(made.vetted) == []
    made.pipeline.work_off()
    assert made.copies(made.vetted) == 0


@named("heard")
def test_dispatchers_whose_reports_are_joined_hear_of_it(made: Partnership) -> None:
    scene = made.scene
    made.pipeline.publish([scene.report("a:7", 20), scene.report("b:7", 20)])
    made.pipeline.work_off()
    notices = [(one["report_id"], one["other_report_id"]) for one in made.pipeline.told("notices", made.b, *PURPOSE)]
    assert (scene.name("b:7"), scene.name("a:7")) in notices


@named("sought")
def test_a_vehicle_that_one_agency_looks_for_is_found_where_the_other_one_sees_it_days_later(made: Partnership) -> None:
    scene, pipeline = made.scene, made.pipeline
    car: dict[str, Any] = {"vehicles": [{"plate": "TST-123", "make": "NISS"}]}
    look_out: dict[str, Any] = {"type_code": "ATL", "type_text": "ATTEMPT TO LOCATE"}
    pipeline.publish([scene.report("a:8", 30, **look_out, **car), scene.report("b:8", 78, **car)])
    pipeline.work_off()
    (sighting,) = pipeline.told("wanted", "--as", made.team, *PURPOSE)
    assert (sighting["wanted_reports"], sighting["by"]) == ([scene.name("a:8")], "plate")
    (seen,) = pipeline.told("search", "--plate", "tst 1?", "--from", scene.report_time(50), "--as", made.b)["hits"]
    assert seen["report_ids"] == [scene.name("b:8")]
    assert pipeline.told("wanted", "--as", made.b) == []


@named("marked")
def test_what_the_registry_tells_of_an_agency_that_does_not_mark_by_itself_is_looked_at_again(
    made: Partnership,
) -> None:
    made.pipeline.cli("agency", "add", made.b, "--handling", "*=RED")
    until(
        lambda: made.reports(made.team) == [["a:1"], ["a:2"]],
        what="the tightened default holds",
        seen=lambda: made.reports(made.team),
    )


@named("visible")
def test_what_was_visible_is_told_from_when_until_when(made: Partnership) -> None:
    pipeline = made.pipeline
    for _ in range(2):
        made.vet()
        made.revoke()
        pipeline.work_off()
    made.end()
    pipeline.work_off()
    made.apply(2)
    pipeline.cli("agency", "add", made.b, "--handling", "*=RED")

    def rows(audience: str, report: str) -> list[Any]:
        told = pipeline.told("exposure", made.agreement)
        return [row for row in told if (row["audience"], row["report_id"]) == (audience, made.scene.name(report))]

    assert [row["until"] is not None for row in rows(made.vetted, "a:2")] == [True, True], "twice vetted, twice ended"
    until(lambda: rows(made.team, "b:1")[-1]["until"] is not None, what="its default became RED")
    assert [(row["outcome"], row["rules"]) for row in rows(made.team, "b:1")] == [("FULL", ["3"])] * 2
    assert {row["report_id"] for row in pipeline.told("exposure", made.b)} == {made.scene.name("b:1")}
    assert pipeline.told("exposure", made.agreement, "--to", "2026-01-02") == []


@named("asked")
def test_a_support_center_answers_an_inquiry_about_a_suspect(made: Partnership) -> None:
    pipeline, report = made.pipeline, made.scene.name("a:2")
    look = ("lookup", "ask", report)
    pipeline.cli(*look, "2@1", "background", *PURPOSE, *BY, expect=77)
    pipeline.cli(*look, "1@1", "background", *PURPOSE, *BY)
    (one,) = pipeline.told("lookup", "requests", f"{made.agreement}_centre")
    assert one["person"] == {"name": "EJEMPLO, UNO"}
    pipeline.cli("lookup", "answer", one["request_id"], "hit", "--contact", "watch desk", "--by", "clerk-1")

    rows = {(row["person"], row["service"]): row for row in pipeline.told("lookup", "show", report, *PURPOSE)}
    assert (rows["1@1", "background"]["state"], rows["1@1", "background"]["contact"]) == ("hit", "watch desk")
    assert "victim" in rows["2@1", "background"]["barred"]
    assert "no agreement" in rows["1@1", "biometrics"]["barred"]

    # No agreement's audience is shown that, and no report that is closed to its agency is asked about.
    assert b"watch desk" not in pipeline.cli("export", "incidents", "--as", made.team, *PURPOSE)
    pipeline.cli("seal", report, *BY)
    pipeline.cli("lookup", "show", report, *PURPOSE, expect=1)
    pipeline.cli("seal", report, *BY, "--lift")


def test_the_readmes_look_outs_are_seen_and_its_suspect_may_be_asked_about(pipeline: Pipeline) -> None:
    pipeline.cli("publish", str(BUNDLED_FEED.with_name("invented.events.jsonl")))
    pipeline.work_off()

    seen = {who: pipeline.told("wanted", "--as", who, *PURPOSE) for who in ("best-stx-us", "best-stx-mx")}
    told = {who: [(one["by"], one["agencies"], one["wanted_reports"]) for one in found] for who, found in seen.items()}
    vehicle = ("plate", ["c5_tamaulipas"], ["laredo_pd:INVENTED-1"])
    assert told["best-stx-mx"] == [vehicle]
    assert told["best-stx-us"] == [vehicle, ("person", ["tx_dps"], ["webb_so:INVENTED-3"])]
    rows = pipeline.told("lookup", "show", "el_paso_pd:INVENTED-5", *PURPOSE)
    assert {row["person"] for row in rows if row["state"] == "not asked"} == {"1@1"}


@named("figures")
def test_a_partnership_has_its_figures(made: Partnership, tmp_path: Path) -> None:
    pipeline, agreement = made.pipeline, made.agreement
    pipeline.cli("lookup", "ask", made.scene.name("a:2"), "1@1", "background", *PURPOSE, *BY)
    pipeline.cli("report", agreement, "--out", str(tmp_path / "council.md"))
    assert "# A partnership that no package brought" in (tmp_path / "council.md").read_text()
    pipeline.cli("report", agreement, "--out", str(tmp_path / "council.json"))
    told = json.loads((tmp_path / "council.json").read_text())
    assert told.keys() == {made.team, made.vetted}
    assert told[made.team]["incidents"] is None, "two are too few to be told"
    assert told[made.vetted]["incidents"] is None, "nor what is none, of a time that is no month"
    assert [told[name]["lookups_asked"] for name in told] == [None, None], "one is too few to be told"
    alone = json.loads(pipeline.cli("report", agreement, "--audience", made.vetted))
    assert alone == {made.vetted: told[made.vetted]}
    pipeline.cli("report", agreement, "--audience", "internal", expect=2)
    first = made.scene.begins.date().replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    month = ("report", agreement, "--from", f"{first}", "--to", f"{last}")
    kept = pipeline.cli(*month)
    assert json.loads(kept)[made.team]["incidents"] is None, "two are too few to be told"
    assert json.loads(kept)[made.vetted]["incidents"] == 0
    pipeline.cli(*month, "--out", str(tmp_path / "month.md"))
    (anchor,) = re.findall(r"\d+:[0-9a-f]{64}", (tmp_path / "month.md").read_text())
    assert anchor == json.loads(kept)["dissemination_anchor"]
    pipeline.cli("dissemination", "verify", "--anchor", anchor)
    assert b"anchor" not in pipeline.cli(*month, "--audience", made.vetted), "its number tells how often others read"
    pipeline.cli(*month, "--out", str(tmp_path / "month.json"))
    assert json.loads((tmp_path / "month.json").read_text()) == json.loads(kept), "the same whenever it is asked for"
    corrected = json.loads(pipeline.cli(*month, "--correct", *BY))
    assert corrected[made.team]["report"]["edition"] == 2
    pipeline.cli("report", "nothing", expect=77)

    day = made.scene.report_time(0)[:10]
    pipeline.cli("digest", agreement, "--day", day, "--out", str(tmp_path))
    text = (tmp_path / f"{day}-{made.team}.md").read_text()
    assert f"# A partnership that no package brought: Incidents of {day} (UTC)" in text
    assert "2 incidents" in text
    pipeline.cli("digest", "nothing", expect=77)
