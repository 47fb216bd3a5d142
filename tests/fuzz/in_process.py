"""Hostile records through all stages in one process: `python -m tests.fuzz.in_process --records 1000000 [--seed N]`.

No stage ends, every record has one fate and keeps its bytes, sound reports are done with the batch they came in.
Ends 1 and says the seed of the world in which it is otherwise.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from schemas.errors import Reason
from schemas.records import codec
from schemas.records.incident import TOMBSTONE_STATES
from schemas.records.kafka_record import Record
from schemas.runtime.telemetry import configure_logging
from schemas.topics import (
    DECISIONS,
    ENRICHED_REPORTS,
    INCIDENTS,
    REJECTED_REPORTS,
    RELEASED_INCIDENTS,
    reports_topic,
)
from sinks.indexing import decode
from streams import intake, release, resolve
from streams.incidents import incident_record
from streams.stage import Changes, Output, Stage
from streams.worker.delivery import Offsets
from streams.worker.stage_runner import StageRunner
from tests.fuzz.hostile import Hostile, Maker
from tests.streams.fakes import NOW, MemoryState, agencies, as_records

WORLD = 2_000
"""Records of one world: what is matched with each other."""
BATCH = 500
_BELIEVED = (Reason.STAGE_ERROR, Reason.SEND_REFUSED)


class Store(MemoryState):
    """A state in memory, written as a store is."""

    def write(self, changes: Changes, positions: Offsets, erasing: bool = False) -> None:
        """Write `changes`."""
        self.change(changes)


class Kept:
    """A delivery that keeps what it gets, batch by batch."""

    def __init__(self) -> None:
        self.outputs: list[Output] = []

    async def deliver(self, outputs: Sequence[Output], consumed: Offsets, group: str = "") -> Offsets:
        """Keep `outputs`."""
        self.outputs += outputs
        return {}

    async def start(self) -> None:
        """Do nothing."""

    async def stop(self) -> None:
        """Do nothing."""


def records_of(sent: Sequence[Hostile]) -> list[Record]:
    """What the lane makes of them."""
    made = []
    for offset, one in enumerate(sent):
        names = [(name.decode("utf-8", "backslashreplace"), value) for name, value in one.headers]
        damage = "a header's name is not UTF-8" if any(_not_text(name) for name, _ in one.headers) else ""
        made.append(Record(reports_topic(one.agency), 0, offset, NOW, one.key, one.value, names, damage))
    return made


def _not_text(name: bytes) -> bool:
    try:
        name.decode()
    except UnicodeDecodeError:
        return True
    return False


def run(stage: Stage, records: Sequence[Record], directory: Path) -> Iterator[tuple[Sequence[Record], list[Output]]]:
    """Run a stage as the worker does; yields each slice with what was delivered of it."""
    runner, delivery, store = StageRunner(stage, directory / stage.name), Kept(), Store()
    for at in range(0, len(records), BATCH):
        for some in runner.slices(records[at : at + BATCH]):
            asyncio.run(runner.deliver(some, delivery, store, {}, NOW))
            yield some, delivery.outputs
            delivery.outputs = []


def of_topic(outputs: Sequence[Output], topic: str) -> list[Output]:
    return [one for one in outputs if one.topic == topic]


def taken_in(sent: Sequence[Hostile], directory: Path) -> tuple[list[Output], Counter[str]]:
    """Run intake on a world: what it enriched, and how often it refused for each reason."""
    found, reasons = list[Output](), Counter[str]()
    for some, outputs in run(intake.stage(agencies, 1), records_of(sent), directory):
        fates = Counter(one.cause for one in outputs)
        assert fates == dict.fromkeys(range(len(some)), 1), "every record has exactly one fate"
        for one in of_topic(outputs, REJECTED_REPORTS.name):
            refused, record = codec.decode_trusted("rejected_report", one.value), some[one.cause]
            kept = (refused["key"], refused["value"], [(each["key"], each["value"]) for each in refused["headers"]])
            assert kept == (record.key, record.value, list(record.headers)), "byte for byte"
            assert not sent[record.offset].good, f"a sound report is refused: {refused['reason']}"
            reasons[refused["reason"]] += 1
        found += of_topic(outputs, ENRICHED_REPORTS.name)
    return found, reasons


def resolved(enriched: Sequence[Output], directory: Path) -> tuple[list[Output], set[str]]:
    """Run resolve: its incidents, and the reports that stand in them."""
    published: set[tuple[str, int]] = set()
    ended = Counter[tuple[str, int]]()
    incidents: list[Output] = []
    for one in enriched:
        source = codec.decode_trusted("enriched_report", one.value)["source"]
        published.add((source["topic"], source["offset"]))
    for _, outputs in run(resolve.stage(1), as_records(enriched), directory):
        assert not of_topic(outputs, REJECTED_REPORTS.name), "what intake took, resolve takes"
        incidents += of_topic(outputs, INCIDENTS.name)
        for one in of_topic(outputs, DECISIONS.name):
            decided = codec.decode_trusted("decision", one.value)
            if decided["kind"] in ("SUPERSEDED", "REPEATED", "CONFLICTING"):
                topic, _, offset = decided["decision_id"].rsplit("/", 2)
                ended[topic, int(offset)] = 1
    standing: set[str] = set()
    for value in {one.key: one.value for one in incidents}.values():
        for member in incident_record.trusted(value)["members"]:
            ended[member["topic"], member["offset"]] += 1
            standing.add(member["report_id"])
    assert ended == dict.fromkeys(published, 1), "every report stands or was superseded"
    return incidents, standing


def released(incidents: Sequence[Output], standing: set[str], directory: Path) -> None:
    """Run release and read what it makes as the sink does."""
    shown: dict[bytes, Sequence[str]] = {}
    for _, outputs in run(release.stage(b"k" * 32, 1), as_records(incidents), directory):
        assert not of_topic(outputs, REJECTED_REPORTS.name), "what resolve writes, release takes"
        views = of_topic(outputs, RELEASED_INCIDENTS.name)
        entries, refusals = decode.decode_batch([cast(Any, SimpleNamespace(value=one.value)) for one in views], 1)
        assert (len(entries), refusals) == (len(views), []), "what release writes, the sink takes"
        for one in views:
            if one.key.startswith(b"internal/"):
                living = one.decoded.state not in TOMBSTONE_STATES
                shown[one.key] = one.decoded.report_ids if living else ()
    every = Counter(name for names in shown.values() for name in names)
    assert every == dict.fromkeys(standing, 1), "internal sees every report once"


def world(seed: int, count: int = WORLD) -> Counter[str]:
    """Run one world through all stages; gives how often intake refused for each reason."""
    sent = list(Maker(seed).some(count))
    with tempfile.TemporaryDirectory() as directory:
        enriched, reasons = taken_in(sent, Path(directory))
        incidents, standing = resolved(enriched, Path(directory))
        assert {one.good for one in sent if one.good} <= standing, "every sound report stands"
        released(incidents, standing, Path(directory))
    assert not [reason for reason in _BELIEVED if reasons[reason]], f"a stage failed at a record: {dict(reasons)}"
    return reasons


def fuzz(records: int, first_seed: int) -> int:
    """Run worlds until so many records went through; gives the exit code."""
    began, reasons = time.monotonic(), Counter[str]()
    for number in range(-(-records // WORLD)):
        try:
            reasons += world(first_seed + number)
        except AssertionError as exc:
            print(f"\nseed {first_seed + number}: {exc}")
            return 1
        done, seconds = (number + 1) * WORLD, time.monotonic() - began
        print(f"\r{done:,} records, {done / seconds:,.0f} a second", end="", flush=True)
    print(f"\nrefused: {dict(reasons.most_common())}")
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    configure_logging("fuzz", level="critical")
    sys.exit(fuzz(given.records, given.seed))
