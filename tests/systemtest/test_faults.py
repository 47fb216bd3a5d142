"""Faults in mid flight: nothing lost, nothing twice, nothing in silence."""

import asyncio
import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from deploy.run.lag import LagCheck
from deploy.run.workers import COMMANDS as MODULES
from producers.delivery.kafka import Admin, Producer
from schemas.records import codec
from schemas.runtime import process_stats
from schemas.topics import (
    ENRICHED_REPORTS,
    INCIDENTS,
    REJECTED_REPORTS,
    RELEASED_INCIDENTS,
    agency_of,
    consumer_group,
    reports_topic,
)
from tests.patience import LONG_S, patience, until
from tests.schemas.samples import SAMPLES
from tests.systemtest import oracle
from tests.systemtest.committed import bury
from tests.systemtest.pipeline import REQUEST_S, Pipeline, adds_up
from tests.systemtest.scene import EL_PASO, Scene, feed

REJECTED = REJECTED_REPORTS.name
OUTPUTS = {"intake": ENRICHED_REPORTS.name, "resolve": INCIDENTS.name, "release": RELEASED_INCIDENTS.name}
pytestmark = pytest.mark.services


def rejected(pipeline: Pipeline, prefix: str) -> list[dict[str, Any]]:
    """The rejected records of these agencies, newest of each key."""
    newest = {record.key: record.value or b"" for record in oracle.of_topics(pipeline.services.kafka, REJECTED.__eq__)}
    found = [codec.decode_trusted("rejected_report", value) for value in newest.values()]
    return [one for one in found if one["agency_id"].startswith(f"{prefix}_")]


def _written(admin: Admin, stage: str) -> int:
    """How far a stage has got: what it wrote, committed or not; of the sink, what it committed."""
    if stage == "index":
        return sum(admin.group_offsets(consumer_group(stage, 1)).values())
    return sum(admin.end_offsets({OUTPUTS[stage]}).values())


def killed_in_mid_flight(pipeline: Pipeline, stage: str, records: int) -> None:
    """Kill a worker that is at work and has written so many records, or has nothing left to do."""
    with (
        Admin(pipeline.services.kafka, patience(REQUEST_S)) as admin,
        pipeline.worker("-m", *MODULES[stage]) as process,
    ):
        goal, looks, look = _written(admin, stage) + records, itertools.count(), LagCheck(admin, [stage], 1)

        def reached() -> bool:
            assert process.poll() is None
            if not _at_work(pipeline, {process.pid}):
                return False
            # To look costs more than the worker needs for a hundred records.
            return _written(admin, stage) >= goal or (next(looks) % 20 == 19 and look.is_idle(time.monotonic()))

        until(reached, what=f"{records} records of {stage}", every=0.01, seen=lambda: _written(admin, stage))
        os.kill(process.pid, signal.SIGKILL)
    bury(pipeline.services.kafka, stage)


def test_kill_9_of_each_worker_in_mid_flight_loses_nothing_and_gives_the_same_index(pipeline: Pipeline) -> None:
    seeded = random.Random(1)
    lines = feed("kill", 3000)
    pipeline.rest()
    pipeline.publish(lines)
    for stage in MODULES:
        for records in (0, seeded.randrange(1, 500), seeded.randrange(500, 1000)):
            killed_in_mid_flight(pipeline, stage, records)
        pipeline.cli("run", stage, "--until-idle")

    assert pipeline.index("kill") == pipeline.expected("kill")
    assert rejected(pipeline, "kill") == []
    adds_up(pipeline, "kill", len(lines))


