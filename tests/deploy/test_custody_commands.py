"""`purge`, `seal`, `hold`, `custody`: what may be ordered of a report, and what is written."""

import json

import pytest
import typer

from deploy import custody_commands
from schemas import wire
from schemas.custody import Custody, key_of, report_order
from schemas.topics import PURGES
from tests.deploy.fakes import FakeAdmin, invoke, kafka_in_memory
from tests.sinks.joined import PD

COUNSEL = ("--by", "counsel-1", "--why", "litigation hold")
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


def take_effect(kafka: FakeAdmin) -> None:
    """Write what the stage that erases writes when it has erased a report."""
    purge = standing(kafka).on(PD).purge
    assert purge is not None
    effect = {**purge, "effective_at": purge["at"] + 1000}
    kafka.send(PURGES.name, f"purge:{PD}".encode(), wire.encode("report_order", effect))


def rows(app: typer.Typer) -> dict[str, str]:
    """Kind of order -> what it is now, as the command lists them."""
    return {one["kind"]: one["effect"] for one in json.loads(invoke(app, "custody", "--json").stdout)}


def test_a_purge_under_a_hold_waits_and_both_persons_are_told(app: typer.Typer, kafka: FakeAdmin) -> None:
    invoke(app, "hold", PD, *COUNSEL)
    waits = invoke(app, "purge", PD, *BY).stdout
    assert "waits: the hold by counsel-1 of" in waits
    assert not standing(kafka).purged
    assert rows(app) == {"HOLD": "held", "PURGE": "purge waits"}

    assert "the purge ordered by records-1 of" in invoke(app, "hold", PD, *COUNSEL).stdout
    assert "takes effect" in invoke(app, "hold", PD, *COUNSEL, "--lift").stdout
    assert standing(kafka).purged == {PD}
    assert rows(app) == {"HOLD": "lifted", "PURGE": "purge ordered"}


def test_a_hold_on_a_purge_that_took_effect_is_told_since_when(app: typer.Typer, kafka: FakeAdmin) -> None:
    invoke(app, "purge", PD, *BY)
    take_effect(kafka)
    before = kafka.sent
    for words in (("hold",), ("hold", "--lift"), ("purge", "--lift")):
        denied = invoke(app, words[0], PD, *COUNSEL, *words[1:], expect=77)
        assert "final since 20" in str(denied.exception)
    assert "final since 20" in invoke(app, "purge", PD, *BY).stdout

    assert kafka.sent == before, "nothing is written"
    assert rows(app) == {"PURGE": "purged"}


def test_a_purge_is_taken_back_while_it_waits(app: typer.Typer, kafka: FakeAdmin) -> None:
    invoke(app, "hold", PD, *COUNSEL)
    invoke(app, "purge", PD, *BY)
    invoke(app, "purge", PD, *BY, "--lift")
    invoke(app, "hold", PD, *COUNSEL, "--lift")

    assert not standing(kafka).purged
    assert rows(app) == {"HOLD": "lifted", "PURGE": "lifted"}


def test_an_order_that_another_command_writes_in_between_is_not_overwritten(
    app: typer.Typer, kafka: FakeAdmin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both read before either writes: the hold of the one outlives the seal of the other, and the purge waits."""
    other = report_order("HOLD", PD, "counsel-1", "litigation hold", 1)

    def and_another(topic: str, key: bytes, value: bytes, at: int) -> None:
        kafka.send(topic, key_of(other), wire.encode("report_order", other))
        kafka.send(topic, key, value, at)

    monkeypatch.setattr(custody_commands, "write", and_another)
    invoke(app, "seal", PD, *BY)
    assert "waits: the hold by counsel-1 of" in invoke(app, "purge", PD, *BY).stdout
    assert rows(app) == {"HOLD": "held", "SEAL": "sealed", "PURGE": "purge waits"}


def test_a_seal_stands_beside_a_hold_and_is_lifted_alone(app: typer.Typer, kafka: FakeAdmin) -> None:
    invoke(app, "hold", PD, *BY)
    invoke(app, "seal", PD, *BY)
    assert standing(kafka).sealed == {PD}
    assert all(word in invoke(app, "custody").stdout for word in ("sealed", "held"))

    invoke(app, "seal", PD, *BY, "--lift")
    assert not standing(kafka).sealed
    assert rows(app) == {"HOLD": "held", "SEAL": "lifted"}


def test_an_order_that_readers_do_not_see_in_time_is_not_said_to_hold(
    app: typer.Typer, kafka: FakeAdmin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(custody_commands, "write", lambda *_: None)
    monkeypatch.setenv("INTERAGENCY_DELIVERY_TIMEOUT_S", "0.01")
    assert "do not see it yet" in str(invoke(app, "seal", PD, *BY, expect=69).exception)


@pytest.mark.parametrize("words", [(PD,), (PD, "--by", "x", "--why", " "), ("26-000123", *BY), ("X:1", *BY)])
def test_who_and_why_and_which_report_have_to_be_told(
    app: typer.Typer, kafka: FakeAdmin, words: tuple[str, ...]
) -> None:
    invoke(app, "purge", *words, expect=2)
    assert invoke(app, "custody").stdout == "nothing is ordered of any report\n"
