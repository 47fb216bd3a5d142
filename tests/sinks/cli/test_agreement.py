"""`agreement` and `vetting`: what an order changes, for whom, and what it refuses."""

import asyncio
import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer

from schemas.agreements import BUNDLED, bundled_text
from schemas.errors import Denied, Fatal, PipelineError, Transient
from schemas.records.order import AgreementOrder
from schemas.runtime.clock import now_ms
from schemas.topics import AGREEMENTS
from sinks.access.orders import current, newest_orders
from sinks.cli import agreement, session, vetting
from sinks.cli.agreement import WAITS
from sinks.index.memory import Memory
from sinks.index.names import IndexName
from sinks.index.port import NoAudience
from tests.deploy.fakes import FakeAdmin, invoke, kafka_in_memory
from tests.sinks.fakes import MemoryTopics

BY = ("--by", "records-clerk", "--why", "signed")
FAR = datetime.fromtimestamp(time.time() + 300 * 86_400, UTC).strftime("%Y-%m-%d")


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch) -> FakeAdmin:
    return kafka_in_memory(monkeypatch, AGREEMENTS)


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Memory:
    made = Memory()
    for one in BUNDLED.values():
        for audience in one.audiences:
            asyncio.run(made.ensure(IndexName(audience.name, 1)))
    monkeypatch.setattr(session, "index_at", lambda _: made)
    return made


@pytest.fixture
def app(kafka: FakeAdmin, index: Memory) -> typer.Typer:
    made = typer.Typer()
    agreement.register(made)
    vetting.register(made)
    return made


def read(kafka: FakeAdmin) -> dict[str, AgreementOrder]:
    return asyncio.run(newest_orders(MemoryTopics(kafka)))


def is_open(index: Memory, audience: str) -> bool:
    try:
        asyncio.run(index.count(f"incidents-{audience}"))
    except NoAudience:
        return False
    return True


def changed(tmp_path: Path, *replaced: tuple[str, str]) -> str:
    text = bundled_text("cit")
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "agreement.toml"
    path.write_text(text)
    return str(path)


def test_the_bundled_agreements_are_listed_and_shown(app: typer.Typer) -> None:
    told = invoke(app, "agreement", "list").stdout
    assert all(name in told for name in BUNDLED)
    assert told.count("bundled") == len(BUNDLED)
    rows = json.loads(invoke(app, "agreement", "list", "--json").stdout)
    assert {row["agreement_id"]: row["in_force"] for row in rows} == {
        name: one.in_force(now_ms()) for name, one in BUNDLED.items()
    }
    assert invoke(app, "agreement", "show", "cit").stdout == bundled_text("cit")
    assert "# Calexico Investigations Team" in invoke(app, "agreement", "explain", "cit").stdout
    for word in ("show", "explain"):
        invoke(app, "agreement", word, "nothing", expect=77)


def test_an_ended_agreement_has_no_alias_and_the_others_have(app: typer.Typer, kafka: FakeAdmin, index: Memory) -> None:
    told = invoke(app, "agreement", "end", "actt", *BY).stdout

    assert "actt-us, actt-mx" in told
    assert [is_open(index, name) for name in ("actt-us", "actt-mx", "cit-team")] == [False, False, True]
    (order,) = read(kafka).values()
    assert (order["by"], order["why"], order["ends"]) == ("records-clerk", "signed", order["at"])
    assert not current(read(kafka)).agreements["actt"].in_force(order["at"])
    assert "ended" in invoke(app, "agreement", "list").stdout
    invoke(app, "agreement", "end", "nothing", *BY, expect=77)


@pytest.mark.parametrize("trouble", [Transient("it does not answer"), Denied("not allowed"), Fatal("refused")])
def test_an_order_stands_although_the_index_cannot_follow_now(
    app: typer.Typer,
    kafka: FakeAdmin,
    index: Memory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    trouble: PipelineError,
) -> None:
    async def away(*_: object) -> None:
        raise trouble

    monkeypatch.setattr(index, "hide", away)
    monkeypatch.setattr(index, "expose", away)

    told = invoke(app, "agreement", "end", "cit", *BY).stdout
    assert "cit has ended; closed: cit-team" in told
    assert WAITS in told
    assert str(trouble) in told
    assert not current(read(kafka)).agreements["cit"].in_force(now_ms())

    told = invoke(app, "agreement", "apply", changed(tmp_path, ("version = 1", "version = 2")), *BY).stdout
    assert "cit version 2 is current, in force" in told
    assert WAITS in told
    assert current(read(kafka)).agreements["cit"].in_force(now_ms())


