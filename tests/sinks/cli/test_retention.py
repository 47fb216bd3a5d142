"""`retention list|purge`: what is due is purged as by `purge`, what is held is not, and both are told."""

import json
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock

import pytest
import typer

from schemas.agreements.report_orders import ReportOrderRegister
from schemas.errors import Configuration
from schemas.topics import AGREEMENTS, PURGES
from sinks.access import known_report
from sinks.access.known_report import View
from sinks.access.session import AccessSession
from sinks.cli import report_orders, retention
from sinks.partnership import retention_schedule
from tests.deploy.fakes import FakeAdmin, invoke, kafka_in_memory
from tests.sinks.fakes import MemoryLog
from tests.sinks.joined import ALONE, BP, DOCUMENT, OTHER, PD, SSP, index, read_from

BY = ("--by", "records-1", "--why", "schedule of 2026")
TABLE = "agreement,agency,family,years,source\n"
OLD = 315_532_800_000  # 1980


def old(document: dict[str, Any], *names: str) -> dict[str, Any]:
    """Let these reports of a document have been long ago."""
    reports = [
        {**one, "occurred_at": OLD, "updated_at": OLD} if one["report_id"] in names else one
        for one in document["reports"]
    ]
    return {**document, "reports": reports}


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch) -> FakeAdmin:
    return kafka_in_memory(monkeypatch, PURGES, AGREEMENTS)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> MemoryLog:
    return read_from(monkeypatch, index({"i1": old(DOCUMENT, PD, SSP), "i2": old(ALONE, OTHER)}))


@pytest.fixture
def app(kafka: FakeAdmin, log: MemoryLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    monkeypatch.setenv("INTERAGENCY_HOME", str(tmp_path))
    # The index in memory does not search all audiences at once.
    monkeypatch.setattr(known_report, "views_of", AsyncMock(return_value=(View("internal", "i1", 1),)))
    made = typer.Typer()
    retention.register(made)
    report_orders.register(made)
    return made


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = retention_schedule.schedule_path(tmp_path)
    path.write_text(f"{TABLE},calexico_pd,,10,s\n,imperial_so,,10,s\n,usbp_elc,,10,s\n")
    return path


def purged(kafka: FakeAdmin) -> set[str]:
    found = ReportOrderRegister()
    for key, value in kafka.read_compacted(PURGES.name).items():
        assert found.apply_record(key, value)
    return found.purged


def told(app: typer.Typer, *words: str) -> Any:
    return json.loads(invoke(app, "retention", *words, "--json").stdout)


def test_what_is_due_is_listed_and_only_that_is_written_down(app: typer.Typer, log: MemoryLog, table: Path) -> None:
    assert [one["report_id"] for one in told(app, "list")] == [PD, OTHER]
    assert [(line["ids"], json.loads(line["asked"])) for line in log.lines] == [([PD, OTHER], {"retention": True})]
    printed = invoke(app, "retention", "list").stdout
    assert PD in printed
    assert "calexico_pd: 10 years (s)" in printed
    assert BP not in printed


def test_no_log_no_list(app: typer.Typer, log: MemoryLog, table: Path) -> None:
    log.down = True

    assert PD not in invoke(app, "retention", "list", expect=69).output


def test_without_a_table_nothing_is_due_and_nobody_is_read(app: typer.Typer, log: MemoryLog) -> None:
    assert told(app, "list") == []
    assert log.lines == []


def test_purge_erases_what_is_due_and_keeps_what_is_held(app: typer.Typer, kafka: FakeAdmin, table: Path) -> None:
    invoke(app, "hold", OTHER, "--by", "counsel-1", "--why", "litigation")

    found = told(app, "purge", *BY)

    assert [(one["report_id"], one["held"]) for one in found["before"]] == [(PD, False), (OTHER, True)]
    assert found["purged"] == [PD]
    assert [(one["report_id"], one["held"]) for one in found["after"]] == [(OTHER, True)]
    assert purged(kafka) == {PD}
    invoke(app, "hold", OTHER, "--by", "counsel-1", "--why", "over", "--lift")
    assert "no due report is left" in invoke(app, "retention", "purge", *BY).stdout
    assert purged(kafka) == {PD, OTHER}


def test_nothing_is_ordered_of_what_is_held(app: typer.Typer, table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ordered: list[str] = []

    async def order(_: AccessSession, report_ids: list[str], *__: str) -> list[str]:
        ordered.extend(report_ids)
        return []

    monkeypatch.setattr(retention_schedule, "order_purges", order)
    invoke(app, "hold", OTHER, "--by", "counsel-1", "--why", "litigation")
    invoke(app, "retention", "purge", *BY)

    assert ordered == [PD]


def test_a_dry_run_orders_nothing(app: typer.Typer, kafka: FakeAdmin, table: Path) -> None:
    found = told(app, "purge", *BY, "--dry-run")

    assert found["before"] == found["after"] != []
    assert (found["purged"], kafka.sent) == ([], 0)


def test_who_and_why_are_asked_before_anything_is_read(app: typer.Typer, log: MemoryLog, table: Path) -> None:
    invoke(app, "retention", "purge", "--by", "", "--why", "x", expect=2)

    assert log.lines == []


@pytest.mark.parametrize("text", [f"{TABLE},,,x,s\n", f"{TABLE}no-such,,,5,s\n", "\udcff"])
def test_a_wrong_table_is_78_and_nothing_is_read(app: typer.Typer, log: MemoryLog, table: Path, text: str) -> None:
    table.write_bytes(text.encode("utf-8", "surrogateescape"))

    assert isinstance(invoke(app, "retention", "list", expect=78).exception, Configuration)
    assert log.lines == []
