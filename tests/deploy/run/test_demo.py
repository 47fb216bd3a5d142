"""`demo`: the main job in one command; what it starts ends with it, by kill -9 too."""

import gzip
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from deploy.embedded.lifecycle import erase
from schemas.runtime.settings import Settings
from schemas.topics import INCIDENTS, RELEASED_INCIDENTS
from streams import release, resolve
from tests.patience import until
from tests.streams import feeds
from tests.streams.fakes import Runner, as_records
from tests.systemtest import oracle
from tests.systemtest.scene import feed

pytestmark = pytest.mark.services


@pytest.fixture
def home() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="interagency-demo-"))
    path.chmod(0o711)
    (path / "feed.jsonl").write_bytes(b"\n".join(feed("demo", 600)) + b"\n{broken\n")
    yield path
    erase(Settings(home=path))
    shutil.rmtree(path, ignore_errors=True)


def of(home: Path) -> set[str]:
    """The processes that run for a home: those that name it, or were started by one that does."""
    found = set()
    for process in psutil.process_iter():
        try:
            mine = str(home) in " ".join(process.cmdline()) or process.environ().get("INTERAGENCY_HOME") == str(home)
            if mine and process.status() != psutil.STATUS_ZOMBIE:
                found.add(f"{process.pid} {process.name()}")
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def incidents_of(lines: list[bytes], path: Path) -> int:
    """Count what the pure stages make of a feed, as internal finds it."""
    path.write_bytes(gzip.compress(b"\n".join(lines)))
    resolving, releasing = Runner(resolve.stage(1)), Runner(release.stage(b"any", 1))
    resolving(feeds.enriched(feeds.published(feed=path)))
    releasing(as_records(resolving.topics[INCIDENTS.name]))
    return len(oracle.views(releasing.newest(RELEASED_INCIDENTS.name).values())["internal"])


def start(home: Path, *arguments: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "interagency", "demo", *arguments, str(home / "feed.jsonl")]
    environment = {**os.environ, "INTERAGENCY_HOME": str(home)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=(home / "told").open("wb"))


def test_demo_says_what_became_of_every_report_and_leaves_nothing_behind(home: Path) -> None:
    with start(home, "--exit") as process:
        lines = process.communicate()[0].decode().splitlines()
    counts = {m[1]: int(m[2].replace(",", "")) for m in (re.match(r"(\w+) +([\d,]+)", line) for line in lines) if m}

    assert process.returncode == 0
    assert counts["published"] == 600
    assert counts["published"] == sum(counts[name] for name in ("current", "superseded", "repeated", "rejected"))
    assert counts["incidents"] == incidents_of(feed("demo", 600), home / "again.jsonl.gz") < counts["current"]
    told = (home / "told").read_text().splitlines()
    assert [line for line in told if line.startswith(f"{home}/feed.jsonl:601 ")]
    assert not [line for line in told if line.startswith("{")], "a person is told in words"
    measured = re.search(r"to searchable: p50 ([\d.]+), p99 ([\d.]+), longest ([\d.]+)", "\n".join(lines))
    assert measured
    assert 0 < float(measured[1]) <= float(measured[2]) <= float(measured[3])
    assert [line for line in lines if line.startswith("first incident found after ")]
    commands = [line.split()[2] for line in lines if line.startswith("$ .venv/bin/interagency ")]
    life = ["hold", "purge", "seal", "seal", "hold", "show", "exposure", "dissemination"]
    assert commands == ["search", "show", *life], "the last lines are what a user would see"
    text = "\n".join(lines)
    assert "the hold by counsel-1" in text
    assert "the purge ordered by records-1" in text
    assert "none changed or missing" in text
    assert of(home) == set()


def test_kill_9_of_demo_ends_everything_that_it_started(home: Path) -> None:
    with start(home) as process:
        until(
            lambda: (
                len([one for one in of(home) if "java" in one]) >= 3 and "publishing" in (home / "told").read_text()
            ),
            what="services, workers and reports",
            every=0.3,
            seen=(home / "told").read_text,
        )
        assert len(of(home)) > 7
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        until(lambda: not of(home), what="all ends", every=0.3, seen=lambda: of(home))
