"""The reading commands: exit codes and what goes where."""

import asyncio
import json
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from deploy.provision.dissemination_key import replace_key
from producers.delivery.kafka import Admin
from schemas.errors import Denied, Transient
from schemas.runtime.settings import Endpoints, Settings
from schemas.topics import AGREEMENTS, DISSEMINATION, DISSEMINATION_ANCHORS, PURGES
from sinks.cli import export, search
from sinks.index.elastic import Elastic
from sinks.index.names import IndexName
from sinks.index.operations import Entry, entry
from tests.patience import LONG_S, patience
from tests.sinks.factories import document, released, report
from tests.sinks.joined import NOWHERE

TOPICS = (AGREEMENTS, DISSEMINATION, DISSEMINATION_ANCHORS, PURGES)

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()
    for module in (search, export):
        module.register(made)
    return made


def run(app: typer.Typer, environment: dict[str, str], *words: str) -> Result:
    return CliRunner().invoke(app, list(words), env=environment)


@pytest.mark.parametrize(
    "words",
    [("--within", "5km"), ("--side", "north"), ("--from", "soon"), ("--sort", "x"), ("--limit", "-1"), ("--nonsense",)],
)
def test_a_wrong_option_is_a_usage_error_before_any_service_is_asked(app: typer.Typer, words: tuple[str, ...]) -> None:
    result = run(app, NOWHERE, "search", *words)

    assert result.exit_code == 2
    assert result.stdout == ""


@pytest.mark.parametrize("words", [("search",), ("show", "i1"), ("export", "assignments"), ("export", "incidents")])
def test_an_index_that_does_not_answer_is_unavailable(app: typer.Typer, words: tuple[str, ...]) -> None:
    result = run(app, NOWHERE, *words)

    assert isinstance(result.exception, Transient)
    assert result.exception.exit_code == 69
    assert result.stdout == ""


@pytest.mark.parametrize("audience", ["*", "internal,el_paso_pd", "-internal", "INTERNAL", "_all"])
def test_what_could_name_several_audiences_is_denied_before_any_is_read(app: typer.Typer, audience: str) -> None:
    result = run(app, NOWHERE, "search", "--as", audience)

    assert isinstance(result.exception, Denied)
    assert result.exception.exit_code == 77


def test_every_command_has_help(app: typer.Typer) -> None:
    for words in (
        ("search",),
        ("show",),
        ("export",),
        ("export", "assignments"),
        ("export", "incidents"),
    ):
        assert run(app, {}, *words, "--help").exit_code == 0


@pytest.fixture
async def audience(endpoints: Endpoints) -> str:
    index, name = Elastic(endpoints.elasticsearch), IndexName(f"cli_{uuid.uuid4().hex[:12]}", 1)
    await index.ensure(name)
    for view_id, made in {
        "two": document(report(1), report(2), text="rocks \x1b[2J thrown"),
        "stub": b'{"state":"WITHDRAWN"}',
    }.items():
        one = entry(released(audience=name.audience, view_id=view_id, document=made), 1, 0)
        assert isinstance(one, Entry)
        await index.bulk([one.operation])
    await index.refresh([str(name)])
    await index.close()
    return name.audience


@pytest.fixture
def environment(endpoints: Endpoints, tmp_path: Path) -> dict[str, str]:
    with Admin(endpoints.kafka) as admin:
        admin.create_topics({topic.name: (1, topic.settings()) for topic in TOPICS})
    # The log is the session's, and other homes wrote to it: this one's lines begin with a key of their own.
    asyncio.run(replace_key(Settings(home=tmp_path), endpoints))
    return {
        "INTERAGENCY_HOME": str(tmp_path),
        "INTERAGENCY_KAFKA": endpoints.kafka,
        "INTERAGENCY_REGISTRY": endpoints.registry,
        "INTERAGENCY_ELASTICSEARCH": endpoints.elasticsearch,
    }


@pytest.mark.services
def test_what_is_found_is_data_on_standard_output(app: typer.Typer, environment: dict[str, str], audience: str) -> None:
    told: dict[str, Any] = json.loads(run(app, environment, "search", "rocks", "--as", audience, "--json").stdout)
    assert [hit["id"] for hit in told["hits"]] == ["two"]

    plain = run(app, environment, "search", "--as", audience).stdout
    assert "two" in plain
    assert "stub" not in plain

    assert (
        json.loads(run(app, environment, "show", "el_paso_pd:26-000002", "--as", audience, "--json").stdout)["id"]
        == "two"
    )
    assert "\x1b" not in run(app, environment, "show", "two", "--as", audience).stdout

    lines = run(app, environment, "export", "incidents", "--as", audience).stdout.splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["two"]


@pytest.mark.services
def test_what_is_not_open_is_not_told_apart_from_what_is_not_there(
    app: typer.Typer, environment: dict[str, str], audience: str
) -> None:
    results = [
        run(app, environment, "search", "--as", f"{audience}_other"),
        run(app, environment, "search", "--as", "*"),
    ]

    assert len({str(result.exception) for result in results}) == 1
    assert all(isinstance(result.exception, Denied) for result in results)
    withdrawn = run(app, environment, "show", "stub", "--as", audience)
    missing = run(app, environment, "show", "nothing", "--as", audience)
    assert str(withdrawn.exception) == str(missing.exception)


@pytest.mark.services
def test_a_reader_that_stops_reading_is_no_error(environment: dict[str, str], audience: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "interagency", "export", "incidents", "--as", audience],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    _, errors = process.communicate(timeout=patience(LONG_S))

    assert (process.returncode, errors) == (0, b"")
