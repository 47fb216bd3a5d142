"""Use cases of readers run from any event loop, without a command: values come back, and every reading is logged."""

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from producers.delivery.memory import MemoryKafka
from schemas.agreements.register import AgreementRegister
from schemas.agreements.report_orders import ReportOrderRegister
from schemas.errors import Denied, Transient
from schemas.runtime.settings import Endpoints, Settings
from schemas.topics import ADJUDICATIONS, AGREEMENTS
from sinks.access.orders import current_agreements, newest_orders, vetting, write_order
from sinks.access.session import AccessSession
from sinks.index.memory import Memory
from sinks.index.port import NoAudience
from sinks.review.adjudication import adjudicate, adjudications
from sinks.search.facets import FACETS
from sinks.search.query import Query, all_incidents
from sinks.search.reader import NotFound
from tests.sinks.fakes import MemoryLog, MemoryTopics
from tests.sinks.joined import ALONE, AT, BP, DOCUMENT, OTHER, PD, fill

NOW = AT + 86_400_000


class Searchable(Memory):
    """The index in memory, which does not rank or count: a search finds all that is there."""

    async def search(self, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        if "aggs" not in body:
            return await super().search(name, body)
        hits = [hit async for page in self.pages(name, all_incidents(True), 10) for hit in page]
        found = [{"_id": hit.id, "_source": hit.source} for hit in hits]
        counts = {facet: {"buckets": list[Any]()} for facet in FACETS}
        return {"hits": {"total": {"value": len(found)}, "hits": found}, "aggregations": counts}


class World:
    """A session on an index, a log, topics and a clock in memory."""

    def __init__(self, home: Path, role: str = "") -> None:
        self.index, self.log = Searchable(), MemoryLog()
        self.kafka = MemoryKafka(topics={ADJUDICATIONS.name: [[]], AGREEMENTS.name: [[]]})
        self.orders = AgreementRegister()
        settings, services = Settings(home=home, role=role), Endpoints("nowhere", "nowhere", "nowhere")
        self.session = AccessSession(
            settings, services, self.index, self.log, MemoryTopics(self.kafka), self._read_orders, lambda: NOW
        )

    async def _read_orders(self) -> tuple[AgreementRegister, ReportOrderRegister]:
        return self.orders, ReportOrderRegister()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = World(tmp_path)
    await fill(made.index, {"i1": DOCUMENT, "i2": ALONE}, "internal")
    async with made.session:
        yield made
    assert made.kafka.closed


async def test_search_show_and_an_adjudication_need_no_command(world: World) -> None:
    async with world.session.reading("internal") as reading:
        found = await reading.find(Query(offense="assault"))
        shown = await reading.show(PD)
    new = await adjudicate(
        world.session, (OTHER, PD), "NOT_SAME", ("analyst-1", "an hour apart"), "internal", "operations"
    )

    assert {hit["id"] for hit in found["hits"]} == {"i1", "i2"}
    assert shown.hit.id == "i1"
    assert (new["left"], new["right"], new["at"]) == (PD, OTHER, NOW)
    assert await adjudications(world.session.topics) == [new]
    asked = [next(iter(json.loads(line["asked"]))) for line in world.log.lines]
    assert asked == ["search", "show", "report", "report"]
    assert {line["at"] for line in world.log.lines} == {NOW}


async def test_a_vetting_is_ordered_and_read_back(world: World) -> None:
    held = await current_agreements(world.session.topics)
    await write_order(
        world.session.topics, vetting("actt-mx", "background_check", NOW + 1, held, "liaison-1", "list of May", NOW)
    )

    (order,) = (await newest_orders(world.session.topics)).values()
    assert (order["kind"], order["ends"], order["by"]) == ("VETTING", NOW + 1, "liaison-1")


async def test_without_the_log_nothing_is_shown(world: World) -> None:
    world.log.down = True
    with pytest.raises(Transient):
        async with world.session.reading("internal") as reading:
            await reading.show(PD)
    with pytest.raises(Transient):
        await world.session.log_disclosure("internal", {"notices": "calexico_pd"}, [])


@pytest.mark.parametrize("audience", ["nobody", "*", "internal,calexico_pd"])
async def test_a_reader_who_is_turned_away_is_logged(world: World, audience: str) -> None:
    with pytest.raises(NoAudience):
        async with world.session.reading(audience) as reading:
            await reading.show(PD)

    assert [(line["audience"], line["outcome"]) for line in world.log.lines] == [(audience, "DENIED")]


async def test_a_reader_who_cannot_be_logged_is_turned_away_all_the_same(world: World) -> None:
    world.log.down = True
    with pytest.raises(NoAudience):
        async with world.session.reading("nobody") as reading:
            await reading.show(PD)


async def test_a_role_opens_nothing_and_is_named_in_the_log(tmp_path: Path) -> None:
    world = World(tmp_path, role="team-agent")
    with pytest.raises(Denied):
        await world.session.admit("internal", "operations")

    (line,) = world.log.lines
    assert (line["reader"], line["outcome"]) == ("local-operator as team-agent", "DENIED")


async def test_orders_that_cannot_be_read_close_everything(world: World) -> None:
    async def away() -> tuple[AgreementRegister, ReportOrderRegister]:
        raise Transient("the orders cannot be read")

    world.session._read_orders = away
    with pytest.raises(Transient):
        async with world.session.reading("internal"):
            pytest.fail("nobody reads")
    assert world.log.lines == []


async def test_nobody_adjudicates_what_they_do_not_see(world: World) -> None:
    with pytest.raises(Denied, match=str(NotFound())):
        await adjudicate(world.session, (BP, "a_pd:nothing"), "SAME", ("analyst-1", "x"), "internal", "operations")
    withheld = {**DOCUMENT, "reports": [{**one, "withheld": ["persons"]} for one in DOCUMENT["reports"]]}
    await fill(world.index, {"v1": withheld}, "task_force")
    with pytest.raises(Denied, match="in full"):
        await adjudicate(world.session, (PD, BP), "SAME", ("analyst-1", "x"), "task_force", "operations")

    assert world.kafka.sent == 0
