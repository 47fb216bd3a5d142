"""`whatif` and the measures by the past: what is asked, what is told, and that nothing but reading is done."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from deploy.cli import evaluate, what_if
from schemas.errors import Configuration
from schemas.topics import ENRICHED_REPORTS, INCIDENTS
from sinks.cli import adjudicate
from streams.dedupe.adjudications import Adjudications
from streams.dedupe.weights import TABLE
from streams.evaluation import topic_history
from streams.evaluation.rematch import ReportVersion
from tests.deploy.fakes import kafka_in_memory
from tests.sinks.fakes import MemoryLog
from tests.sinks.joined import ALONE, NOWHERE, index, member, read_from
from tests.streams.dedupe.profiles_of import NOON, profile

LEFT, RIGHT, OTHER, LAST = "a_pd:1", "b_pd:2", "c_pd:3", "d_pd:4"
REPORTS = [profile(LEFT), profile(RIGHT), profile(OTHER, lat=40.0), profile(LAST, lat=41.0)]


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> typer.Typer:
    words = Adjudications()
    words.apply(
        {"left": OTHER, "right": LAST, "verdict": "SAME", "by": "p1", "audience": "internal", "why": "", "at": 0}
    )

    async def standing(_: str, __: int) -> Any:
        return REPORTS

    async def versions(_: str, __: int) -> Any:
        told = [ReportVersion(1, NOON * 1000 + at * 60_000, one) for at, one in enumerate(REPORTS)]
        return told, {one.report_id: "en" for one in REPORTS}

    async def said(_: str) -> Adjudications:
        return words

    for name, read in (("current_reports", standing), ("report_versions", versions), ("adjudications", said)):
        monkeypatch.setattr(topic_history, name, read)
    kafka_in_memory(monkeypatch, INCIDENTS, ENRICHED_REPORTS)
    monkeypatch.setenv("INTERAGENCY_HOME", str(tmp_path))
    for name, value in NOWHERE.items():
        monkeypatch.setenv(name, value)
    made = typer.Typer()
    made.command()(what_if.whatif)
    evaluate.register(made)
    adjudicate.register(made, topic_history.open_decisions)
    return made


def ask(app: typer.Typer, *words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def test_links_that_a_threshold_loses_are_told_by_agencies_and_ids(app: typer.Typer) -> None:
    told = json.loads(ask(app, "whatif", "--threshold", "30", "--ids", "--json").stdout)

    assert (told["made"], told["lost"], told["links"]["now"]) == (0, 1, 2)
    assert [(one["pair"], one["lost"]) for one in told["by_agencies"]] == [(["a_pd", "b_pd"], 1)]
    assert told["incidents"] == [LEFT]
    assert told["tables"]["now"] == TABLE.version != told["tables"]["asked"]


def test_people_read_it_as_lines(app: typer.Typer) -> None:
    text = ask(app, "whatif", "--threshold", "30", "--ids").stdout

    assert "nothing was changed" in text
    assert f"  {LEFT}" in text


def test_a_table_of_ones_own_is_read_strictly(app: typer.Typer, tmp_path: Path) -> None:
    path = tmp_path / "w.csv"
    path.write_text("comparison,level,m,u,judged,weight,source\ntime,30 s,,,1,x,j\n")
    result = ask(app, "whatif", "--weights", str(path))

    assert isinstance(result.exception, Configuration)
    assert "line 2, weight" in str(result.exception)
    assert ask(app, "whatif", "--weights", str(tmp_path / "none.csv")).exit_code == 2
    assert ask(app, "whatif").exit_code == 2


def test_the_model_alone_is_measured_by_what_persons_said(app: typer.Typer) -> None:
    told = json.loads(ask(app, "evaluate", "--adjudicated", "--json").stdout)

    assert (told["true_joins"], told["false_joins"], told["misses"]) == (0, 0, 1)
    assert told["truth"]["same"] == 1


def test_what_was_known_in_time_is_measured(app: typer.Typer, tmp_path: Path) -> None:
    truth = tmp_path / "truth.csv"
    truth.write_text(f"left,right,label\n{LEFT},{RIGHT},1\n{LEFT},{OTHER},1\n")
    told = json.loads(ask(app, "evaluate", "--truth", str(truth), "--as-known", "15", "--json").stdout)

    assert (told["true_joins"], told["false_joins"], told["misses"]) == (1, 0, 1)
    assert (told["reports"], told["incidents"]) == (4, None)
    assert {tuple(one["pair"]) for one in told["by_languages"]} == {("en", "en")}


@pytest.mark.parametrize(
    "words",
    [[], ["--truth", "t.csv", "--adjudicated"], ["--truth", "t.csv", "--as-known", "5", "--assignments", "-"]],
)
def test_one_thing_is_measured_at_a_time(app: typer.Typer, words: list[str]) -> None:
    assert ask(app, "evaluate", *words).exit_code == 2


def test_the_queue_has_what_nobody_decided_the_most_likely_first(
    app: typer.Typer, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_from(monkeypatch, index({"i1": ALONE}))
    assert "no pair waits" in ask(app, "adjudicate", "queue").stdout
    log = waiting(monkeypatch)
    told = json.loads(ask(app, "adjudicate", "queue", "--limit", "1", "--json").stdout)

    (pair,) = told["pairs"]
    assert told["waiting"] == 2
    assert [one["report_id"] for one in pair["reports"]] == [pair["left"], pair["right"]]
    assert "1 more" in ask(app, "adjudicate", "queue", "--limit", "1").stdout
    # What is shown was written down before, and of the pair that is not shown nothing is.
    assert [line["ids"] for line in log.lines] == [sorted([pair["left"], pair["right"]])] * 2


def waiting(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> MemoryLog:
    """Let two pairs wait, of which a report of each may be changed in the index."""
    # 67 m by coordinates known to 15 m, and six minutes: neither near nor far.
    near = [profile(name, lat=32.67 + up, start=NOON + 400) for name, up in (("e_pd:5", 6e-4), ("f_pd:6", -6e-4))]

    async def standing(_: str, __: int) -> Any:
        return [profile(LEFT), *near]

    monkeypatch.setattr(topic_history, "current_reports", standing)
    offense = {"text": "SHOTS FIRED", "code": "246", "concept": "ASSAULT"}
    documents = {
        f"i{at}": {
            **ALONE,
            "report_ids": [name],
            "reports": [member(name, at, offense=offense, **changes.get(name, {}))],
        }
        for at, name in enumerate((LEFT, "e_pd:5", "f_pd:6"))
    }
    return read_from(monkeypatch, index(documents))


def test_the_queue_shows_when_where_and_what_and_what_speaks_for_and_against(
    app: typer.Typer, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting(monkeypatch)
    text = ask(app, "adjudicate", "queue").stdout

    assert "2 pairs wait for a person" in text
    assert "2026-01-05 18:00:00" in text
    assert "32.67000,-115.49000" in text
    assert "SHOTS FIRED [246] = ASSAULT" in text
    assert re.search(r"^  for +\+", text, re.MULTILINE)
    assert re.search(r"^  against +-", text, re.MULTILINE)
    assert "-0.0" not in text


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (("--agency", "e_pd"), 1),
        (("--agency", "a_pd"), 2),
        (("--agency", "e_pd", "--agency", "f_pd"), 2),
        (("--agency", "nobody_pd"), 0),
        (("--offense", "shots"), 2),
        (("--offense", "assault"), 2),
        (("--offense", "246"), 2),
        (("--offense", "burglary"), 0),
        (("--agency", "f_pd", "--offense", "shots"), 1),
    ],
)
def test_the_queue_is_asked_by_agency_and_offense(
    app: typer.Typer, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], count: int
) -> None:
    waiting(monkeypatch)

    assert json.loads(ask(app, "adjudicate", "queue", *words, "--json").stdout)["waiting"] == count


@pytest.mark.parametrize("change", [{"status": "CANCELLED"}, {"status": "UNFOUNDED"}, {"traffic": "TEST"}])
def test_the_queue_leaves_out_what_no_decision_would_change(
    app: typer.Typer, monkeypatch: pytest.MonkeyPatch, change: dict[str, str]
) -> None:
    waiting(monkeypatch, **{"e_pd:5": change})
    assert json.loads(ask(app, "adjudicate", "queue", "--json").stdout)["waiting"] == 1

    waiting(monkeypatch, **{LEFT: change})
    assert json.loads(ask(app, "adjudicate", "queue", "--json").stdout)["waiting"] == 0


def test_the_queue_leaves_out_reports_that_are_one_incident_for_readers_and_those_not_open(
    app: typer.Typer, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting(monkeypatch)
    together = {**ALONE, "report_ids": [LEFT, "e_pd:5"], "reports": [member(LEFT, 0), member("e_pd:5", 1)]}
    read_from(monkeypatch, index({"i1": together}))

    assert json.loads(ask(app, "adjudicate", "queue", "--json").stdout)["waiting"] == 0
