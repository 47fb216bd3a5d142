"""`why`: the recorded decision, else what comparing gives now; and nothing of what an audience may not see."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
import typer
from typer.testing import CliRunner, Result

from sinks.cli import why
from sinks.search.reader import NotFound
from tests.sinks.joined import (
    ALONE,
    BP,
    DOCUMENT,
    NOWHERE,
    OTHER,
    PD,
    Document,
    decision,
    index,
    read_from,
)

HIDDEN = {**DOCUMENT, "reports": DOCUMENT["reports"][:1], "report_ids": [PD], "decisions": []}
# The decision on PD and OTHER is recorded beside OTHER alone.
DOCUMENTS: dict[str, Document] = {
    "i1": {**DOCUMENT, "decisions": DOCUMENT["decisions"][:2]},
    "i2": {**ALONE, "decisions": [decision(PD, OTHER, "UNSURE", 5.5)]},
}


class Never(NamedTuple):
    rule: str
    detail: str


def explained_by(explain: Any) -> typer.Typer:
    made = typer.Typer()
    why.register(made, explain)
    return made


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    hold(monkeypatch, DOCUMENTS)
    return explained_by(lambda left, right: pytest.fail("a recorded decision is not made again"))


def hold(monkeypatch: pytest.MonkeyPatch, documents: dict[str, Document], audience: str = "internal") -> None:
    read_from(monkeypatch, index(documents, audience))


def ask(app: typer.Typer, *words: str) -> Result:
    return CliRunner().invoke(app, list(words), env=NOWHERE)


@pytest.mark.parametrize("words", [(PD, BP), (BP, PD)])
def test_a_recorded_decision_is_told_whichever_report_is_named_first(app: typer.Typer, words: tuple[str, str]) -> None:
    told = json.loads(ask(app, *words, "--json").stdout)

    assert told == {
        "left": PD,
        "right": BP,
        "same_incident": True,
        "incidents": ["i1", "i1"],
        "recorded": True,
        "decision": json.loads(json.dumps(decision(PD, BP))),
        "not_compared": None,
    }


def test_the_text_tells_verdict_every_comparison_and_where_the_reports_are(app: typer.Typer) -> None:
    text = ask(app, PD, BP).stdout

    assert "SAME  +11.0 bits, 5.0 above the threshold 6.0; decided by the model" in text
    assert "tables 2026.11" in text
    assert "in one incident now, i1\n" in text
    for name in ("time", "place", "offense", "side", "street", "total"):
        assert f"\n{name} " in text
    assert "no decision is recorded" not in text
    assert "in two incidents now, i1 and i2\n" in ask(app, PD, OTHER).stdout


def test_what_was_never_compared_tells_the_rule(app: typer.Typer, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[str, str]] = []

    def explain(left: Mapping[str, Any], right: Mapping[str, Any]) -> Never:
        given.append((left["report_id"], right["report_id"]))
        return Never("time window", "66 min apart")

    app = explained_by(explain)

    assert "never compared: time window: 66 min apart\nin two incidents now" in ask(app, BP, OTHER).stdout
    told = json.loads(ask(app, BP, OTHER, "--json").stdout)
    assert told["not_compared"] == {"rule": "time window", "detail": "66 min apart"}
    assert (told["recorded"], told["decision"]) == (False, None)
    assert given == [(OTHER, BP)] * 2


@pytest.mark.parametrize("words", [(PD, "a_pd:nothing"), ("a_pd:nothing", PD), ("a_pd:1", "a_pd:2")])
def test_a_report_that_is_not_there_ends_1(app: typer.Typer, words: tuple[str, str]) -> None:
    result = ask(app, *words)

    assert isinstance(result.exception, NotFound)
    assert (result.exception.exit_code, result.stdout) == (1, "")


def test_a_hidden_report_is_told_exactly_as_one_that_does_not_exist(
    app: typer.Typer, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(monkeypatch, {"v1": HIDDEN}, "calexico_pd")

    results = [ask(app, PD, name, "--as", "calexico_pd") for name in (BP, "a_pd:nothing")]

    assert len({(str(one.exception), one.exit_code, one.output) for one in results}) == 1
    assert isinstance(results[0].exception, NotFound)


def test_one_report_twice_is_a_usage_error(app: typer.Typer) -> None:
    assert ask(app, PD, PD).exit_code == 2
    assert ask(app, PD).exit_code == 2
