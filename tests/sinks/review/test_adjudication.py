"""`adjudicate`: who may say a word, what is written, and what is not."""

import asyncio
import json
import time
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from producers.delivery.kafka import Admin
from producers.delivery.memory import MemoryKafka
from schemas.agreements import bundled_text
from schemas.agreements.register import AgreementRegister
from schemas.errors import Denied, Transient
from schemas.identity import pair_key
from schemas.records import codec
from schemas.records.incident import ExplainedDecision
from schemas.runtime.settings import Endpoints
from schemas.topics import ADJUDICATIONS
from sinks.cli import adjudicate
from sinks.review.adjudication import EFFECT, adjudications
from sinks.search.reader import NotFound
from tests.deploy.fakes import FakeAdmin, kafka_in_memory
from tests.schemas.agreements.test_register import order
from tests.sinks.fakes import MemoryTopics
from tests.sinks.joined import ALONE, BP, DOCUMENT, NOWHERE, OTHER, PD, Document, index, member, read_from

BY = ("--by", "local-operator", "--why", "same crash, two units")
TEST = "calexico_pd:TEST-1"
DOCUMENTS: dict[str, Document] = {
    "i1": DOCUMENT,
    "i2": ALONE,
    "i3": {**ALONE, "traffic": "TEST", "report_ids": [TEST], "reports": [member(TEST, 0, traffic="TEST")]},
}


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch) -> FakeAdmin:
    return kafka_in_memory(monkeypatch, ADJUDICATIONS)


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, kafka: FakeAdmin) -> typer.Typer:
    hold(monkeypatch, DOCUMENTS)
    made = typer.Typer()
    adjudicate.register(made, undecided)
    return made


def hold(monkeypatch: pytest.MonkeyPatch, documents: dict[str, Document], audience: str = "internal") -> None:
    read_from(monkeypatch, index(documents, audience))


async def undecided(kafka: str, generation: int) -> list[ExplainedDecision]:
    return []


def say(app: typer.Typer, *given: str, env: dict[str, str] = NOWHERE) -> Result:
    return CliRunner().invoke(app, ["adjudicate", *given], env=env)


def written(kafka: MemoryKafka) -> list[tuple[bytes, dict[str, Any]]]:
    (records,) = kafka.topics[ADJUDICATIONS.name]
    return [(record.key, codec.decode_trusted("adjudication", record.value or b"")) for record in records]


@pytest.mark.parametrize(("verdict", "word"), [("same", "SAME"), ("different", "NOT_SAME"), ("withdraw", "WITHDRAWN")])
@pytest.mark.parametrize("reports", [(PD, OTHER), (OTHER, PD)])
def test_a_word_is_written_once_with_the_smaller_report_first(
    app: typer.Typer, kafka: MemoryKafka, verdict: str, word: str, reports: tuple[str, str]
) -> None:
    before = time.time_ns() // 1_000_000

    result = say(app, verdict, *reports, *BY, "--json")

    ((key, record),) = written(kafka)
    assert key == pair_key(PD, OTHER)
    assert before <= record.pop("at") <= time.time_ns() // 1_000_000
    assert record == {
        "left": PD,
        "right": OTHER,
        "verdict": word,
        "by": "local-operator",
        "audience": "internal",
        "why": "same crash, two units",
    }
    told = json.loads(result.stdout)
    assert {**record, "at": told["at"]} == told
    assert result.exit_code == 0


def test_people_are_told_what_was_written_and_when_it_shows(app: typer.Typer) -> None:
    lines = say(app, "different", OTHER, PD, *BY).stdout.splitlines()

    assert lines[0] == f"NOT_SAME  {PD}  {OTHER}"
    assert EFFECT["NOT_SAME"] in lines[1]
    assert "resolve and release" in lines[2]


@pytest.mark.parametrize("verdict", ["same", "different", "withdraw"])
@pytest.mark.parametrize("reports", [(PD, "a_pd:nothing"), ("a_pd:nothing", PD), ("a_pd:1", "a_pd:2")])
def test_a_report_that_is_not_there_is_denied_and_nothing_written(
    app: typer.Typer, kafka: MemoryKafka, verdict: str, reports: tuple[str, str]
) -> None:
    result = say(app, verdict, *reports, *BY)

    assert isinstance(result.exception, Denied)
    assert (result.exception.exit_code, str(result.exception)) == (77, str(NotFound()))
    assert result.stdout == ""
    assert written(kafka) == []


