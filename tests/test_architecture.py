"""The layout is as documented: contracts that notice, package names that are ours alone, documents that keep up."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import fields
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from schemas.runtime.log_events import EVENTS
from schemas.runtime.settings import Settings
from schemas.topics import TOPICS
from sinks.indexing.settings import IndexSettings

ROOT = Path(__file__).parent.parent
PACKAGES = ("schemas", "producers", "streams", "sinks", "deploy")

# The contract, the module that breaks it, and what it would import.
VIOLATIONS = [
    ("Stages meet only in schemas", "streams/sharing/views.py", "import sinks.index.operations"),
    ("Stages meet only in schemas", "schemas/identity.py", "import producers.validation.report"),
    ("schemas: what is exchanged", "schemas/errors.py", "import schemas.topics"),
    ("schemas: what is exchanged", "schemas/text/lexicon.py", "import schemas.agreements.model"),
    ("schemas: what is exchanged", "schemas/stray.py", "x = 1"),
    ("producers: a feed is read", "producers/validation/fields.py", "import producers.delivery.port"),
    ("producers: a feed is read", "producers/stray.py", "x = 1"),
    ("streams: a report only moves forward", "streams/enrich/place.py", "import streams.dedupe.score"),
    ("streams: a report only moves forward", "streams/evaluation/rematch.py", "import streams.worker.loop"),
    ("streams: a report only moves forward", "streams/stray.py", "x = 1"),
    ("dedupe: from what a report states", "streams/dedupe/compare.py", "import streams.dedupe.score"),
    ("sinks: what is indexed is read back", "sinks/index/operations.py", "import sinks.indexing.consume"),
    ("sinks: what is indexed is read back", "sinks/search/query.py", "import sinks.access.session"),
    ("sinks: what is indexed is read back", "sinks/stray.py", "x = 1"),
    ("Use cases of readers", "sinks/review/why.py", "import typer"),
    ("deploy: what starts", "deploy/embedded/ports.py", "import deploy.run.demo"),
    ("deploy: what starts", "deploy/stray.py", "x = 1"),
    ("The core is pure", "streams/resolve.py", "import time"),
    ("The core is pure", "producers/validation/report.py", "import os"),
    ("The core is pure", "sinks/render/timeline.py", "import asyncio"),
    ("The core reaches no shell", "streams/release.py", "import schemas.runtime.telemetry"),
    ("faust only in streams.worker.faust_consumer", "streams/worker/loop.py", "import faust"),
    ("kafka-python only in producers.delivery.kafka", "producers/publisher.py", "import kafka"),
    ("aiokafka only where Kafka is spoken", "streams/worker/health.py", "import aiokafka"),
    ("elasticsearch only in sinks.index.elastic", "sinks/search/reader.py", "import elasticsearch"),
    ("avro and fastavro only in schemas.records.codec", "streams/intake.py", "import fastavro"),
    ("httpx only in deploy.provision.schema_registry", "deploy/provision/init.py", "import httpx"),
    ("rocksdict only in streams.worker.state_store", "streams/worker/loop.py", "import rocksdict"),
    ("jgo only in deploy.installation", "deploy/installation/artifacts.py", "import jgo"),
    ("scipy only in sinks.partnership.disclosure", "sinks/partnership/suppression.py", "import scipy"),
]


def lint_imports(root: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "*.gz"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_hold(copy: Path) -> None:
    done = lint_imports(copy)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("contract", "module", "line"), VIOLATIONS, ids=[f"{m}: {line}" for _, m, line in VIOLATIONS])
def test_a_planted_import_is_reported(copy: Path, contract: str, module: str, line: str) -> None:
    with (copy / module).open("a") as source:
        source.write(f"\n{line}\n")

    done = lint_imports(copy)

    assert done.returncode != 0
    assert re.search(rf"{re.escape(contract)}.* BROKEN", done.stdout), done.stdout


def test_every_contract_has_a_planted_violation() -> None:
    names = re.findall(r'^name = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)[1:]

    assert not [name for name in names if not any(name.startswith(contract) for contract, _, _ in VIOLATIONS)]


def test_nobody_else_owns_the_names_of_our_packages() -> None:
    owners = packages_distributions()

    for package in (*PACKAGES, "interagency"):
        assert set(owners.get(package, ["interagency"])) == {"interagency"}


def test_every_setting_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text() + (ROOT / "sinks" / "README.md").read_text()
    kinds = (("INTERAGENCY_", Settings), ("INTERAGENCY_INDEX_", IndexSettings))
    names = {prefix + one.name.upper(): one.metadata for prefix, kind in kinds for one in fields(kind)}

    assert not [name for name in names if name not in text]
    assert all(told["variable"] == name and told["doc"] for name, told in names.items())


def events_logged() -> set[str]:
    """The first argument of every call of a logger's method in the packages."""
    found = set()
    for path in (path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("debug", "info", "warning", "error", "critical")
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                found.add(str(node.args[0].value))
    return found


def test_every_registered_event_is_logged_and_every_logged_event_is_registered() -> None:
    assert events_logged() == set(EVENTS)


def test_every_topic_is_in_the_readme_of_schemas() -> None:
    text = (ROOT / "schemas" / "README.md").read_text()

    assert not [topic for topic in TOPICS if f"`{topic}" not in text]


def test_no_file_is_longer_than_it_should_be() -> None:
    """Over 300 lines needs a reason, which is written here."""
    allowed = {
        "streams/worker/faust_consumer.py": "what is overridden of Faust, to be checked against a new release",
    }
    long = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if len(path.read_text().splitlines()) > 300
    }

    assert long <= set(allowed)