def test_a_higher_version_opens_again_what_was_ended(
    app: typer.Typer, kafka: FakeAdmin, index: Memory, tmp_path: Path
) -> None:
    invoke(app, "agreement", "end", "cit", *BY)
    invoke(app, "agreement", "apply", changed(tmp_path), *BY, expect=77)
    assert not is_open(index, "cit-team")

    told = invoke(app, "agreement", "apply", changed(tmp_path, ("version = 1", "version = 2")), *BY).stdout
    assert "cit version 2 is current, in force" in told
    assert is_open(index, "cit-team")
    assert invoke(app, "agreement", "show", "cit").stdout == Path(tmp_path / "agreement.toml").read_text()


def test_an_audience_that_a_version_drops_is_closed(app: typer.Typer, index: Memory, tmp_path: Path) -> None:
    asyncio.run(index.ensure(IndexName("cit-unit", 1)))
    invoke(app, "agreement", "apply", changed(tmp_path, ("version = 1", "version = 2"), ("cit-team", "cit-unit")), *BY)

    assert [is_open(index, name) for name in ("cit-team", "cit-unit")] == [False, True]


def test_a_file_that_is_misread_or_takes_an_audience_stands_nowhere(
    app: typer.Typer, kafka: FakeAdmin, tmp_path: Path
) -> None:
    new = ('agreement_id = "cit"', 'agreement_id = "yuma"')
    for replaced in ((new, ("extendable", "extensible")), (new,)):
        invoke(app, "agreement", "apply", changed(tmp_path, *replaced), *BY, expect=78)
    assert not read(kafka)

    invoke(app, "agreement", "apply", changed(tmp_path, new, ("cit-team", "yuma-team")), *BY)
    assert "yuma-team" in invoke(app, "agreement", "list").stdout


def test_a_vetting_has_an_end_and_is_one_that_a_rule_asks_for(app: typer.Typer, kafka: FakeAdmin) -> None:
    invoke(app, "vetting", "add", "actt-mx", "background_check", *BY, expect=2)
    for until in ("tomorrow", "2026-01-01"):
        invoke(app, "vetting", "add", "actt-mx", "background_check", "--until", until, *BY, expect=2)
    for who, level in (("actt-mx", "interview"), ("actt-us", "background_check"), ("nobody", "background_check")):
        invoke(app, "vetting", "add", who, level, "--until", FAR, *BY, expect=77)
    assert not read(kafka)
    assert invoke(app, "vetting", "list").stdout == "no audience is vetted\n"

    told = invoke(app, "vetting", "add", "actt-mx", "background_check", "--until", FAR, *BY).stdout
    assert f"actt-mx has background_check until {FAR} 00:00:00" in told
    assert " yes " in invoke(app, "vetting", "list").stdout
    (order,) = read(kafka).values()
    assert current(read(kafka)).levels("actt-mx", order["at"]) == {"background_check"}


def test_a_revoked_vetting_is_gone_at_once(app: typer.Typer, kafka: FakeAdmin) -> None:
    invoke(app, "vetting", "add", "actt-mx", "background_check", "--until", FAR, *BY)
    invoke(app, "vetting", "revoke", "actt-mx", "background_check", *BY)

    (order,) = read(kafka).values()
    assert current(read(kafka)).levels("actt-mx", order["at"]) == set()
    assert " no " in invoke(app, "vetting", "list").stdout
    (row,) = json.loads(invoke(app, "vetting", "list", "--json").stdout)
    assert row["order_id"] == "actt-mx/background_check"


def test_what_is_owed_is_listed_with_the_command_that_makes_it(app: typer.Typer) -> None:
    found = {one["agreement_id"]: one for one in json.loads(invoke(app, "agreement", "owed", "--json").stdout)}

    assert found["cit"]["to"] == "Calexico City Council"
    assert (
        found["cit"]["command"] == f"interagency report cit --from {found['cit']['since']} --to {found['cit']['until']}"
    )
    assert "interagency digest actt --day" in invoke(app, "agreement", "owed").stdout
