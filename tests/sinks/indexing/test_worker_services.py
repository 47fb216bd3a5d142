"""The sink as a process, on a real Kafka and a real Elasticsearch."""

import asyncio
import json
import os
import signal
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from schemas.agencies import agency_row
from schemas.agreements import bundled_text
from schemas.errors import Transient
from schemas.records import codec
from schemas.runtime.settings import Endpoints
from schemas.topics import AGENCIES, AGREEMENTS
from sinks.index.elastic import Elastic
from sinks.index.names import IndexName
from sinks.index.port import Hit, NoAudience
from tests.patience import LONG_S, eventually, patience
from tests.schemas.agreements.test_register import AT, order
from tests.sinks.broker_tools import lag, make_topics, publish, rejected_of, send, unused_generation
from tests.sinks.factories import released

pytestmark = pytest.mark.services

SOON_S = LONG_S
DELETED_AT_ONCE = 30
"""Of what an address has room for."""
AUDIENCES = ("internal", "el_paso_pd", "tx_dps", "nogales_pd", "yuma_pd", "calexico_pd")
ROOT = Path(__file__).resolve().parents[3]


@dataclass
class World:
    """A generation of its own: its topic, its group, its indices."""

    services: Endpoints
    generation: int
    home: Path
    index: Elastic

    def name(self, audience: str = "internal") -> str:
        return str(IndexName(audience, self.generation))

    def record(self, **fields: Any) -> Any:
        return released(generation=self.generation, **fields)

    async def publish(self, *records: Any, abort: bool = False) -> None:
        await publish(self.services.kafka, self.generation, records, abort)

    async def caught_up(self) -> bool:
        """Nothing is left to commit, transaction markers neither."""
        return await lag(self.services.kafka, self.generation) == 0

    async def hit(self, view_id: str, audience: str = "internal") -> Hit | None:
        try:
            return await self.index.get(self.name(audience), view_id)
        # Transient: an index that was made just now, whose shard has not started.
        except (NoAudience, Transient):
            return None

    async def more_than(self, documents: int) -> bool:
        try:
            await self.index.refresh([self.name()])
            return await self.index.count(self.name()) > documents
        except (NoAudience, Transient):
            return False

    async def finds_nothing(self, audience: str) -> bool:
        try:
            return await self.index.count(f"incidents-{audience}") == 0
        # An index that was made just now, whose shard has not started.
        except Transient:
            return False

    async def rejected(self) -> list[Any]:
        return await rejected_of(self.services.kafka, self.generation)

    def figures(self) -> list[dict[str, Any]]:
        return [json.loads(path.read_text()) for path in (self.home / "run").glob("index-*.json")]

    async def start(self, **environment: str) -> asyncio.subprocess.Process:
        own = {
            "INTERAGENCY_HOME": str(self.home),
            "INTERAGENCY_GENERATION": str(self.generation),
            "INTERAGENCY_KAFKA": self.services.kafka,
            "INTERAGENCY_REGISTRY": self.services.registry,
            "INTERAGENCY_ELASTICSEARCH": self.services.elasticsearch,
        }
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "sinks", cwd=ROOT, env={**os.environ, **own, **environment}
        )

    @asynccontextmanager
    async def running(self, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
        """A sink for as long as the block lasts; it must end in good order."""
        process = await self.start(**environment)
        try:
            # Before it tells figures, its signals are Python's own.
            await eventually((self.home / "run" / f"index-{process.pid}.json").exists, SOON_S)
            yield process
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), patience(LONG_S)) == 0
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


@pytest.fixture
async def world(endpoints: Endpoints, tmp_path: Path) -> AsyncIterator[World]:
    generation = unused_generation()
    await make_topics(endpoints.kafka, generation)
    made = World(endpoints, generation, tmp_path, Elastic(endpoints.elasticsearch))
    # A worker refuses another generation than the one that is read, and other tests read the first.
    read = [one for one, carried in (await made.index.indices()).items() if carried]
    change_aliases(endpoints, "remove", read)
    yield made
    # By name: Elasticsearch deletes nothing by a pattern. Several at once: each change of the cluster takes its time.
    mine = [str(name) for name in await made.index.indices() if name.generation == generation]
    for some in (mine[at : at + DELETED_AT_ONCE] for at in range(0, len(mine), DELETED_AT_ONCE)):
        httpx.delete(
            f"{endpoints.elasticsearch}/{','.join(some)}", trust_env=False, timeout=patience(LONG_S)
        ).raise_for_status()
    change_aliases(endpoints, "add", read)
    await made.index.close()


