"""The whole path as a user runs it, and the oracle: what the pure stages make of the same published records."""

import asyncio
import gzip
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
import orjson

from deploy.demo import BUNDLED_FEED
from schemas import wire
from schemas.agencies import row
from schemas.audiences import master_key
from schemas.records import STUBS
from schemas.settings import Endpoints, Settings
from schemas.topics import INCIDENTS, RELEASED_INCIDENTS, agency_of
from streams import intake, release, resolve
from streams.accounting import Accounting, account
from streams.readback import read_back, topic_partitions
from streams.stage import Output, Record
from tests.streams.fakes import MemoryState, Runner

Documents = dict[str, dict[str, dict[str, Any]]]
"""Audience -> id -> source."""


def feed(prefix: str, count: int) -> list[bytes]:
    """The first lines of the bundled feed, of agencies that no other test has."""
    with gzip.open(BUNDLED_FEED) as lines:
        made = [json.loads(line) for _, line in zip(range(count), lines, strict=False)]
    return [json.dumps({**one, "agency": f"{prefix}_{one['agency']}"}).encode() for one in made]


class Pipeline:
    """Commands and workers of one home, on services that run already."""

    def __init__(self, settings: Settings, services: Endpoints) -> None:
        self.settings, self.services = settings, services
        self.environment = {
            **os.environ,
            "INTERAGENCY_HOME": str(settings.home),
            "INTERAGENCY_STRICT_EVENTS": "1",
            "INTERAGENCY_LOG_FORMAT": "json",
        }

    def cli(self, *arguments: str, stdin: bytes = b"", expect: int = 0) -> bytes:
        """Run a command as a user does; gives its standard output."""
        command = [sys.executable, "-m", "interagency", *arguments]
        done = subprocess.run(command, input=stdin, capture_output=True, env=self.environment, timeout=280, check=False)
        with (self.settings.home / "logs" / "systemtest.log").open("ab") as log:
            log.write(done.stderr)
        assert done.returncode == expect, f"{arguments}: {done.returncode}\n{done.stderr.decode()[-3000:]}"
        return done.stdout

    def publish(self, lines: Iterable[bytes], expect: int = 0) -> dict[str, Any]:
        """Publish lines of a plain feed; gives the outcome."""
        told = self.cli("publish", "--json", "-", stdin=b"\n".join(lines) + b"\n", expect=expect)
        outcome: dict[str, Any] = json.loads(told)
        return outcome

    def run(self) -> dict[str, Any]:
        """Run all workers until nothing is left; gives the outcome."""
        outcome: dict[str, Any] = json.loads(self.cli("run", "all", "--until-idle", "--json"))
        return outcome

    @contextmanager
    def worker(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """A worker process, for instance `-m streams intake`; killed at the end if it still lives."""
        log = (self.settings.home / "logs" / "systemtest.log").open("ab")
        process = subprocess.Popen([sys.executable, *arguments], env=self.environment, stdout=log, stderr=log)
        try:
            yield process
        finally:
            log.close()
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait()

    def accounting(self) -> Accounting:
        """Count from the topics."""
        return asyncio.run(account(self.services.kafka, 1))

    def index(self, prefix: str) -> Documents:
        """Everything that the audiences of these agencies, and internal, find of them."""
        client = httpx.Client(base_url=self.services.elasticsearch, timeout=30, trust_env=False)
        names = [line["index"] for line in client.get("/_cat/indices/incidents-*?format=json").json()]
        found: Documents = {}
        for name in names:
            audience = name.removeprefix("incidents-").rsplit("-g", 1)[0]
            if audience != "internal" and not audience.startswith(prefix):
                continue
            client.post(f"/{name}/_refresh")
            for hit in _all_hits(client, name, prefix if audience == "internal" else ""):
                if hit["_source"]["state"] not in STUBS:
                    found.setdefault(audience, {})[hit["_id"]] = hit["_source"]
        return found

    def expected(self, prefix: str) -> Documents:
        """What the pure stages make of the records that these agencies published."""
        records = asyncio.run(self.published(prefix))
        domain = row({"agency_id": "any_pd"}, "test")

        def agency(name: str) -> Any:
            return {**domain, "agency_id": name}

        enriched = intake.stage(agency, 1).process(records, MemoryState(), 2**41)
        resolving, releasing = Runner(resolve.stage(1)), Runner(release.stage(master_key(self.settings.home), 1))
        resolving(_read(enriched.outputs))
        releasing(_read(resolving.topics[INCIDENTS.name]))
        found: Documents = {}
        for value in releasing.newest(RELEASED_INCIDENTS.name).values():
            view = wire.trusted("released_incident", value)
            if view["state"] not in STUBS:
                found.setdefault(view["audience"], {})[view["view_id"]] = orjson.loads(view["document"])
        return found

    async def published(self, prefix: str) -> list[Record]:
        """Every record on these agencies' topics."""
        partitions = await topic_partitions(self.services.kafka, lambda t: agency_of(t).startswith(f"{prefix}_"))
        found: list[Record] = []
        async for records, _ in read_back(self.services.kafka, dict.fromkeys(partitions, 0)):
            found += records
        return found


def _read(outputs: Sequence[Output]) -> list[Record]:
    return [Record(o.topic, 0, at, 0, o.key, o.value) for at, o in enumerate(outputs)]


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
