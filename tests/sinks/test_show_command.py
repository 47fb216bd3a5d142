"""`show` as a user types it, on the index in memory."""

import json

import pytest
import typer
from typer.testing import CliRunner, Result

from sinks import commands
from sinks.reading import NotFound
from tests.sinks.joined import DOCUMENT, NOWHERE, PD, SSP, index, read_from


@pytest.fixture(autouse=True)
def app(monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    old = {"old": {"state": "MERGED", "into": "older"}, "older": {"state": "MERGED", "into": "i1"}}
    read_from(monkeypatch, index({"i1": DOCUMENT, **old, "gone": {"state": "WITHDRAWN"}}))
    made = typer.Typer()
    commands.register(made)
    return made


def show(app: typer.Typer, *words: str) -> Result:
    return CliRunner().invoke(app, ["show", *words], env=NOWHERE)


def test_json_is_the_document_with_what_was_asked(app: typer.Typer) -> None:
    assert json.loads(show(app, SSP, "--json").stdout) == {"id": "i1", "asked": SSP, **DOCUMENT}


def test_a_former_id_gives_the_living_incident_and_says_so(app: typer.Typer) -> None:
    told = json.loads(show(app, "old", "--json").stdout)

    assert (told["id"], told["asked"], told["redirects"]) == ("i1", "old", ["old", "older"])
    assert told["reports"] == DOCUMENT["reports"]
    assert show(app, "old").stdout.startswith("old -> older was merged into i1\n")
    assert "merged" not in show(app, PD).stdout


@pytest.mark.parametrize("name", ["gone", "nothing", "a_pd:nothing"])
def test_what_is_not_there_ends_1_with_one_sentence(app: typer.Typer, name: str) -> None:
    result = show(app, name)

    assert isinstance(result.exception, NotFound)
    assert (result.exception.exit_code, str(result.exception)) == (1, str(NotFound()))
    assert result.stdout == ""
