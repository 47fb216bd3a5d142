"""`purge`, `seal`, `hold`, `custody`: what may be ordered of a report, and what is written."""

import json

import pytest
import typer
from typer.testing import CliRunner, Result

from deploy import custody_commands
from producers import broker
from schemas.custody import Custody
from schemas.topics import PURGES
from tests.deploy.test_adjudicate import FakeAdmin
from tests.sinks.joined import NOWHERE, PD

BY = ("--by", "records-1", "--why", "order 26-CR-0042")


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch) -> FakeAdmin:
    made = FakeAdmin(topics={PURGES.name: [[]]})
    monkeypatch.setattr(broker, "Connection", lambda *_: made)
    monkeypatch.setattr(broker, "Admin", lambda *_: made)
    return made


@pytest.fixture
def app(kafka: FakeAdmin) -> typer.Typer:
    made = typer.Typer()
    custody_commands.register(made)
    return made


def say(app: typer.Typer, *words: str, expect: int = 0) -> Result:
    result = CliRunner().invoke(app, words, env=NOWHERE)
    code = getattr(result.exception, "exit_code", result.exit_code)
    assert code == expect, (result.output, result.exception)
    return result


def standing(kafka: FakeAdmin) -> Custody:
    found = Custody()
    for key, value in kafka.read_compacted(PURGES.name).items():
        assert found.take(key, value)
    return found


def test_a_purge_is_written_and_tells_which_bytes_go_by_retention_alone(app: typer.Typer, kafka: FakeAdmin) -> None:
    told = say(app, "purge", PD, *BY).stdout

    assert standing(kafka).purged == {PD}
    assert "incident-reports.calexico_pd (30 days)" in told
    assert f"exposure calexico_pd --report {PD}" in told


def test_a_hold_keeps_a_report_from_being_purged_until_it_is_lifted(app: typer.Typer, kafka: FakeAdmin) -> None:
    say(app, "hold", PD, *BY)
    say(app, "purge", PD, *BY, expect=77)
    assert not standing(kafka).purged

    say(app, "hold", PD, *BY, "--lift")
    say(app, "purge", PD, *BY)
    assert standing(kafka).purged == {PD}
    say(app, "hold", PD, *BY, expect=77)


def test_a_seal_stands_beside_a_hold_and_is_lifted_alone(app: typer.Typer, kafka: FakeAdmin) -> None:
    say(app, "hold", PD, *BY)
    say(app, "seal", PD, *BY)
    assert standing(kafka).sealed == {PD}
    assert "sealed held" in say(app, "custody").stdout

    say(app, "seal", PD, *BY, "--lift")
    assert not standing(kafka).sealed
    say(app, "purge", PD, *BY, expect=77)
    (row,) = json.loads(say(app, "custody", "--json").stdout)
    assert (row["held"], row["sealed"], row["purged"], row["by"]) == (True, False, False, "records-1")


@pytest.mark.parametrize("words", [(PD,), (PD, "--by", "x", "--why", " "), ("26-000123", *BY), ("X:1", *BY)])
def test_who_and_why_and_which_report_have_to_be_told(
    app: typer.Typer, kafka: FakeAdmin, words: tuple[str, ...]
) -> None:
    say(app, "purge", *words, expect=2)
    assert say(app, "custody").stdout == "nothing is ordered of any report\n"
