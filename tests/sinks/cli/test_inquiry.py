"""`lookup`: asked, told to the center, answered, shown; and what is written down of it."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
import typer

from schemas.agencies import BUNDLED as AGENCIES
from schemas.agreements import bundled_text
from schemas.errors import Transient
from schemas.records import codec
from schemas.topics import AGENCIES as ROWS
from schemas.topics import AGREEMENTS, INQUIRY_REQUESTS, INQUIRY_RESPONSES
from sinks.cli import inquiry
from tests.deploy.fakes import FakeAdmin, invoke, kafka_in_memory
from tests.sinks.fakes import MemoryLog
from tests.sinks.joined import ALONE, index, member, read_from

NAME = "federal-local"
FAR = 4_000_000_000_000  # 2096
OWN = "el_paso_pd:26-1"
NAMES = "EJEMPLO, UNO"
PURPOSE = ("--purpose", "criminal_investigation")
BY = ("--by", "detective1", "--why", "arrested at the scene")
PERSONS = [{"roles": ["ARRESTEE"], "name": NAMES, "dob": "1990", "injury": "M"}, {"roles": ["VICTIM"], "name": "B"}]


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch) -> FakeAdmin:
    made = kafka_in_memory(monkeypatch, INQUIRY_REQUESTS, INQUIRY_RESPONSES, AGREEMENTS, ROWS)
    for name, row in AGENCIES.items():
        made.send(ROWS.name, name.encode(), codec.encode("agency", row))
    order(made, FAR)
    return made


def order(kafka: FakeAdmin, ends: int) -> None:
    """Let the agreement, whose file ends in 2098 here, end at a time."""
    text = bundled_text("federal-local").replace("ends = 2028", "ends = 2098")
    value = {"order_id": NAME, "kind": "AGREEMENT", "text": text, "begins": 0, "ends": ends, "by": "b", "why": "w"}
    kafka.send(AGREEMENTS.name, NAME.encode(), codec.encode("agreement_order", {**value, "at": 1}))


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> MemoryLog:
    own = member(
        OWN, 0, persons=PERSONS, offense={"family": "ASSAULT", "concept": "ASSAULT"}, handling={"owner_level": "GREEN"}
    )
    held = {"v1": {**ALONE, "report_ids": [OWN], "agencies": ["el_paso_pd"], "reports": [own]}}
    return read_from(monkeypatch, index(held, "el_paso_pd"))


@pytest.fixture
def app(kafka: FakeAdmin, log: MemoryLog) -> typer.Typer:
    made = typer.Typer()
    inquiry.register(made)
    return made


def shown(app: typer.Typer) -> dict[tuple[str, str], dict[str, Any]]:
    rows = json.loads(invoke(app, "lookup", "show", OWN, *PURPOSE, "--json").stdout)
    return {(row["person"], row["service"]): row for row in rows}


def ask(app: typer.Typer, expect: int = 0, service: str = "background", person: str = "1@1") -> str:
    return invoke(app, "lookup", "ask", OWN, person, service, *PURPOSE, *BY, expect=expect).stdout


def waiting(app: typer.Typer) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(invoke(app, "lookup", "requests", "support_centre", "--json").stdout)
    return found


def test_a_look_up_from_the_question_to_the_hit(app: typer.Typer, kafka: FakeAdmin, log: MemoryLog) -> None:
    assert shown(app)["1@1", "background"]["state"] == "not asked"
    assert "asked support_centre for background under federal-local 6.2 (Texas)" in ask(app)
    assert shown(app)["1@1", "background"]["state"] == "no answer"
    assert "no answer: not asked again" in ask(app)
    assert len(kafka.topics[INQUIRY_REQUESTS.name][0]) == 1

    (one,) = waiting(app)
    assert one["person"] == {"name": NAMES, "dob": "1990"}
    invoke(app, "lookup", "answer", one["request_id"], "hit", "--contact", "watch desk", "--by", "clerk1")
    row = shown(app)["1@1", "background"]
    assert (row["state"], row["contact"]) == ("hit", "watch desk")
    assert shown(app)["1@1", "criminal_history"]["state"] == "not asked"
    assert waiting(app) == []
    assert "hit: not asked again" in ask(app)


def test_who_asked_for_whom_and_who_was_told_the_person_is_written_down(app: typer.Typer, log: MemoryLog) -> None:
    ask(app)
    waiting(app)

    lines = [(line["audience"], line["purpose"], json.loads(line["asked"])) for line in log.lines]
    (name,) = {asked["lookup"] for _, _, asked in lines if "lookup" in asked}
    who = ("el_paso_pd", "criminal_investigation")
    question = {"lookup": name, "service": "background", "agreement": "federal-local", "by": "detective1"}
    assert (*who, question) in lines
    assert (*who, {"lookup_requests": "support_centre"}) in lines
    assert log.lines[-1]["ids"] == [name]
    invoke(app, "lookup", "answer", name, "unavailable", "--by", "clerk1")
    assert json.loads(log.lines[-1]["asked"]) == {"lookup_unavailable": name, "by": "clerk1"}
    invoke(app, "lookup", "answer", name, "no-record", "--by", "clerk1")
    assert json.loads(log.lines[-1]["asked"]) == {"lookup_answer": name, "by": "clerk1"}


def test_without_a_log_nothing_is_asked_and_nobody_told(
    app: typer.Typer, kafka: FakeAdmin, log: MemoryLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(app)
    append = log.append

    async def reads_alone(said: Mapping[str, Any]) -> None:
        if "lookup" in str(said["asked"]):
            raise Transient("down")
        await append(said)

    monkeypatch.setattr(log, "append", reads_alone)
    ask(app, expect=69, service="criminal_history")
    assert NAMES not in invoke(app, "lookup", "requests", "support_centre", expect=69).output
    assert len(kafka.topics[INQUIRY_REQUESTS.name][0]) == 1


def test_what_nobody_may_ask_is_told_with_its_reason(app: typer.Typer, kafka: FakeAdmin) -> None:
    ask(app, expect=77, person="2@1")
    ask(app, expect=77, service="biometrics")
    ask(app, expect=77, person="9@1")
    invoke(app, "lookup", "ask", OWN, "1@1", "background", "--purpose", "immigration_enforcement", *BY, expect=77)
    invoke(app, "lookup", "ask", "nogales_pd:1", "1@1", "background", *PURPOSE, *BY, expect=77)
    assert kafka.topics[INQUIRY_REQUESTS.name] == [[]]

    assert "victim" in shown(app)["2@1", "background"]["barred"]
    told = invoke(app, "lookup", "show", OWN, *PURPOSE).stdout
    assert "barred" in told
    assert "not asked" in told


@pytest.mark.parametrize(
    "words",
    [
        ("hit",),
        ("no-record", "--contact", "watch desk"),
        ("no-record", "--reference", "R-1"),
        ("perhaps",),
        ("hit", "--contact", "x" * 501),
    ],
)
def test_a_wrong_answer_is_a_usage_error(app: typer.Typer, kafka: FakeAdmin, words: tuple[str, ...]) -> None:
    ask(app)
    (one,) = waiting(app)

    invoke(app, "lookup", "answer", one["request_id"], *words, "--by", "clerk1", expect=2)
    assert kafka.topics[INQUIRY_RESPONSES.name] == [[]]


def test_an_answer_to_nothing_is_denied(app: typer.Typer) -> None:
    invoke(app, "lookup", "answer", "l0", "no-record", "--by", "clerk1", expect=77)
    assert invoke(app, "lookup", "requests", "support_centre").stdout == "no inquiry waits for an answer\n"