FACE_CALLS = {
    "asyncio.run",
    "uvloop.run",
    "print",
    "typer.echo",
    "sys.exit",
    "sys.stdout.write",
    "sys.stderr.write",
    "Settings",
}
ENTRY_POINTS = {
    "deploy/embedded/supervisor_process.py": "a process of its own, which gets its settings by the environment",
    "deploy/installation/repin.py": "a tool for maintainers, run as a module",
    "producers/publisher.py": "the face for vendors, whose settings are optional",
    "sinks/__main__.py": "a worker's process",
    "streams/__main__.py": "a worker's process",
}
"""Modules beside the commands that may do what only a face does, each with its reason."""


def test_only_faces_print_exit_read_settings_and_start_event_loops() -> None:
    found = {}
    for path in (path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if path.parent.name != "cli"):
        nodes = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
        called = FACE_CALLS & {ast.unparse(node.func) for node in nodes}
        if called:
            found[str(path.relative_to(ROOT))] = called

    assert not {name: called for name, called in found.items() if name not in ENTRY_POINTS}
    assert set(ENTRY_POINTS) <= set(found)


def test_no_room_has_more_modules_than_a_reader_takes_in() -> None:
    rooms = {path.parent for package in PACKAGES for path in (ROOT / package).rglob("*.py")}
    crowded = {
        str(room.relative_to(ROOT)): count
        for room in rooms
        if (count := sum(path.name != "__init__.py" for path in room.glob("*.py"))) > 18
    }

    assert not crowded


WITHOUT_TEST_FILE = {
    "schemas/records/kafka_record.py": "a type alone",
    "streams/sharing/ports.py": "types of functions alone",
    "producers/delivery/port.py": "protocols alone; tests/ports/test_kafka_port.py runs on the fake and on Kafka",
    "sinks/access/ports.py": "protocols alone; tests/ports/test_topics_port.py runs on the fake and on Kafka",
}
"""Modules of the pure core and of the use cases that have no test file of their own, each with its reason."""
WITH_TEST_FILES = ("The core is pure", "Use cases of readers")
"""The contracts whose modules have a test file each, by the beginning of their names."""


def modules_to_test() -> list[Path]:
    """Return the modules of the contracts `WITH_TEST_FILES`, those of a room included, relative to the root."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    chosen = [contract for contract in contracts if contract["name"].startswith(WITH_TEST_FILES)]
    paths = [ROOT / name.replace(".", "/") for contract in chosen for name in contract["source_modules"]]
    modules = (sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")] for path in paths)
    return sorted({path.relative_to(ROOT) for room in modules for path in room if path.name != "__init__.py"})


def test_every_module_of_the_pure_core_and_of_the_use_cases_has_a_test_file() -> None:
    modules = modules_to_test()
    untested = {
        str(module) for module in modules if not (ROOT / "tests" / module.parent / f"test_{module.name}").exists()
    }

    assert len(modules) > 100
    assert untested == set(WITHOUT_TEST_FILE)
