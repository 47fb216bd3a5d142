"""Readers and writers agree on the generation, or the command says so and does nothing."""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.provision.init import init
from interagency import application
from producers.delivery.kafka import Admin
from schemas.errors import Configuration
from schemas.runtime.settings import Endpoints, Settings
from schemas.topics import ADJUDICATIONS, ENRICHED_REPORTS, INCIDENTS
from tests.deploy.fakes import kafka_in_memory
from tests.sinks.joined import BP, DOCUMENT, NOWHERE, PD, index, read_from

OTHER = {**NOWHERE, "INTERAGENCY_GENERATION": "2"}
BY = ("--by", "local-operator", "--why", "a test")
READERS = [
    ("search",),
    ("show", PD),
    ("unmapped",),
    ("export", "assignments"),
    ("export", "incidents"),
    ("wanted",),
    ("why", PD, BP),
    ("adjudicate", "same", PD, BP, *BY),
    ("adjudicate", "queue"),
    ("whatif", "--threshold", "1"),
    ("evaluate", "--adjudicated"),
]


@pytest.mark.parametrize("words", READERS, ids=" ".join)
def test_every_reading_command_refuses_another_generation(
    monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    log = read_from(monkeypatch, index({"i1": DOCUMENT}))
    kafka = kafka_in_memory(monkeypatch, ADJUDICATIONS, INCIDENTS, ENRICHED_REPORTS)

    result = CliRunner().invoke(application(), words, env=OTHER)

    assert isinstance(result.exception, Configuration), result.output
    assert "INTERAGENCY_GENERATION" in str(result.exception)
    assert (result.stdout, log.lines, kafka.sent) == ("", [], 0)


@pytest.mark.services
def test_init_refuses_another_generation_before_it_makes_anything(endpoints: Endpoints, tmp_path: Path) -> None:
    init(Settings(home=tmp_path), endpoints, asyncio.run)
    with Admin(endpoints.kafka) as admin:
        before = admin.topic_names()

    with pytest.raises(Configuration, match="of generation 1"):
        init(Settings(home=tmp_path, generation=2), endpoints, asyncio.run)

    with Admin(endpoints.kafka) as admin:
        assert admin.topic_names() == before
