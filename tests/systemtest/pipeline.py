"""The whole path as a user runs it: commands and workers of one home, and what the index holds in the end."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from deploy.embedded.lifecycle import erase, owned
from deploy.provision.init import init
from deploy.run.lag import LagCheck
from deploy.run.workers import STAGES
from producers.delivery.kafka import Admin
from schemas.records.incident import TOMBSTONE_STATES
from schemas.runtime.settings import Endpoints, Settings
from streams.evaluation.accounting import Accounting, read_accounting
from tests.patience import LONG_S, patience, until
from tests.systemtest import oracle
from tests.systemtest.forked import Commands
from tests.systemtest.oracle import Documents

LOOK_EVERY_S = 0.5
REQUEST_S = 10.0


class Pipeline:
    """Commands and workers of one home, on services that run already."""

    def __init__(self, settings: Settings, services: Endpoints, commands: Commands) -> None:
        self.settings, self.services, self._commands = settings, services, commands
        self._workers: subprocess.Popen[bytes] | None = None
        self.environment = {
            **os.environ,
            "INTERAGENCY_HOME": str(settings.home),
            "INTERAGENCY_STRICT_EVENTS": "1",
            "INTERAGENCY_LOG_FORMAT": "json",
        }

    @property
    def log(self) -> Path:
        """What commands and workers wrote to their standard error."""
        return self.settings.home / "logs" / "systemtest.log"

    def cli(self, *words: str, stdin: bytes = b"", expect: int = 0, environment: dict[str, str] | None = None) -> bytes:
        """Run a command as a user does; gives its standard output."""
        code, output, errors = self._typed(words, stdin, environment or {})
        assert code == expect, f"{words}: {code}\n{errors.decode()[-3000:]}"
        return output

    def tried(self, *words: str) -> int:
        """Run a command; gives its exit code."""
        return self._typed(words, b"", {})[0]

    def typed(self, *words: str) -> tuple[int, bytes, bytes]:
        """Run a command; gives its exit code, what it printed, and its errors."""
        return self._typed(words, b"", {})

    def _typed(self, words: Sequence[str], stdin: bytes, environment: dict[str, str]) -> tuple[int, bytes, bytes]:
        code, output, errors = self._commands.run(words, self.environment | environment, stdin)
        with self.log.open("ab") as log:
            log.write(errors)
        return code, output, errors

    def told(self, *arguments: str) -> Any:
        """Run a command with --json; gives what it tells."""
        return json.loads(self.cli(*arguments, "--json"))

    def publish(self, lines: Iterable[bytes], expect: int = 0) -> dict[str, Any]:
        """Publish lines of a plain feed; gives the outcome."""
        # The agencies of a scene are one letter from each other.
        told = self.cli("publish", "--new-agency", "--json", "-", stdin=b"\n".join(lines) + b"\n", expect=expect)
        outcome: dict[str, Any] = json.loads(told)
        return outcome

    def say(self, word: str, left: str, right: str) -> None:
        """Say a person's word on two reports: same, different or withdraw."""
        self.cli("adjudicate", word, left, right, "--by", "local-operator", "--why", "a test")

    def run(self, stage: str = "all") -> dict[str, Any]:
        """Run workers by the command that ends when nothing is left, beside no others; gives the outcome."""
        self.rest()
        outcome: dict[str, Any] = self.told("run", stage, "--until-idle")
        return outcome

    @contextmanager
    def worker(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """A worker process, for instance `-m streams intake`; killed at the end if it still lives."""
        with self.log.open("ab") as log:
            process = subprocess.Popen([sys.executable, *arguments], env=self.environment, stdout=log, stderr=log)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait()

    def work(self) -> None:
        """Have all workers running, until `rest` or the end of all tests: to start them takes most of a short test."""
        if self._workers is None:
            command = [sys.executable, "-m", "interagency", "run"]
            with self.log.open("ab") as log:
                self._workers = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)

    def rest(self) -> None:
        """Have no worker running; they end in order, so that the next ones need not wait for their sessions."""
        if self._workers is not None:
            process, self._workers = self._workers, None
            process.terminate()
            assert process.wait(patience(LONG_S)) == 0

    def settle(self, stages: Sequence[str] = STAGES) -> None:
        """Wait until the workers that run have nothing left to do and the index shows it."""
        with Admin(self.services.kafka, patience(REQUEST_S)) as admin:
            look = LagCheck(admin, stages, 1)
            until(
                lambda: look.is_idle(time.monotonic()),
                2 * LONG_S,
                "everything worked off",
                LOOK_EVERY_S,
                seen=lambda: [str(left) for left in look.remaining],
            )
        if "index" in stages:
            url = f"{self.services.elasticsearch}/incidents-*/_refresh"
            httpx.post(url, trust_env=False, timeout=patience(REQUEST_S))

    def work_off(self) -> None:
        """Let the workers do all that there is to do."""
        self.work()
        self.settle()

    def accounting(self) -> Accounting:
        """Count from the topics."""
        return asyncio.run(read_accounting(self.services.kafka, 1))

    def index(self, prefix: str) -> Documents:
        """Everything that the audiences of these agencies, and internal, find of them."""
        timeout = patience(REQUEST_S)
        client = httpx.Client(base_url=self.services.elasticsearch, timeout=timeout, trust_env=False)
        names = [line["index"] for line in client.get("/_cat/indices/incidents-*?format=json").json()]
        found: Documents = {}
        for name in names:
            audience = name.removeprefix("incidents-").rsplit("-g", 1)[0]
            if audience != "internal" and not audience.startswith(f"{prefix}_"):
                continue
            client.post(f"/{name}/_refresh")
            for hit in _all_hits(client, name, prefix if audience == "internal" else ""):
                if hit["_source"]["state"] not in TOMBSTONE_STATES:
                    found.setdefault(audience, {})[hit["_id"]] = hit["_source"]
        return found

    def expected(self, prefix: str) -> Documents:
        """What the pure stages make of what these agencies published and persons said of it."""
        return oracle.expected(self.settings, self.services, prefix)

    def groups(self, prefix: str, audience: str = "internal") -> list[list[str]]:
        """The reports of each incident that an audience finds, without the prefix."""
        found = self.index(prefix).get(audience, {}).values()
        return sorted([name.removeprefix(f"{prefix}_") for name in one["report_ids"]] for one in found)