def test_an_exception_in_each_stage_costs_the_record_that_causes_it_and_no_other(pipeline: Pipeline) -> None:
    stages = ("intake", "resolve", "release")
    lines = feed("raise", 300, EL_PASO)
    # In hours of their own: what a poisoned incident costs is all its reports.
    poison = [Scene("raise").report(f"a:POISON-{stage}", hour) for hour, stage in enumerate(stages)]
    pipeline.rest()
    pipeline.publish([*lines[:150], *poison, *lines[150:]])
    with ExitStack() as stack:
        for stage in stages:
            stack.enter_context(pipeline.worker("-m", "tests.systemtest.faulty", stage, "raise"))
        until(lambda: len(_poisoned(pipeline)) == len(stages), what="three rejected records")
        pipeline.settle(stages)

    pipeline.work_off()

    assert {one["stage"]: one["reason"] for one in _poisoned(pipeline)} == dict.fromkeys(stages, "stage_error")
    for one in _poisoned(pipeline):
        assert f"POISON-{one['stage']}".encode() in one["value"]
    ids = {r for documents in pipeline.index("raise").values() for d in documents.values() for r in d["report_ids"]}
    assert ids == {f"{o['agency']}:{o['source_id']}" for o in map(json.loads, lines)}
    adds_up(pipeline, "raise", len(lines) + len(poison))


def _poisoned(pipeline: Pipeline) -> list[dict[str, Any]]:
    # The rejected record of an incident names no agency: it is of several.
    found = oracle.of_topics(pipeline.services.kafka, REJECTED.__eq__)
    every = [codec.decode_trusted("rejected_report", record.value or b"") for record in found]
    return [one for one in every if b"raise_" in one["value"]]


def send(pipeline: Pipeline, agency: str, values: list[bytes]) -> None:
    """Put bytes on an agency's topic as they are."""
    connection = Producer(pipeline.services.kafka, patience(REQUEST_S))
    for number, value in enumerate(values):
        receipt = connection.send(reports_topic(agency), b"%d" % number, value)
        assert connection.wait(receipt, patience(REQUEST_S))
    connection.close(patience(REQUEST_S))


def test_messages_that_cannot_be_read_end_among_the_rejected_with_their_bytes(pipeline: Pipeline) -> None:
    lines = feed("garbage", 100, EL_PASO)
    pipeline.publish(lines)
    agency = json.loads(lines[0])["agency"]
    foreign = codec.encode("decision", SAMPLES["decision"])
    records = oracle.published(pipeline.services.kafka, "garbage")
    spoofed = next(record for record in records if agency_of(record.topic) != agency)
    messages = [
        b"",
        b"rubbish",
        b"\x00\x00\x00\x00\x01",
        b"\x00\x00\x00\x03\xe7abc",
        foreign,
        b"\x00" * 300_000,
        spoofed.value or b"",
    ]
    send(pipeline, agency, messages)

    pipeline.work_off()
    found = rejected(pipeline, "garbage")

    assert sorted(one["value"] for one in found) == sorted(messages)
    assert Counter(one["reason"] for one in found) == {
        "bad_frame": 2,
        "decode_error": 1,
        "schema_not_allowed": 2,
        "too_large": 1,
        "agency_mismatch": 1,
    }
    assert {one["agency_id"] for one in found} == {agency}
    assert pipeline.index("garbage") == pipeline.expected("garbage")
    adds_up(pipeline, "garbage", len(lines) + len(messages))


def set_topic(pipeline: Pipeline, topic: str, settings: dict[str, str]) -> None:
    async def change() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=pipeline.services.kafka)
        await admin.start()
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs=settings)])
        await admin.close()

    asyncio.run(change())


def test_a_send_that_the_broker_refuses_ends_among_the_rejected(pipeline: Pipeline) -> None:
    lines = feed("refuse", 200, EL_PASO)
    noise = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=30_000))
    large = {**json.loads(lines[3]), "source_id": "LARGE-1", "version": 1, "narrative": noise}
    lines.insert(100, json.dumps(large).encode())
    pipeline.rest()
    try:
        set_topic(pipeline, ENRICHED_REPORTS.name, {**ENRICHED_REPORTS.settings(), "max.message.bytes": "16384"})
        pipeline.publish(lines)
        pipeline.work_off()
    finally:
        set_topic(pipeline, ENRICHED_REPORTS.name, ENRICHED_REPORTS.settings())
    (one,) = rejected(pipeline, "refuse")

    assert (one["reason"], one["stage"], one["key"]) == ("send_refused", "intake", b"LARGE-1")
    ids = {r for documents in pipeline.index("refuse").values() for d in documents.values() for r in d["report_ids"]}
    assert f"{large['agency']}:LARGE-1" not in ids
    adds_up(pipeline, "refuse", len(lines))


