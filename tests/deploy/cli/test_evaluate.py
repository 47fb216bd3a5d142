"""`evaluate` as a user types it: from a file, from standard input, from the index."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from deploy.cli import evaluate as evaluate_commands
from schemas.errors import Transient
from schemas.runtime.files import BadData
from sinks.cli import export
from tests.sinks.joined import ALONE, BP, DOCUMENT, NOWHERE, OTHER, PD, SSP, Document, index, read_from

TRUTH = f"left,right,label,basis\n{PD},{BP},1,x\n{PD},{OTHER},1,x\n{SSP},{BP},ignore,x\n"
ROWS = [(PD, "i1"), (BP, "i1"), (SSP, "i1"), (OTHER, "i2")]


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    made = typer.Typer()
    evaluate_commands.register(made)
    export.register(made)
    return made


@pytest.fixture
def truth(tmp_path: Path) -> str:
    path = tmp_path / "truth.csv"
    path.write_text(TRUTH)
    return str(path)


def assignments() -> str:
    rows = []
    for name, incident in ROWS:
        agency, source_id = name.split(":")
        rows.append(json.dumps({"agency": agency, "source_id": source_id, "incident_id": incident}))
    return "\n".join(rows)


def evaluate(app: typer.Typer, *words: str, stdin: str | bytes = "") -> Result:
    return CliRunner().invoke(app, ["evaluate", *words], env=NOWHERE, input=stdin)


def hold(monkeypatch: pytest.MonkeyPatch, documents: dict[str, Document]) -> None:
    read_from(monkeypatch, index(documents))


def test_a_file_of_assignments_is_measured_without_any_service(app: typer.Typer, truth: str) -> None:
    result = evaluate(app, "--truth", truth, "--assignments", "-", "--json", stdin=assignments())

    told: dict[str, Any] = json.loads(result.stdout)
    assert (told["reports"], told["incidents"]) == (4, 2)
    assert told["truth"] == {"same": 2, "different": 0, "ignored": 1}
    counts = {name: told[name] for name in ("true_joins", "false_joins", "misses")}
    assert counts == {"true_joins": 1, "false_joins": 1, "misses": 1}
    assert {tuple(one["pair"]): one["f1"] for one in told["by_agencies"]} == {
        ("calexico_pd", "usbp_elc"): 1.0,
        ("calexico_pd", "imperial_so"): 0.0,
        ("calexico_pd", "ssp_mexicali"): 0.0,
    }
    assert "by_languages" not in told
    assert "errors" not in told


def test_the_index_is_measured_with_its_languages(
    app: typer.Typer, truth: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(monkeypatch, {"i1": DOCUMENT, "i2": ALONE, "old": {"state": "MERGED", "into": "i1"}})

    told = json.loads(evaluate(app, "--truth", truth, "--json").stdout)

    assert (told["reports"], told["incidents"]) == (4, 2)
    assert {tuple(one["pair"]) for one in told["by_languages"]} == {("en", "und"), ("en", "es")}
    assert told["false_joins"] == 1


def test_a_report_in_two_incidents_at_once_asks_to_wait(
    app: typer.Typer, truth: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(monkeypatch, {"i1": DOCUMENT, "i2": {**ALONE, "reports": DOCUMENT["reports"][:1]}})

    assert isinstance(evaluate(app, "--truth", truth).exception, Transient)


def test_errors_are_listed_by_their_ids(app: typer.Typer, truth: str) -> None:
    words = ("--truth", truth, "--assignments", "-", "--errors", "1")

    told = json.loads(evaluate(app, *words, "--json", stdin=assignments()).stdout)
    text = evaluate(app, *words, stdin=assignments()).stdout

    assert told["errors"] == {"wrong_joins": [[PD, SSP]], "misses": [[PD, OTHER]]}
    assert f"wrong links\n  {PD}  {SSP}\n" in text
    assert f"missed links\n  {PD}  {OTHER}\n" in text


def test_the_table_tells_shares_with_their_intervals(app: typer.Typer, truth: str) -> None:
    lines = evaluate(app, "--truth", truth, "--assignments", "-", stdin=assignments()).stdout.splitlines()

    assert lines[0] == "truth    2 same, 0 different, 1 not scored"
    assert lines[1] == "reports  4 in 2 incidents"
    everything = next(line for line in lines if line.startswith("all "))
    assert everything.split() == ["all", "0.500", "0.095-0.905", "0.500", "0.095-0.905", "0.500", "2", "1", "1", "1"]


def test_absent_reports_are_told(app: typer.Typer, truth: str) -> None:
    text = evaluate(app, "--truth", truth, "--assignments", "-", stdin=assignments().splitlines()[0]).stdout

    assert "3 pairs with a report that is absent (2 of them the same)" in text


def test_gzip_is_recognized_and_truth_may_be_standard_input(app: typer.Typer, tmp_path: Path) -> None:
    packed = tmp_path / "assignments"
    packed.write_bytes(gzip.compress(assignments().encode()))

    result = evaluate(app, "--truth", "-", "--assignments", str(packed), "--json", stdin=gzip.compress(TRUTH.encode()))

    assert json.loads(result.stdout)["true_joins"] == 1


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"left,right,label,basis\na_pd:1,b_so:1,maybe,\n", "truth.csv: line 2, label: must be one of 1, 0, ignore"),
        (b"a,b\n", "truth.csv: line 1, header"),
        (gzip.compress(TRUTH.encode())[:-9], "truth.csv: the gzip data is damaged or ends early"),
    ],
)
def test_a_bad_truth_ends_65_and_gives_no_figures(app: typer.Typer, tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "truth.csv"
    path.write_bytes(content)

    result = evaluate(app, "--truth", str(path), "--assignments", "-", stdin=assignments())

    assert isinstance(result.exception, BadData)
    assert result.exception.exit_code == 65
    assert told in str(result.exception)
    assert result.stdout == ""


def test_a_file_that_is_not_there_or_not_readable_is_bad_data(app: typer.Typer, tmp_path: Path, truth: str) -> None:
    for words in (("--truth", str(tmp_path / "none")), ("--truth", truth, "--assignments", str(tmp_path))):
        result = evaluate(app, *words)
        assert isinstance(result.exception, BadData)
        assert "line" not in str(result.exception)


@pytest.mark.parametrize("words", [(), ("--truth", "-", "--assignments", "-"), ("--truth", "x", "--errors", "-1")])
def test_wrong_options_are_usage_errors(app: typer.Typer, words: tuple[str, ...]) -> None:
    assert evaluate(app, *words).exit_code == 2


def test_many_bad_lines_are_counted_beyond_the_first(app: typer.Typer, tmp_path: Path) -> None:
    path = tmp_path / "truth.csv"
    path.write_text("left,right,label,basis\n" + "x,y,z,\n" * 30)

    told = str(evaluate(app, "--truth", str(path), "--assignments", "-", stdin="").exception).splitlines()

    assert len(told) == 21
    assert told[-1].endswith("70 more")