def change_aliases(endpoints: Endpoints, action: str, names: list[IndexName]) -> None:
    """Take the aliases of these indices away, or give them back, all at once."""
    actions = [{action: {"index": str(name), "alias": name.alias}} for name in names]
    if actions:
        url = f"{endpoints.elasticsearch}/_aliases"
        httpx.post(url, json={"actions": actions}, trust_env=False, timeout=patience(LONG_S)).raise_for_status()


async def test_every_record_is_indexed_or_rejected_and_then_committed(world: World) -> None:
    garbage = b"not a record"
    await world.publish(
        world.record(view_id="i1"),
        garbage,
        world.record(view_id="i2", document=b'{"unknown":1}'),
        world.record(view_id="x" * 600),
        world.record(view_id="v1", audience="el_paso_pd"),
        world.record(view_id="i3", state="MERGED", into="i1", document=b'{"state":"MERGED","into":"i1"}'),
    )
    await world.publish(world.record(view_id="aborted"), abort=True)

    async with world.running():
        await eventually(world.caught_up, SOON_S)
        await eventually(lambda: any(one["indexed"] for one in world.figures()), SOON_S)
        told = {(one["reason"], one["field"]): one for one in await world.rejected()}

    assert set(told) == {("bad_frame", ""), ("index_refused", "document"), ("bad_value", "view_id")}
    assert told["bad_frame", ""]["value"] == garbage
    assert told["bad_frame", ""]["headers"] == [{"key": "h", "value": b"1"}]
    assert await world.hit("i1") == Hit("i1", {"state": "ACTIVE"})
    assert await world.hit("v1", "el_paso_pd") is not None
    assert await world.hit("i3") == Hit("i3", {"state": "MERGED", "into": "i1"})
    assert await world.hit("i2") is None
    assert await world.hit("aborted") is None
    [figures] = world.figures()
    assert (figures["indexed"], figures["rejected"]) == (3, 3)


async def test_indices_are_made_when_audiences_are_learned_and_follow_the_agreements(world: World) -> None:
    name = f"t{uuid.uuid4().hex[:10]}"
    agency, audience = f"{name}_pd", f"{name}-team"
    text = bundled_text("cit").replace('agreement_id = "cit"', f'agreement_id = "{name}"').replace("cit-team", audience)

    async def give(ends: int | None) -> None:
        value = codec.encode("agreement_order", order(name, text=text, ends=ends))
        await send(world.services.kafka, AGREEMENTS, name.encode(), value)

    async def readable(*wanted: str) -> bool:
        held = await world.index.indices(agency, audience)
        return {one.audience for one, read in held.items() if read} == set(wanted)

    async with world.running():
        row = codec.encode("agency", agency_row({"agency_id": agency}, "test"))
        await send(world.services.kafka, AGENCIES, agency.encode(), row)
        await give(None)
        await eventually(lambda: readable(agency, audience), SOON_S)
        await eventually(lambda: world.finds_nothing(agency), SOON_S)
        await give(AT)
        await eventually(lambda: readable(agency), SOON_S)

        await world.publish(world.record(audience=audience, view_id="v1"))
        await eventually(world.caught_up, SOON_S)
        assert await world.hit("v1", audience) is not None
        assert await readable(agency), "what is written for an ended agreement opens nothing"


async def test_everything_again_changes_nothing(world: World) -> None:
    records = [world.record(view_id=f"i{n}", revision=n % 3 + 1) for n in range(300)]
    await world.publish(*records)
    async with world.running():
        await eventually(world.caught_up, SOON_S)
        await world.index.refresh([world.name()])
        before = {n: await world.hit(f"i{n}") for n in range(0, 300, 37)}

        await world.publish(*reversed(records))
        await eventually(world.caught_up, SOON_S)

        await world.index.refresh([world.name()])
        assert {n: await world.hit(f"i{n}") for n in range(0, 300, 37)} == before
        assert await world.index.count(world.name()) == 300
        assert await world.rejected() == []
    assert [figures["stale"] for figures in world.figures()] == [300]


async def test_killed_in_the_middle_it_loses_nothing(world: World) -> None:
    document = b'{"state":"ACTIVE","text":"%s"}' % (b"x " * 500)
    await world.publish(*(world.record(view_id=f"i{n}", document=document) for n in range(6000)))
    for reached in (1, 1500, 3000):
        process = await world.start(INTERAGENCY_INDEX_POLL_RECORDS="20", INTERAGENCY_INDEX_SESSION_TIMEOUT_S="6")
        await eventually(lambda least=reached: world.more_than(least), SOON_S)  # type: ignore[misc]
        process.kill()
        await process.wait()
    assert await lag(world.services.kafka, world.generation) > 0

    async with world.running():
        await eventually(world.caught_up, SOON_S)
        await world.index.refresh([world.name()])

        assert await world.index.count(world.name()) == 6000
        assert await world.rejected() == []