def test_an_audience_has_no_word_on_what_it_does_not_see(
    app: typer.Typer, kafka: MemoryKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(monkeypatch, {"v1": {**DOCUMENT, "reports": DOCUMENT["reports"][:1], "report_ids": [PD]}}, "calexico_pd")

    hidden, missing, nobody = (
        say(app, "same", PD, BP, *BY, "--as", "calexico_pd"),
        say(app, "same", PD, "a_pd:nothing", *BY, "--as", "calexico_pd"),
        say(app, "same", PD, BP, *BY, "--as", "nobody"),
    )

    assert str(hidden.exception) == str(missing.exception)
    assert [one.exception.exit_code for one in (hidden, missing, nobody) if isinstance(one.exception, Denied)] == [
        77
    ] * 3
    assert written(kafka) == []


def test_an_audience_that_sees_both_has_a_word_under_its_name(
    app: typer.Typer, kafka: MemoryKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(monkeypatch, {"v1": DOCUMENT}, "task_force")

    assert say(app, "same", PD, BP, *BY, "--as", "task_force").exit_code == 0
    assert written(kafka)[0][1]["audience"] == "task_force"


def test_who_acts_in_a_role_that_only_reads_has_no_word(
    app: typer.Typer, kafka: MemoryKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    for decides, code in (("true", 0), ("false", 77)):
        text = (
            bundled_text("cit")
            .replace("ends = 2027", "ends = 2097")
            .replace("adjudicates = true", f"adjudicates = {decides}")
        )
        orders = AgreementRegister()
        orders.apply(order("cit", text=text))
        read_from(monkeypatch, index({"v1": DOCUMENT}, "cit-team"), orders)
        monkeypatch.setenv("INTERAGENCY_ROLE", "team-agent")

        result = say(app, "same", PD, BP, *BY, "--as", "cit-team", "--purpose", "criminal_investigation")
        assert getattr(result.exception, "exit_code", result.exit_code) == code
    assert len(written(kafka)) == 1


def test_actual_and_test_traffic_are_never_one(app: typer.Typer, kafka: MemoryKafka) -> None:
    result = say(app, "same", PD, TEST, *BY)

    assert getattr(result.exception, "exit_code", None) == 65
    assert written(kafka) == []


@pytest.mark.parametrize(
    "given",
    [
        ("same", PD, PD, *BY),
        ("same", PD, *BY),
        ("same", PD, BP),
        ("same", PD, BP, "--by", "x"),
        ("same", PD, BP, "--by", " ", "--why", "y"),
        ("same", PD, BP, "--by", "model", "--why", "y"),
        ("same", PD, BP, "--by", "x", "--why", ""),
        ("same", PD, BP, "--by", "x", "--why", "y" * 2001),
        ("perhaps", PD, BP, *BY),
    ],
)
def test_a_wrong_call_is_a_usage_error(app: typer.Typer, kafka: MemoryKafka, given: tuple[str, ...]) -> None:
    assert say(app, *given).exit_code == 2
    assert written(kafka) == []


@pytest.mark.parametrize("trouble", [{"silent": True}, {"fails_after": 0}])
def test_a_word_that_kafka_does_not_acknowledge_is_not_told_as_written(
    app: typer.Typer, kafka: MemoryKafka, trouble: dict[str, Any]
) -> None:
    for name, value in trouble.items():
        setattr(kafka, name, value)

    result = say(app, "same", PD, BP, *BY)

    assert isinstance(result.exception, Transient)
    assert result.exception.exit_code == 69
    assert result.stdout == ""
    assert kafka.closed


def test_the_newest_word_on_each_pair_is_listed(app: typer.Typer, kafka: MemoryKafka) -> None:
    assert say(app, "list").stdout == "no pair has been adjudicated\n"
    for verdict, reports in (("same", (PD, BP)), ("different", (PD, OTHER)), ("withdraw", (BP, PD))):
        say(app, verdict, *reports, *BY)

    assert {(w["left"], w["right"], w["verdict"]) for w in asyncio.run(adjudications(MemoryTopics(kafka)))} == {
        (PD, BP, "WITHDRAWN"),
        (PD, OTHER, "NOT_SAME"),
    }
    assert {one["verdict"] for one in json.loads(say(app, "list", "--json").stdout)} == {"WITHDRAWN", "NOT_SAME"}
    assert len(say(app, "list").stdout.splitlines()) == 3


@pytest.mark.services
def test_a_word_is_on_the_real_topic_once_it_is_told(endpoints: Endpoints, monkeypatch: pytest.MonkeyPatch) -> None:
    hold(monkeypatch, DOCUMENTS)
    app = typer.Typer()
    adjudicate.register(app, undecided)
    with Admin(endpoints.kafka) as admin:
        admin.create_topics({ADJUDICATIONS.name: (ADJUDICATIONS.partitions, ADJUDICATIONS.settings())})
    environment = {
        "INTERAGENCY_KAFKA": endpoints.kafka,
        "INTERAGENCY_REGISTRY": endpoints.registry,
        "INTERAGENCY_ELASTICSEARCH": endpoints.elasticsearch,
    }

    told = json.loads(say(app, "same", BP, PD, *BY, "--json", env=environment).stdout)

    with Admin(endpoints.kafka) as admin:
        assert (
            codec.decode_trusted("adjudication", admin.read_compacted(ADJUDICATIONS.name)[pair_key(PD, BP)] or b"")
            == told
        )
    assert told in json.loads(say(app, "list", "--json", env=environment).stdout)
