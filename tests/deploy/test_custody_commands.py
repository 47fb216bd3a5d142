"""`purge`, `seal`, `hold`, `custody`: what may be ordered of a report, and what is written."""

import json

import pytest
import typer

from deploy import custody_commands
from schemas.custody import Custody
from schemas.topics import PURGES
from tests.deploy.fakes import FakeAdmin, invoke, kafka_in_memory
from tests.sinks.joined import PD

BY = ("--by", "records-1", "--why", "order 26-CR-0042")


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch) -> FakeAdmin:
    return kafka_in_memory(monkeypatch, PURGES)


@pytest.fixture
def app(kafka: FakeAdmin) -> typer.Typer:
    made = typer.Typer()
    custody_commands.register(made)
    return made


def standing(kafka: FakeAdmin) -> Custody:
    found = Custody()
    for key, value in kafka.read_compacted(PURGES.name).items():
        assert found.take(key, value)
    return found


def test_a_purge_is_written_and_tells_which_bytes_go_by_retention_alone(app: typer.Typer, kafka: FakeAdmin) -> None:
    told = invoke(app, "purge", PD, *BY).stdout

    assert standing(kafka).purged == {PD}
    assert "incident-reports.calexico_pd (30 days)" in told
    assert f"exposure calexico_pd --report {PD}" in told


def test_a_hold_keeps_a_report_from_being_purged_until_it_is_lifted(app: typer.Typer, kafka: FakeAdmin) -> None:
    invoke(app, "hold", PD, *BY)
    invoke(app, "purge", PD, *BY, expect=77)
    assert not standing(kafka).purged

    invoke(app, "hold", PD, *BY, "--lift")
    invoke(app, "purge", PD, *BY)
    assert standing(kafka).purged == {PD}
    invoke(app, "hold", PD, *BY, expect=77)


def test_a_seal_stands_beside_a_hold_and_is_lifted_alone(app: typer.Typer, kafka: FakeAdmin) -> None:
    invoke(app, "hold", PD, *BY)
    invoke(app, "seal", PD, *BY)
    assert standing(kafka).sealed == {PD}
    assert "sealed held" in invoke(app, "custody").stdout

    invoke(app, "seal", PD, *BY, "--lift")
    assert not standing(kafka).sealed
    invoke(app, "purge", PD, *BY, expect=77)
    (row,) = json.loads(invoke(app, "custody", "--json").stdout)
    assert (row["held"], row["sealed"], row["purged"], row["by"]) == (True, False, False, "records-1")


@pytest.mark.parametrize("words", [(PD,), (PD, "--by", "x", "--why", " "), ("26-000123", *BY), ("X:1", *BY)])
def test_who_and_why_and_which_report_have_to_be_told(
    app: typer.Typer, kafka: FakeAdmin, words: tuple[str, ...]
) -> None:
    invoke(app, "purge", *words, expect=2)
    assert invoke(app, "custody").stdout == "nothing is ordered of any report\n"