async def test_a_full_disk_rejects_nothing_and_is_caught_up_afterwards(world: World) -> None:
    def block(blocked: bool | None) -> None:
        url = f"{world.services.elasticsearch}/{world.name()}/_settings"
        httpx.put(url, json={"index.blocks.read_only_allow_delete": blocked}, trust_env=False).raise_for_status()

    # So short that a sink which stopped polling while it waits would be put out of the group.
    async with world.running(INTERAGENCY_INDEX_POLL_INTERVAL_S="6", INTERAGENCY_INDEX_IN_FLIGHT="1") as process:
        await world.publish(world.record(view_id="i0"))
        await eventually(lambda: world.hit("i0"), SOON_S)
        block(True)
        for batch in range(4):
            await world.publish(*(world.record(view_id=f"i{batch}-{n}") for n in range(50)))
        await asyncio.sleep(15)
        assert process.returncode is None
        assert await world.hit("i0-0") is None

        block(None)
        await eventually(world.caught_up, SOON_S)

        assert await world.rejected() == []
        assert all([await world.hit(f"i{batch}-{n}") for batch in range(4) for n in (0, 49)])


async def test_the_largest_records_are_indexed_or_rejected_like_any_other(world: World) -> None:
    reports = b'[{"text":"%s"}]' % (b"x" * 12 * 1024 * 1024)
    await world.publish(
        world.record(view_id="large", document=b'{"state":"ACTIVE","reports":%s}' % reports),
        world.record(view_id="bad", document=b'{"state":"ACTIVE","unknown":%s}' % reports),
        world.record(view_id="small"),
    )

    async with world.running():
        await eventually(world.caught_up, SOON_S)
        rejected = await world.rejected()

    assert [len(one["value"]) > 12 * 1024 * 1024 for one in rejected] == [True]
    large = await world.hit("large")
    assert large is not None
    assert len(large.source["reports"][0]["text"]) == 12 * 1024 * 1024
    assert await world.hit("small") is not None


async def test_two_sinks_share_the_work_and_one_leaves_without_loss(world: World) -> None:
    async with world.running():
        async with world.running():
            for round_ in range(5):
                names = [f"{round_}-{n}" for n in range(40)]
                await world.publish(*(world.record(audience=a, view_id=n) for a in AUDIENCES for n in names))
            await eventually(world.caught_up, SOON_S)
        await world.publish(*(world.record(audience=a, view_id="last") for a in AUDIENCES))
        await eventually(world.caught_up, SOON_S)

        for audience in AUDIENCES:
            await world.index.refresh([world.name(audience)])
            assert await world.index.count(world.name(audience)) == 201


async def test_a_generation_that_is_not_the_one_that_is_read_is_refused_before_anything_is_written(
    world: World,
) -> None:
    other = IndexName("internal", world.generation + 1)
    await world.index.ensure(other)
    await world.publish(world.record(view_id="i1"))

    try:
        process = await world.start()
        assert await asyncio.wait_for(process.wait(), SOON_S) == 78

        assert world.name() not in map(str, await world.index.indices("internal"))
        assert not await world.caught_up()
    finally:
        httpx.delete(f"{world.services.elasticsearch}/{other}", trust_env=False)


async def test_services_that_are_not_there_are_waited_for_and_it_still_ends_in_good_order(world: World) -> None:
    async with world.running(INTERAGENCY_KAFKA="127.0.0.1:1") as process:
        await asyncio.sleep(3)
        assert process.returncode is None
    await world.publish(world.record(view_id="i1"))
    async with world.running(INTERAGENCY_ELASTICSEARCH="http://127.0.0.1:1") as process:
        await asyncio.sleep(4)
        assert process.returncode is None
    assert not await world.caught_up()
    assert await world.rejected() == []


async def test_an_end_that_elasticsearch_was_away_for_is_brought_there_by_the_next_worker(world: World) -> None:
    team = IndexName("aliased-team", world.generation)
    text = bundled_text("cit").replace('"cit"', '"aliased"').replace("cit-team", team.audience)
    text = text.replace("ends = 2027", "ends = 2097")
    await world.index.ensure(team)

    async def give(version: int, ends: int | None) -> None:
        made = order("aliased", text=text.replace("version = 1", f"version = {version}"), ends=ends)
        await send(world.services.kafka, AGREEMENTS, b"aliased", codec.encode("agreement_order", made))

    async def is_open() -> bool:
        return (await world.index.indices(team.audience))[team]

    async def is_closed() -> bool:
        return not await is_open()

    await give(1, AT)
    for _ in range(2):
        async with world.running():
            await eventually(is_closed, SOON_S)
    async with world.running():
        await give(2, None)
        await eventually(is_open, SOON_S)
        await give(2, AT)
        await eventually(is_closed, SOON_S)