def _at_work(pipeline: Pipeline, pids: set[int]) -> bool:
    """Whether these workers got so far as to write their figures."""
    return pids <= {found["pid"] for found in process_stats.running(pipeline.settings.home)}


MOVING = ("intake", "resolve")


def _guarded(pipeline: Pipeline, stage: str) -> AbstractContextManager["subprocess.Popen[bytes]"]:
    """A worker that ends itself when a thread touches what is another's."""
    return pipeline.worker("-m", "tests.systemtest.faulty", stage, "threads")


def test_workers_that_join_and_leave_lose_nothing_and_repeat_nothing(pipeline: Pipeline) -> None:
    prefix = "join"
    lines = feed(prefix, 2500, EL_PASO)
    parts = [lines[at : at + 500] for at in range(0, len(lines), 500)]
    pipeline.rest()
    with pipeline.worker("-m", "streams", "intake"), pipeline.worker("-m", "streams", "resolve"):
        for number, part in enumerate(parts):
            with ExitStack() as joining:
                others = [] if number % 2 else [joining.enter_context(_guarded(pipeline, s)) for s in MOVING]
                until(partial(_at_work, pipeline, {one.pid for one in others}), what="both are at work")
                pipeline.publish(part)
                # They leave in the middle of it.
                for one in others:
                    one.terminate()
                assert {one.wait(patience(LONG_S)) for one in others} <= {0}
        pipeline.settle(MOVING)
    bury(pipeline.services.kafka, *MOVING)
    pipeline.work_off()

    assert pipeline.index(prefix) == pipeline.expected(prefix)
    adds_up(pipeline, prefix, len(lines))


@pytest.mark.parametrize("fault", ["hang", "block"])
def test_a_worker_that_is_alive_but_stuck_ends_itself(pipeline: Pipeline, fault: str) -> None:
    pipeline.rest()
    pipeline.publish(feed(f"stuck_{fault}", 50, EL_PASO))
    with pipeline.worker("-m", "tests.systemtest.faulty", "intake", fault) as process:
        assert process.wait(patience(2 * LONG_S)) == 70
    pipeline.work_off()
    adds_up(pipeline, f"stuck_{fault}", 50)


def test_a_lost_state_directory_is_read_back_from_the_topic(pipeline: Pipeline) -> None:
    lines = feed("lost", 400, EL_PASO)
    pipeline.publish(lines[:300])
    pipeline.work_off()
    pipeline.rest()
    shutil.rmtree(pipeline.settings.home / "state")
    pipeline.publish(lines)
    pipeline.work_off()

    assert pipeline.index("lost") == pipeline.expected("lost")
    adds_up(pipeline, "lost", 300 + len(lines))


def test_no_word_of_a_report_reaches_a_log(pipeline: Pipeline) -> None:
    """Faults included: no narrative, name or plate of the feed is in the log of any worker or command."""
    lines = [*feed("logged", 150, EL_PASO), Scene("logged").report("a:POISON-intake", 0)]
    pipeline.rest()
    pipeline.publish(lines)
    send(pipeline, json.loads(lines[0])["agency"], [b"rubbish", lines[1]])
    with pipeline.worker("-m", "tests.systemtest.faulty", "intake", "raise"):
        until(lambda: rejected(pipeline, "logged"), what="the report that raises is rejected")
        pipeline.settle(["intake"])
    pipeline.work_off()

    logs = b"".join(path.read_bytes() for path in (pipeline.settings.home / "logs").glob("*.log"))
    canaries = {b"words of a person"}
    for line in map(json.loads, [*lines, *feed("any", 1500)]):
        canaries |= {str(line["narrative"]).encode()} if line["narrative"] else set()
        canaries |= {p["name"].encode() for p in line["persons"]} | {v["plate"].encode() for v in line["vehicles"]}

    assert b"ZeroDivisionError" in logs
    assert not [canary for canary in canaries if len(canary) > 5 and canary in logs]
