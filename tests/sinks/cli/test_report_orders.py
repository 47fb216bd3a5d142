"""`purge`, `seal`, `hold`, `custody`: what may be ordered of a report, and what is written."""

import json

import pytest
import typer

from schemas.agreements.report_orders import ReportOrderRegister
from schemas.errors import Transient
from schemas.records import codec
from schemas.topics import AGENCIES, PURGES, reports_topic
from sinks.access import known_report
from sinks.access.known_report import View
from sinks.cli import report_orders
from tests.deploy.fakes import FakeAdmin, invoke, kafka_in_memory
from tests.sinks.fakes import MemoryTopics
from tests.sinks.joined import PD, index, read_from

COUNSEL = ("--by", "counsel-1", "--why", "litigation hold")
BY = ("--by", "records-1", "--why", "order 26-CR-0042")


SHOWN = (View("calexico_pd", "v1", 3), View("internal", "i1", 3))


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[View]:
    """The views that the index has of any report; none for an index that does not answer."""
    views = [*SHOWN]

    async def views_of(*_: object) -> tuple[View, ...]:
        if not views:
            raise Transient("Elasticsearch does not answer")
        return tuple(one for one in views if one.audience)

    read_from(monkeypatch, index({}))
    monkeypatch.setattr(known_report, "views_of", views_of)
    return views


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch, shown: list[View]) -> FakeAdmin:
    made = kafka_in_memory(monkeypatch, PURGES, AGENCIES)
    made.topics[reports_topic("calexico_pd")] = [[]]
    return made


NO_VIEW = View("", "", 0)


@pytest.fixture
def app(kafka: FakeAdmin) -> typer.Typer:
    made = typer.Typer()
    report_orders.register(made)
    return made


def standing(kafka: FakeAdmin) -> ReportOrderRegister:
    found = ReportOrderRegister()
    for key, value in kafka.read_compacted(PURGES.name).items():
        assert found.apply_record(key, value)
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
    kafka.send(PURGES.name, f"purge:{PD}".encode(), codec.encode("report_order", effect))


def rows(app: typer.Typer) -> dict[str, str]:
    """Kind of order -> what it is now, as the command lists them."""
    return {one["kind"]: one["effect"] for one in json.loads(invoke(app, "custody", "--json").stdout)}


def test_a_purge_under_a_hold_waits_and_both_persons_are_told(app: typer.Typer, kafka: FakeAdmin) -> None:
    invoke(app, "hold", PD, *COUNSEL)
    waits = invoke(app, "purge", PD, *BY).stdout
    assert "waits: under the hold by counsel-1 of" in waits
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
    async def lost(*_: object) -> None: ...

    monkeypatch.setattr(MemoryTopics, "write", lost)
    monkeypatch.setenv("INTERAGENCY_DELIVERY_TIMEOUT_S", "0.01")
    assert "do not see it yet" in str(invoke(app, "seal", PD, *BY, expect=69).exception)


def test_what_is_known_of_a_report_is_told_in_ids_and_counts(app: typer.Typer, kafka: FakeAdmin) -> None:
    told = invoke(app, "purge", PD, *BY).stdout
    assert f"{PD}: version 3, in incident i1, shown to 2 audiences: calexico_pd, internal" in told


def test_a_purge_of_what_nobody_knows_is_refused_unless_it_is_said_not_to_have_come(
    app: typer.Typer, kafka: FakeAdmin, shown: list[View]
) -> None:
    shown[:] = [NO_VIEW]
    mistyped = "calexico_dp:26-000123"
    refused = str(invoke(app, "purge", mistyped, *BY, expect=65).exception)
    assert "nothing is known of calexico_dp:26-000123" in refused
    assert "nearest known: calexico_pd" in refused
    assert "--not-yet-received" in refused
    assert kafka.sent == 0

    assert "nobody knows agency" not in str(invoke(app, "purge", PD, *BY, expect=65).exception)
    told = invoke(app, "purge", PD, *BY, "--not-yet-received").stdout
    assert "when it is received it goes no further" in told
    assert standing(kafka).purged == {PD}


def test_a_hold_or_a_seal_of_what_has_not_come_is_taken_and_told(
    app: typer.Typer, kafka: FakeAdmin, shown: list[View]
) -> None:
    shown[:] = [NO_VIEW]
    for command in ("hold", "seal"):
        assert "the order holds when it comes" in invoke(app, command, PD, *BY).stdout
        assert "nothing is known" not in invoke(app, command, PD, *BY, "--lift").stdout


@pytest.mark.parametrize("words", [(PD,), (PD, "--by", "x", "--why", " "), ("26-000123", *BY), ("X:1", *BY)])
def test_who_and_why_and_which_report_have_to_be_told(
    app: typer.Typer, kafka: FakeAdmin, words: tuple[str, ...]
) -> None:
    invoke(app, "purge", *words, expect=2)
    assert invoke(app, "custody").stdout == "there are no orders on reports\n"
