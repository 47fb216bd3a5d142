"""`show` as a user types it, on the index in memory."""

import json
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from schemas.agreements import bundled_text
from schemas.agreements.register import AgreementRegister
from schemas.errors import Denied
from sinks.cli import search
from sinks.search.reader import NotFound
from tests.schemas.agreements.test_register import order
from tests.sinks.joined import DOCUMENT, NOWHERE, PD, SSP, index, read_from


@pytest.fixture(autouse=True)
def app(monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    old = {"old": {"state": "MERGED", "into": "older"}, "older": {"state": "MERGED", "into": "i1"}}
    read_from(monkeypatch, index({"i1": DOCUMENT, **old, "gone": {"state": "WITHDRAWN"}}))
    made = typer.Typer()
    search.register(made)
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


def test_the_log_tells_the_role_in_which_somebody_reads_and_under_whom(
    app: typer.Typer, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = AgreementRegister()
    orders.apply(order("cit", text=bundled_text("cit").replace("ends = 2027", "ends = 2097")))
    log = read_from(monkeypatch, index({"v1": DOCUMENT}, "cit-team"), orders)
    monkeypatch.setenv("INTERAGENCY_ROLE", "team-agent")
    purpose = ("--purpose", "criminal_investigation")

    assert show(app, PD, "--as", "cit-team", *purpose).exit_code == 0
    home = show(app, PD, "--as", "usbp_elc", *purpose)

    assert isinstance(home.exception, Denied)
    told: list[Any] = [(line["reader"], line["audience"], line["outcome"]) for line in log.lines]
    assert told == [
        ("local-operator as team-agent under calexico_pd", "cit-team", "GIVEN"),
        ("local-operator as team-agent", "usbp_elc", "DENIED"),
    ]
