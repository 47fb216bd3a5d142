"""Orders on single reports, on real services: purged, held, sealed."""

import asyncio
import shutil
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from producers.delivery.kafka import Admin
from schemas.runtime.kafka_following import follow
from schemas.topics import INCIDENTS, PURGES, RELEASED_INCIDENTS
from sinks.access.cleared import UnclearedOrders
from sinks.access.current_orders import current_orders
from sinks.index.elastic import Elastic
from sinks.indexing.clearing import Clearing
from sinks.indexing.stage_progress import KafkaProgress
from tests.patience import LONG_S, patience, until
from tests.systemtest import oracle
from tests.systemtest.partnership import BY
from tests.systemtest.pipeline import Pipeline, adds_up
from tests.systemtest.scene import Scene

LOOK_S = 1.0

pytestmark = pytest.mark.services


def test_a_purged_report_is_gone_at_once_and_no_replay_brings_it_back(pipeline: Pipeline) -> None:
    scene = Scene("purged")
    lines = [scene.report("a:1", 0), scene.report("b:1", 0), scene.report("a:1", 0, 2), scene.report("a:2", 5)]
    purged, other = scene.name("a:1"), scene.name("b:1")
    pipeline.publish(lines)
    pipeline.work_off()
    assert pipeline.groups("purged") == [["a:1", "b:1"], ["a:2"]]

    pipeline.cli("hold", purged, *BY)
    assert b"waits" in pipeline.cli("purge", purged, *BY)
    pipeline.work_off()
    pipeline.cli("show", purged)
    assert b"takes effect" in pipeline.cli("hold", purged, *BY, "--lift")
    for audience in ("internal", "purged_a"):
        pipeline.cli("show", purged, "--as", audience, expect=1)
    pipeline.work_off()
    assert pipeline.groups("purged") == [["a:2"], ["b:1"]]
    pipeline.cli("show", other)
    assert effects(pipeline, purged) == {"HOLD": "lifted", "PURGE": "purged"}
    pipeline.cli("hold", purged, *BY, expect=77)
    pipeline.cli("purge", purged, *BY, "--lift", expect=77)

    pipeline.rest()
    shutil.rmtree(pipeline.settings.home / "state")
    pipeline.publish([*lines, scene.report("a:1", 0, 3)])
    pipeline.work_off()
    assert pipeline.groups("purged") == [["a:2"], ["b:1"]]
    found = [one for documents in pipeline.index("purged").values() for one in documents.values()]
    assert not [one for one in found if purged in one["report_ids"]]
    held = {topic: places(pipeline, topic, purged) for topic in ("incidents", "released-incidents")}
    assert held == {"incidents": 0, "released-incidents": 0}
    adds_up(pipeline, "purged", 9)
    row = pipeline.accounting().agencies["purged_a"]
    assert (row.current, row.superseded, row.purged) == (1, 1, 4)


def effects(pipeline: Pipeline, report_id: str) -> dict[str, str]:
    """Kind of order on a report -> what it is now."""
    return {one["kind"]: one["effect"] for one in pipeline.told("custody") if one["report_id"] == report_id}


def at_once(pipeline: Pipeline, report_id: str, *kinds: str) -> dict[str, str]:
    """Run commands of other persons at the same moment; give what each told."""
    processes = {
        kind: subprocess.Popen(
            [sys.executable, "-m", "interagency", kind, report_id, "--by", f"{kind}-clerk", "--why", "a test"],
            env=pipeline.environment,
            stdout=subprocess.PIPE,
        )
        for kind in kinds
    }
    told = {kind: process.communicate(timeout=patience(LONG_S))[0].decode() for kind, process in processes.items()}
    assert {kind: process.returncode for kind, process in processes.items()} == dict.fromkeys(kinds, 0)
    return told


def test_orders_of_three_persons_at_once_all_stand_and_who_comes_second_is_told(pipeline: Pipeline) -> None:
    scene = Scene("atonce")
    name = scene.name("a:1")
    pipeline.publish([scene.report("a:1", 0)])
    pipeline.work_off()
    # Whether workers erase before the hold comes is a race of its own: here the persons alone are at once.
    pipeline.rest()
    told = at_once(pipeline, name, "purge", "hold", "seal")

    assert effects(pipeline, name) == {"HOLD": "held", "SEAL": "sealed", "PURGE": "purge waits"}
    assert "the hold by hold-clerk" in told["purge"] or "the purge ordered by purge-clerk" in told["hold"]
    pipeline.work_off()
    pipeline.cli("show", name)
    pipeline.cli("hold", name, *BY, "--lift")
    pipeline.work_off()
    assert pipeline.groups("atonce") == []
    assert effects(pipeline, name)["PURGE"] == "purged"
    adds_up(pipeline, "atonce", 1)


def places(pipeline: Pipeline, topic: str, report_id: str) -> int:
    """The newest records of a compacted topic that hold a report's content."""
    with Admin(pipeline.services.kafka) as admin:
        values = admin.read_compacted(topic).values()
    return sum(f'"report_id":"{report_id}"'.encode() in (value or b"") for value in values)


def test_a_sealed_report_is_for_internal_alone_until_the_seal_is_lifted(pipeline: Pipeline) -> None:
    scene = Scene("sealed")
    sealed = scene.name("a:1")
    pipeline.publish([scene.report("a:1", 0)])
    pipeline.work_off()
    pipeline.cli("seal", sealed, *BY)
    pipeline.cli("show", sealed, "--as", "sealed_a", expect=1)
    pipeline.work_off()
    assert pipeline.index("sealed").keys() == {"internal"}
    pipeline.cli("show", sealed)

    pipeline.cli("seal", sealed, *BY, "--lift")
    pipeline.work_off()
    assert pipeline.index("sealed").keys() == {"internal", "sealed_a"}


