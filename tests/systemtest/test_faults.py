"""Faults in mid flight: nothing lost, nothing twice, nothing in silence."""

import asyncio
import json
import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from deploy.idle import Look
from deploy.workers import COMMANDS as MODULES
from producers.broker import Admin, Connection
from schemas import wire
from schemas.topics import ENRICHED_REPORTS, REJECTED_REPORTS, agency_of, reports_topic
from streams.broker import read_back, topic_partitions
from tests.schemas.samples import SAMPLES
from tests.systemtest.pipeline import Pipeline, feed

pytestmark = [pytest.mark.services, pytest.mark.timeout(400)]


def rejected(pipeline: Pipeline, prefix: str) -> list[dict[str, Any]]:
    """The rejected records of these agencies, newest of each key."""

    async def read() -> list[dict[str, Any]]:
        partitions = await topic_partitions(pipeline.services.kafka, REJECTED_REPORTS.name.__eq__)
        newest: dict[bytes, dict[str, Any]] = {}
        async for records, _ in read_back(pipeline.services.kafka, dict.fromkeys(partitions, 0)):
            for record in records:
                newest[record.key or b""] = wire.trusted("rejected_report", record.value or b"")
        return [one for one in newest.values() if one["agency_id"].startswith(f"{prefix}_")]

    return asyncio.run(read())


def until(holds: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.1)


def adds_up(pipeline: Pipeline, prefix: str, published: int) -> None:
    accounts = {a: row for a, row in pipeline.accounting().agencies.items() if a.startswith(f"{prefix}_")}

    assert sum(row.published for row in accounts.values()) == published
    assert {agency: row.difference for agency, row in accounts.items()} == dict.fromkeys(accounts, 0)


@pytest.mark.parametrize("stage", list(MODULES))
def test_kill_9_of_a_worker_in_mid_flight_loses_nothing_and_gives_the_same_index(
    pipeline: Pipeline, stage: str
) -> None:
    prefix, seeded = f"kill_{stage}", random.Random(stage)
    lines = feed(prefix, 1500)
    pipeline.publish(lines)
    for other in MODULES:
        if list(MODULES).index(other) < list(MODULES).index(stage):
            pipeline.cli("run", other, "--until-idle")
    for _ in range(3):
        with pipeline.worker("-m", *MODULES[stage]) as process:
            # From before the first record to after the last: Python needs about 2 s to start.
            time.sleep(1.5 + seeded.random() * 2)
            os.kill(process.pid, signal.SIGKILL)

    pipeline.run()

    assert pipeline.index(prefix) == pipeline.expected(prefix)
    assert rejected(pipeline, prefix) == []
    adds_up(pipeline, prefix, len(lines))


@pytest.mark.parametrize("stage", ["intake", "resolve", "release"])
def test_an_exception_in_a_stage_costs_the_record_that_causes_it_and_no_other(pipeline: Pipeline, stage: str) -> None:
    prefix = f"raise_{stage}"
    lines = feed(prefix, 300)
    poison = {**json.loads(lines[7]), "source_id": "POISON-1", "version": 1}
    lines.insert(150, json.dumps(poison).encode())
    pipeline.publish(lines)
    for other in ("intake", "resolve")[: ("intake", "resolve", "release").index(stage)]:
        pipeline.cli("run", other, "--until-idle")
    with pipeline.worker("-m", "tests.systemtest.faulty", stage, "raise"), Admin(pipeline.services.kafka) as admin:
        until(lambda: bool(_refused_by(pipeline, stage, prefix)), 60, "a rejected record")
        until(lambda: _nothing_left(admin, stage), 60, "the rest worked off")

    pipeline.run()
    (one,) = _refused_by(pipeline, stage, prefix)

    assert (one["reason"], one["stage"]) == ("stage_error", stage)
    assert b"POISON-1" in one["value"]
    ids = {r for documents in pipeline.index(prefix).values() for d in documents.values() for r in d["report_ids"]}
    expected = {f"{o['agency']}:{o['source_id']}" for o in map(json.loads, lines)}
    assert ids == expected - {f"{poison['agency']}:POISON-1"}
    if stage != "release":
        adds_up(pipeline, prefix, len(lines))


def _refused_by(pipeline: Pipeline, stage: str, prefix: str) -> list[dict[str, Any]]:
    if stage != "release":
        return rejected(pipeline, prefix)
    # An incident is of no one agency, so its rejected record names none.
    return [one for one in _all_rejected(pipeline) if one["stage"] == stage and prefix.encode() in one["value"]]


def _all_rejected(pipeline: Pipeline) -> list[dict[str, Any]]:
    async def read() -> list[dict[str, Any]]:
        partitions = await topic_partitions(pipeline.services.kafka, REJECTED_REPORTS.name.__eq__)
        found = []
        async for records, _ in read_back(pipeline.services.kafka, dict.fromkeys(partitions, 0)):
            found += [wire.trusted("rejected_report", record.value or b"") for record in records]
        return found

    return asyncio.run(read())


def _nothing_left(admin: Admin, stage: str) -> bool:
    look = Look(admin, [stage], 1)
    look.idle(time.monotonic())
    return not look.left