@contextmanager
def started(prefix: str, key: bytes | None = None) -> Iterator[Pipeline]:
    """A home and services of its own, that Elasticsearch's user can reach; both end with it.

    With the `key` of another home its audiences name incidents alike.
    """
    home = Path(tempfile.mkdtemp(prefix=prefix))
    home.chmod(0o711)
    if key is not None:
        (home / "secrets").mkdir(mode=0o700)
        (home / "secrets" / "audiences.key").write_bytes(key)
    settings = Settings(home=home)
    try:
        with owned(settings) as services, Commands() as commands:
            init(settings, services, asyncio.run)
            pipeline = Pipeline(settings, services, commands)
            yield pipeline
            pipeline.rest()
    finally:
        erase(settings)
        shutil.rmtree(home, ignore_errors=True)


def adds_up(pipeline: Pipeline, prefix: str, published: int) -> None:
    """What became of every report of these agencies is known."""
    accounts = {a: row for a, row in pipeline.accounting().agencies.items() if a.startswith(f"{prefix}_")}

    assert sum(row.published for row in accounts.values()) == published
    assert {agency: row.difference for agency, row in accounts.items()} == dict.fromkeys(accounts, 0)


def _all_hits(client: httpx.Client, name: str, prefix: str) -> list[dict[str, Any]]:
    hits: list[dict[str, Any]] = []
    pit = client.post(f"/{name}/_pit?keep_alive=1m").json()["id"]
    query = {"prefix": {"report_ids": f"{prefix}_"}} if prefix else {"match_all": {}}
    after: list[Any] = []
    while True:
        body = {"size": 5000, "query": query, "pit": {"id": pit}, "sort": ["_shard_doc"]}
        page = client.post("/_search", json={**body, **({"search_after": after} if after else {})}).json()["hits"][
            "hits"
        ]
        if not page:
            return hits
        hits += page
        after = page[-1]["sort"]