def cleared(pipeline: Pipeline) -> None:
    """Clear what can be cleared, as the index worker does, with short waits: a point in time of nobody ends at once."""
    settings = {"index.soft_deletes.retention_lease.period": "10s"}
    url = f"{pipeline.services.elasticsearch}/incidents-*/_settings"
    assert httpx.put(url, json=settings, trust_env=False, timeout=patience(LONG_S)).is_success

    async def clear() -> None:
        index = Elastic(pipeline.services.elasticsearch)
        known = UnclearedOrders()
        async for records, whole in follow(pipeline.services.kafka, PURGES.name):
            for record in records:
                known.take(record)
            if whole:
                break
        progress = KafkaProgress(pipeline.services.kafka)
        await Clearing(index, progress, 1, NotImplemented, NotImplemented, briefly).round(known)
        await index.close()

    async def briefly(seconds: float) -> None:
        await asyncio.sleep(min(seconds, LOOK_S))

    asyncio.run(clear())


def test_orders_are_cleared_when_no_index_shows_their_reports_any_more(pipeline: Pipeline) -> None:
    scene = Scene("cleared")
    purged, sealed, lifted, shown = (scene.name(f"a:{number}") for number in range(4))
    pipeline.publish([scene.report(f"a:{number}", 3 * number) for number in range(4)])
    pipeline.work_off()
    for kind, name in (("purge", purged), ("seal", sealed), ("seal", lifted)):
        pipeline.cli(kind, name, *BY)
    pipeline.work_off()
    pipeline.cli("seal", lifted, *BY, "--lift")
    pipeline.cli("hold", shown, *BY)
    names = {purged, sealed, lifted, shown}

    async def barred() -> set[str]:
        _, custody = await current_orders(pipeline.services.kafka)
        return names & (custody.purged | custody.sealed)

    assert asyncio.run(barred()) == {purged, sealed}
    # The second round lets readers begin behind what the first one marked.
    cleared(pipeline)
    cleared(pipeline)
    assert asyncio.run(barred()) == set()
    assert effects(pipeline, sealed) == {"SEAL": "sealed"}
    pipeline.cli("show", purged, expect=1)
    pipeline.cli("show", sealed, "--as", "cleared_a", expect=1)
    pipeline.cli("show", lifted, "--as", "cleared_a")
    # What is ordered anew holds, whatever was cleared before.
    pipeline.cli("seal", sealed, *BY, "--lift")
    pipeline.cli("seal", sealed, *BY)
    assert asyncio.run(barred()) == {sealed}
    # A hold that readers begin behind is one all the same.
    assert b"waits" in pipeline.cli("purge", shown, *BY)
    assert asyncio.run(barred()) == {sealed}


def on_disk(home: Path, word: str) -> set[str]:
    """The parts of a home in whose files a word stands as it is, not compressed."""
    found = set()
    for path in home.rglob("*"):
        try:
            if path.is_file() and word.encode() in path.read_bytes():
                found.add("/".join(path.relative_to(home).parts[:2]))
        except FileNotFoundError:
            continue  # Merged away at this moment.
    return found


def topics_with(pipeline: Pipeline, word: str) -> set[str]:
    """The topics of which a record holds a word, also one that was written over; batches on disk are compressed."""
    kafka = pipeline.services.kafka
    found = oracle.of_topics(kafka, lambda topic: not topic.startswith("__"))
    return {one.topic for one in found if word.encode() in (one.value or b"")}


def test_the_bytes_of_a_purged_report_leave_the_home_but_for_what_the_command_said(pipeline: Pipeline) -> None:
    scene, canary = Scene("canary"), "canary5f1e7c09ab42d8"
    agency, report = "canary_a", scene.name("a:1")
    home = pipeline.settings.home
    # Among others: a segment of which nothing is left goes by itself.
    others = [scene.report(f"a:{number}", number) for number in range(100, 160)]
    pipeline.publish([scene.report("a:1", 0, narrative=f"seen {canary}"), scene.report("b:1", 0), *others])
    pipeline.work_off()
    url = f"{pipeline.services.elasticsearch}/incidents-*/_flush"
    httpx.post(url, trust_env=False, timeout=patience(LONG_S))
    kept = {f"incident-reports.{agency}", "enriched-reports"}
    compacted = {"incidents", "released-incidents"}
    assert topics_with(pipeline, canary) == kept | compacted
    assert {"elasticsearch/data", "state/resolve"} <= on_disk(home, canary)

    told = pipeline.cli("purge", report, *BY).decode()
    assert all(topic in told for topic in kept | compacted)
    pipeline.work_off()
    cleared(pipeline)
    assert on_disk(home, canary) == set()

    # A day is a second, and something else is written: the segment that is written to is never compacted.
    short = {"segment.ms": "1000", "max.compaction.lag.ms": "1000"}
    with Admin(pipeline.services.kafka) as admin:
        admin.change_topics(dict.fromkeys(compacted, short))
        for number in range(2, 5):
            time.sleep(LOOK_S)
            pipeline.publish([scene.report(f"{one}:{number}", 3 * number) for one in "ab"])
            pipeline.work_off()
        until(lambda: topics_with(pipeline, canary) == kept, 6 * LONG_S, "compacted", LOOK_S)
        admin.change_topics({topic.name: topic.settings() for topic in (INCIDENTS, RELEASED_INCIDENTS)})
    assert on_disk(home, canary) == set()
