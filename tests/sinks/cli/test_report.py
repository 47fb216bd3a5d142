"""`report`: made once for a month or quarter that has ended, and the same for ever; corrected as a new edition."""

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import typer

from schemas.agencies import BUNDLED as AGENCIES
from schemas.agreements import bundled_text, parse
from schemas.agreements.register import AgreementRegister
from schemas.records import codec
from schemas.records.audit import Anchor
from schemas.topics import AGENCIES as ROWS
from schemas.topics import AGREEMENTS, COUNCIL_REPORTS
from sinks.access.ports import Topics
from sinks.cli import report
from sinks.index.memory import Memory
from sinks.partnership import council_report
from sinks.partnership.report_editions import issued_under
from tests.deploy.fakes import FakeAdmin, invoke, kafka_in_memory
from tests.sinks.fakes import MemoryLog
from tests.sinks.joined import ALONE, Document, index, member, read_from

TEXT = bundled_text("cit").replace("ends = 2027", "ends = 2098")
JANUARY = ("--from", "2026-01-01", "--to", "2026-01-31")
QUARTER = ("--from", "2026-01-01", "--to", "2026-03-31")
BY = ("--correct", "--by", "clerk1", "--why", "late reports")
LOCAL = ZoneInfo("America/Los_Angeles")


def at(*when: int) -> int:
    return int(datetime(*when, tzinfo=LOCAL).timestamp() * 1000)  # type: ignore[arg-type, misc]


def incident(number: int, occurred_at: int, **fields: Any) -> Document:
    name = f"calexico_pd:26-{number}"
    own = member(name, 0, published_at=occurred_at)
    known = {"report_ids": [name], "agencies": ["calexico_pd"], "reports": [own], "offense_family": ["HOMICIDE"]}
    return {**ALONE, **known, "occurred_at": occurred_at, **fields}


def incidents(many: int, first: int = 0, when: int = at(2026, 1, 31, 23, 30), **fields: Any) -> dict[str, Document]:
    return {f"v{first + number}": incident(first + number, when, **fields) for number in range(many)}


def order(kafka: FakeAdmin, ends: int | None = None, text: str = TEXT) -> None:
    value = {"order_id": "cit", "kind": "AGREEMENT", "text": text, "begins": 0, "ends": ends, "by": "b", "why": "w"}
    kafka.send(AGREEMENTS.name, b"cit", codec.encode("agreement_order", {**value, "at": 1}))


def anchor(number: int) -> Callable[[Topics], Awaitable[Anchor]]:
    async def newest(_: Topics) -> Anchor:
        return {"number": number, "digest": f"d{number}", "at": 0}

    return newest


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch) -> FakeAdmin:
    made = kafka_in_memory(monkeypatch, COUNCIL_REPORTS, AGREEMENTS, ROWS)
    monkeypatch.setattr(council_report, "newest_anchor", anchor(7))
    for name, row in AGENCIES.items():
        made.send(ROWS.name, name.encode(), codec.encode("agency", row))
    order(made)
    return made


@pytest.fixture
def see(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Document]], MemoryLog]:
    """Let the team see these incidents from now on."""

    def seen(documents: dict[str, Document]) -> MemoryLog:
        memory = index(documents, "cit-team") if documents else Memory()
        return read_from(monkeypatch, memory, AgreementRegister([parse(TEXT, "cit.toml")]))

    return seen


@pytest.fixture
def app(kafka: FakeAdmin) -> typer.Typer:
    made = typer.Typer()
    report.register(made)
    return made


def told(app: typer.Typer, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(invoke(app, "cit", *words).stdout)["cit-team"]
    return found


def kept(kafka: FakeAdmin) -> list[tuple[int, str, int]]:
    found = issued_under(kafka.read_compacted(COUNCIL_REPORTS.name).values(), "cit")
    return [(one["number"], one["period"], one["edition"]) for one in found]


def test_a_month_gives_the_same_report_for_ever(
    app: typer.Typer, kafka: FakeAdmin, see: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    see(incidents(30))
    first = invoke(app, "cit", *JANUARY).stdout
    log = see(incidents(31))
    monkeypatch.setattr(council_report, "newest_anchor", anchor(9))

    assert invoke(app, "cit", *JANUARY).stdout == first
    assert json.loads(first)["cit-team"]["incidents"] == 30
    assert json.loads(first)["cit-team"]["report"]["edition"] == 1
    assert json.loads(first)["dissemination_anchor"] == "7:d7"
    assert kept(kafka) == [(1, "2026-01", 1)]
    (line,) = log.lines
    assert json.loads(line["asked"]) == {"council_report": "cit", "period": "2026-01", "edition": 1}
    assert (line["audience"], line["purpose"]) == ("cit-team", "criminal_investigation")


def test_a_correction_is_a_new_edition_that_does_not_give_the_difference_away(
    app: typer.Typer, kafka: FakeAdmin, see: Any
) -> None:
    see(incidents(30))
    told(app, *JANUARY)
    see({**incidents(31), **incidents(9, 40, offense_family=["DRUGS"])})
    corrected = told(app, *JANUARY, *BY)

    assert corrected["incidents"] == 40
    assert corrected["tables"]["offense family"]["HOMICIDE"] is None, "31 after 30 would tell of one"
    assert corrected["report"]["correction"] == "late reports"
    assert told(app, *JANUARY) == corrected
    assert kept(kafka) == [(1, "2026-01", 1), (2, "2026-01", 2)]


def test_what_is_corrected_is_a_report_that_was_made_by_somebody_for_a_reason(app: typer.Typer, see: Any) -> None:
    see(incidents(30))

    assert "was issued yet" in invoke(app, "cit", *JANUARY, *BY, expect=2).output
    invoke(app, "cit", *JANUARY, "--correct", expect=2)
    invoke(app, "cit", *JANUARY, "--correct", "--by", "clerk1", "--why", " ", expect=2)
    assert "only a month or quarter" in invoke(app, "cit", "--from", "2026-01-02", *BY, expect=2).output


@pytest.mark.parametrize(
    "words",
    [(), ("--from", "2026-01-01"), ("--to", "2026-01-31"), ("--from", "2026-01-01", "--to", "2026-02-28")],
    ids=["all", "no end", "no beginning", "two months"],
)
def test_any_other_time_gives_totals_of_20_and_more_and_is_not_kept(
    app: typer.Typer, kafka: FakeAdmin, see: Any, words: tuple[str, ...]
) -> None:
    see({**incidents(30), **incidents(6, 30, offense_family=["DRUGS"])})
    found = told(app, *words)

    assert found["incidents"] == 20
    assert not any(found["tables"].values())
    assert kept(kafka) == []


def test_a_report_is_written_as_markdown_that_says_when_it_was_made(app: typer.Typer, see: Any, tmp_path: Any) -> None:
    see(incidents(30))
    invoke(app, "cit", *QUARTER, "--out", str(tmp_path / "council.md"))
    text = (tmp_path / "council.md").read_text()

    assert "Incidents that occurred in 2026-Q1 (America/Los_Angeles)." in text
    assert "Edition 1, issued on 20" in text
    assert "| HOMICIDE | 30 |" in text
