"""Hostile records through the whole path: `python -m tests.fuzz.through_kafka --records 10000 [--seed N]`.

On services of its own. No worker ends, every record has one fate, what is rejected keeps its bytes, and the index
is what the pure stages make of the sound ones. Ends 1 and says what is otherwise.
"""

import argparse
import asyncio
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from producers.delivery.agency_registry import Registry, default_row
from producers.delivery.kafka import Admin, Producer
from schemas.records import codec
from schemas.runtime.telemetry import configure_logging
from schemas.topics import INCIDENT_REPORTS, REJECTED_REPORTS, agency_of, reports_topic
from tests.fuzz.hostile import Hostile, Maker
from tests.systemtest import oracle
from tests.systemtest.pipeline import Pipeline, started

BATCH_RECORDS = 40
BATCH_BYTES = 300_000
CODECS = 5
"""None, gzip, snappy, lz4, zstd."""

Place = tuple[str, int, int]
"""Topic, partition and offset."""


class _Raw(str):
    """A header name that is written as these bytes."""

    raw: bytes

    def encode(self, *_: Any) -> bytes:
        return self.raw


def _name(raw: bytes) -> _Raw:
    made = _Raw("x")
    made.raw = raw
    return made


def register(pipeline: Pipeline, maker: Maker) -> None:
    """Make the topics of the agencies, and rows of the registry for those that are known."""
    with Admin(pipeline.services.kafka) as admin:
        sending = Producer(pipeline.services.kafka, 30)
        registry = Registry(admin, sending, 30)
        for agency in maker.agencies:
            registry.add(default_row(agency, "ca_pc"))
        sending.close(30)
        admin.create_topics({reports_topic(maker.unknown): (INCIDENT_REPORTS.partitions, INCIDENT_REPORTS.settings())})


def send(bootstrap: str, records: Iterable[Hostile]) -> dict[Place, Hostile]:
    """Send records past everything that checks them, in batches of any compression; gives where each stands."""
    topics: dict[str, list[Hostile]] = {}
    for one in records:
        topics.setdefault(reports_topic(one.agency), []).append(one)
    return asyncio.run(_sent(bootstrap, topics))


async def _sent(bootstrap: str, topics: Mapping[str, Sequence[Hostile]]) -> dict[Place, Hostile]:
    placed: dict[Place, Hostile] = {}
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", max_batch_size=BATCH_BYTES * 2)
    await producer.start()
    for topic, sent in topics.items():
        for number, some in enumerate(_batches(sent)):
            batch = producer.create_batch()
            # The compiled builder and every client take nothing but text for a name.
            batch._builder = _DefaultRecordBatchBuilderPy(2, number % CODECS, 0, -1, -1, -1, BATCH_BYTES * 2)
            for at, one in enumerate(some):
                names = [(_name(name), value) for name, value in one.headers]
                batch._builder.append(at, 1, one.key, one.value, names)
            batch._relative_offset = len(some)
            batch.close()
            where = await (await producer.send_batch(batch, topic, partition=0))
            placed |= {(topic, 0, where.offset + at): one for at, one in enumerate(some)}
    await producer.stop()
    return placed


def _batches(sent: Sequence[Hostile]) -> Iterator[list[Hostile]]:
    some: list[Hostile] = []
    for one in sent:
        some.append(one)
        if len(some) == BATCH_RECORDS or sum(len(each.value or b"") for each in some) > BATCH_BYTES:
            yield some
            some = []
    if some:
        yield some


def rejected(pipeline: Pipeline, prefix: str) -> dict[Place, dict[str, Any]]:
    """What intake rejected of these agencies, by where it stood."""
    found = (
        codec.decode_trusted("rejected_report", one.value or b"")
        for one in oracle.of_topics(pipeline.services.kafka, REJECTED_REPORTS.name.__eq__)
    )
    return {
        (one["topic"], one["partition"], one["offset"]): one
        for one in found
        if agency_of(one["topic"]).startswith(prefix)
    }


def check(pipeline: Pipeline, prefix: str, sent: dict[Place, Hostile]) -> dict[str, int]:
    """Check that each record has its one fate; gives how often each reason. Raises: AssertionError."""
    refused = rejected(pipeline, prefix)
    reasons: dict[str, int] = {}
    for place, one in refused.items():
        was = sent[place]
        assert not was.good, f"a sound report is refused: {one['reason']}"
        assert (one["key"], one["value"]) == (was.key, was.value), "byte for byte"
        headers = [(name.decode("utf-8", "backslashreplace"), value) for name, value in was.headers]
        assert [(each["key"], each["value"]) for each in one["headers"]] == headers
        reasons[one["reason"]] = reasons.get(one["reason"], 0) + 1
    assert "stage_error" not in reasons, "a stage failed at a record"
    accounts = {name: row for name, row in pipeline.accounting().agencies.items() if name.startswith(prefix)}
    assert sum(row.published for row in accounts.values()) == len(sent)
    assert {name: row.difference for name, row in accounts.items()} == dict.fromkeys(accounts, 0)
    assert sum(row.rejected for row in accounts.values()) == len(refused)
    index = pipeline.index(prefix.rstrip("_"))
    assert index == pipeline.expected(prefix.rstrip("_"))
    found = {name for one in index["internal"].values() for name in one["report_ids"]}
    assert {one.good for one in sent.values() if one.good} <= found
    log = (pipeline.settings.home / "logs" / "systemtest.log").read_bytes()
    assert b"worker_process_died" not in log
    return reasons


def run(pipeline: Pipeline, count: int, seed: int) -> dict[str, int]:
    """Send `count` hostile records through a pipeline. Raises: AssertionError."""
    prefix = "fuzz_"
    maker = Maker(seed, prefix)
    register(pipeline, maker)
    sent = send(pipeline.services.kafka, maker.some(count))
    pipeline.run()
    return check(pipeline, prefix, sent)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    configure_logging("fuzz", level="warning")
    with started("interagency-fuzz-") as made:
        try:
            print(f"{given.records:,} records, refused: {run(made, given.records, given.seed)}")
        except AssertionError as exc:
            sys.exit(f"seed {given.seed}: {exc}")
