"""What a command imports: a reading takes a second of CPU or three, by that alone."""

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from interagency import COMMANDS, PORTS
from tests.sinks.joined import NOWHERE

ROOT = Path(__file__).resolve().parents[1]
HEAVY = {"faust", "mode", "kafka", "elasticsearch", "elastic_transport", "aiohttp", "httpx", "requests", "rocksdict",
         "shapely", "structlog", "rich", "uvloop", "streams"}  # fmt: skip
"""Imported by workers and by what writes, starts or draws, never by a command that reads."""
READERS = [
    ("search", "rocks", "--offense", "assault"),
    ("show", "el_paso_pd:26-1"),
    ("export", "assignments"),
    ("export", "incidents"),
    ("wanted",),
    ("unmapped",),
    ("why", "el_paso_pd:26-1", "tx_dps:2"),
]
_SCRIPT = """
import json, logging, sys
import interagency
logging.disable()  # That Kafka is away is logged, and with the first line of a log comes structlog.
try:
    interagency.main()
except SystemExit as end:
    print(json.dumps([end.code, sorted({name.partition(".")[0] for name in sys.modules})]))
"""


def imported(words: tuple[str, ...]) -> tuple[int, set[str]]:
    """Run a command without services: its exit code, and the packages that it imported."""
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, *words],
        cwd=ROOT,
        env={**os.environ, **NOWHERE},
        capture_output=True,
        check=False,
    )
    code, packages = json.loads(done.stdout.splitlines()[-1])
    return code, set(packages)


@pytest.mark.parametrize("words", READERS, ids=" ".join)
def test_a_reading_command_imports_no_workers_part_and_no_heavy_client(words: tuple[str, ...]) -> None:
    code, packages = imported(words)

    assert code == 69, "it came as far as the services"
    assert packages & HEAVY == set()
    assert "aiokafka" in packages, "the orders are asked for first"


def test_the_list_of_commands_imports_none_of_them() -> None:
    code, packages = imported(("--help",))

    assert code == 0
    assert packages & {*HEAVY, "deploy", "sinks", "producers", "aiokafka", "fastavro", "pydantic", "asyncio"} == set()


@pytest.mark.parametrize("target", [target for ports in PORTS.values() for target in ports.values()])
def test_what_the_front_door_hands_in_exists(target: str) -> None:
    module, _, name = target.partition(":")

    assert callable(getattr(import_module(module), name))


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_imports_no_client(name: str) -> None:
    code, packages = imported((name, "--help"))

    assert code == 0
    assert packages & {*HEAVY, "aiokafka", "fastavro"} == set()


def test_a_command_without_words_to_find_reads_no_lexicon() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT.replace('name.partition(".")[0]', "name"), "search", "--side", "US"],
        cwd=ROOT, env={**os.environ, **NOWHERE}, capture_output=True, check=False,
    )  # fmt: skip
    modules = json.loads(done.stdout.splitlines()[-1])[1]

    assert "sinks.search.query" in modules
    assert "schemas.text.query_expansion" not in modules