def test_messages_that_cannot_be_read_end_among_the_rejected_with_their_bytes(pipeline: Pipeline) -> None:
    lines = feed("garbage", 100)
    pipeline.publish(lines)
    agency = json.loads(lines[0])["agency"]
    foreign = wire.encode("decision", SAMPLES["decision"])
    messages = [b"", b"rubbish", b"\x00\x00\x00\x00\x01", b"\x00\x00\x00\x03\xe7abc", foreign, b"\x00" * 300_000]
    connection = Connection(pipeline.services.kafka, 10)
    for number, value in enumerate(messages):
        assert connection.wait(connection.send(reports_topic(agency), b"%d" % number, value), 10)
    connection.close(10)

    pipeline.run()
    found = rejected(pipeline, "garbage")

    assert sorted(one["value"] for one in found) == sorted(messages)
    assert Counter(one["reason"] for one in found) == {
        "bad_frame": 2,
        "decode_error": 1,
        "schema_not_allowed": 2,
        "too_large": 1,
    }
    assert pipeline.index("garbage") == pipeline.expected("garbage")
    adds_up(pipeline, "garbage", len(lines) + len(messages))


def test_a_report_on_the_topic_of_another_agency_is_rejected(pipeline: Pipeline) -> None:
    lines = feed("spoof", 60)
    pipeline.publish(lines)
    records = asyncio.run(pipeline.published("spoof"))
    victim = records[0]
    other = next(agency_of(r.topic) for r in records if r.topic != victim.topic)
    connection = Connection(pipeline.services.kafka, 10)
    assert connection.wait(connection.send(reports_topic(other), victim.key or b"", victim.value), 10)
    connection.close(10)

    pipeline.run()

    assert [(one["agency_id"], one["reason"]) for one in rejected(pipeline, "spoof")] == [(other, "agency_mismatch")]
    adds_up(pipeline, "spoof", len(lines) + 1)


def set_topic(pipeline: Pipeline, topic: str, settings: dict[str, str]) -> None:
    async def change() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=pipeline.services.kafka)
        await admin.start()
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs=settings)])
        await admin.close()

    asyncio.run(change())


def test_a_send_that_the_broker_refuses_ends_among_the_rejected(pipeline: Pipeline) -> None:
    lines = feed("refuse", 200)
    noise = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=30_000))
    large = {**json.loads(lines[3]), "source_id": "LARGE-1", "version": 1, "narrative": noise}
    lines.insert(100, json.dumps(large).encode())
    pipeline.publish(lines)
    try:
        set_topic(pipeline, ENRICHED_REPORTS.name, {**ENRICHED_REPORTS.settings(), "max.message.bytes": "16384"})
        pipeline.run()
    finally:
        set_topic(pipeline, ENRICHED_REPORTS.name, ENRICHED_REPORTS.settings())
    (one,) = rejected(pipeline, "refuse")

    assert (one["reason"], one["stage"], one["key"]) == ("send_refused", "intake", b"LARGE-1")
    ids = {r for documents in pipeline.index("refuse").values() for d in documents.values() for r in d["report_ids"]}
    assert f"{large['agency']}:LARGE-1" not in ids
    adds_up(pipeline, "refuse", len(lines))


def test_workers_that_join_and_leave_lose_nothing_and_repeat_nothing(pipeline: Pipeline) -> None:
    prefix = "join"
    lines = feed(prefix, 3000)
    parts = [lines[at : at + 500] for at in range(0, len(lines), 500)]
    with pipeline.worker("-m", "streams", "intake"), pipeline.worker("-m", "streams", "resolve"):
        for number, part in enumerate(parts):
            pipeline.publish(part)
            if number % 2 == 0:
                with (
                    pipeline.worker("-m", "streams", "intake") as one,
                    pipeline.worker("-m", "streams", "resolve") as two,
                ):
                    time.sleep(3.5)
                    one.terminate()
                    two.terminate()
                    assert (one.wait(40), two.wait(40)) == (0, 0)

    pipeline.run()

    assert pipeline.index(prefix) == pipeline.expected(prefix)
    adds_up(pipeline, prefix, len(lines))


@pytest.mark.parametrize("fault", ["hang", "block"])
def test_a_worker_that_is_alive_but_stuck_ends_itself(pipeline: Pipeline, fault: str) -> None:
    pipeline.publish(feed(f"stuck_{fault}", 50))
    with pipeline.worker("-m", "tests.systemtest.faulty", "intake", fault) as process:
        assert process.wait(60) == 70
    pipeline.run()
    adds_up(pipeline, f"stuck_{fault}", 50)


def test_a_lost_state_directory_is_read_back_from_the_topic(pipeline: Pipeline) -> None:
    lines = feed("lost", 400)
    pipeline.publish(lines[:300])
    pipeline.run()
    shutil.rmtree(pipeline.settings.home / "state")
    pipeline.publish(lines)
    pipeline.run()

    assert pipeline.index("lost") == pipeline.expected("lost")
    adds_up(pipeline, "lost", 300 + len(lines))


def test_no_word_of_a_report_reaches_a_log(pipeline: Pipeline) -> None:
    """After everything above, faults included: no narrative, name or plate of the feed stands in any worker's log."""
    logs = b"".join(path.read_bytes() for path in (pipeline.settings.home / "logs").glob("*.log"))
    canaries = {b"words of a person"}
    for line in map(json.loads, feed("any", 1500)):
        canaries |= {str(line["narrative"]).encode()} if line["narrative"] else set()
        canaries |= {p["name"].encode() for p in line["persons"]} | {v["plate"].encode() for v in line["vehicles"]}

    assert len(logs) > 1000
    assert not [canary for canary in canaries if len(canary) > 5 and canary in logs]
