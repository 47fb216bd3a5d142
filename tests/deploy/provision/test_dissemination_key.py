"""`init` shows the first key of the dissemination log once; nothing keeps it, nothing shows it again."""

import asyncio
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from deploy.cli import services
from deploy.provision import dissemination_key
from deploy.provision.dissemination_key import DisseminationKey, create_key, replace_key
from deploy.provision.init import InitResult
from schemas.runtime.settings import Endpoints, Settings
from sinks.access.dissemination_chain import findings, new_keys, parse_keys
from sinks.access.dissemination_key import key_file
from tests.sinks.disseminated import NOW, MemoryTopics, question

NOWHERE = Endpoints("", "", "")


@pytest.fixture
def topics(monkeypatch: pytest.MonkeyPatch) -> MemoryTopics:
    made = MemoryTopics()
    monkeypatch.setattr(dissemination_key, "DisseminationLog", lambda _, home: made.log(home))
    return made


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def append(topics: MemoryTopics, settings: Settings) -> None:
    asyncio.run(topics.log(settings.home).append(question()))


def files(home: Path) -> str:
    return "".join(path.read_text() for path in home.rglob("*") if path.is_file())


def test_the_key_is_shown_once_and_verifies_all_that_follows(topics: MemoryTopics, settings: Settings) -> None:
    made, again = (asyncio.run(create_key(settings, NOWHERE, gives=True)) for _ in range(2))
    append(topics, settings)

    assert "keep it away from this machine" in made.line()
    assert made.as_json()["dissemination_key"] == made.shown
    assert findings(topics.lines, parse_keys(made.line()), [], 0, NOW) == []
    assert "given out at 20" in again.line()
    assert again == DisseminationKey(1, made.given_at)
    assert again.as_json() == {"dissemination_key": None, "dissemination_key_given_at": made.given_at}
    assert made.shown.partition("-")[2] not in files(settings.home) + repr(made) + again.line()


def test_a_key_that_nobody_was_shown_is_said_to_be_none(topics: MemoryTopics, settings: Settings) -> None:
    made, again = (
        asyncio.run(create_key(settings, NOWHERE, gives=False)),
        asyncio.run(create_key(settings, NOWHERE, gives=True)),
    )

    for one in (made, again):
        assert "was never shown" in one.line()
        assert one.as_json() == {"dissemination_key": None, "dissemination_key_given_at": None}
    assert key_file(settings.home).exists()


def test_a_lost_key_is_said_and_not_replaced_unasked(topics: MemoryTopics, settings: Settings) -> None:
    asyncio.run(create_key(settings, NOWHERE, gives=True))
    append(topics, settings)
    key_file(settings.home).unlink()

    lost = asyncio.run(create_key(settings, NOWHERE, gives=True))

    assert lost.lost
    assert "--new-dissemination-key" in lost.line()
    assert not key_file(settings.home).exists()


def test_another_key_is_shown_and_the_log_says_where_it_begins(topics: MemoryTopics, settings: Settings) -> None:
    first = asyncio.run(create_key(settings, NOWHERE, gives=True))
    append(topics, settings)
    other = asyncio.run(replace_key(settings, NOWHERE))
    append(topics, settings)
    keys = parse_keys(f"{first.shown} {other.shown}")

    assert new_keys(topics.lines) == [2]
    assert sorted(keys) == [1, 2]
    assert findings(topics.lines, keys, [], 0, NOW) == []
    assert other.shown.partition("-")[2] not in files(settings.home)


@pytest.mark.parametrize("make", [partial(create_key, gives=True), replace_key], ids=["make", "replace"])
def test_connections_are_let_go(
    topics: MemoryTopics, settings: Settings, monkeypatch: pytest.MonkeyPatch, make: Callable[..., Any]
) -> None:
    stopped = []

    async def stop() -> None:
        stopped.append(1)

    monkeypatch.setattr(topics, "stop", stop, raising=False)
    asyncio.run(make(settings, NOWHERE))

    assert len(stopped) == 2, "the reader and the producer"


@pytest.mark.parametrize("command", ["init", "up"])
def test_init_and_up_show_the_key_on_standard_output_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str
) -> None:
    keys = [DisseminationKey(1, NOW, "1-abc"), DisseminationKey(1, NOW)]

    def made(*_: object, gives_key: bool) -> InitResult:
        assert gives_key
        return InitResult(1, 2, 3, keys[0])

    monkeypatch.setattr("deploy.embedded.lifecycle.up", lambda *_: NOWHERE)
    monkeypatch.setattr("deploy.provision.init.init", made)
    monkeypatch.setattr("schemas.runtime.settings.endpoints", lambda _: NOWHERE)
    app, environment = typer.Typer(), {"INTERAGENCY_HOME": str(tmp_path)}
    services.register(app)
    printed, as_json = (
        CliRunner().invoke(app, [command, *words], env=environment, catch_exceptions=False)
        for words in ((), ("--json",))
    )
    assert "keep it away from this machine: 1-abc" in printed.stdout
    assert json.loads(as_json.stdout)["dissemination_key"] == "1-abc"
    assert "abc" not in printed.stderr + as_json.stderr

    keys.pop(0)
    again = CliRunner().invoke(app, [command], env=environment, catch_exceptions=False)
    assert ("given out at" in again.stdout) == (command == "init")
