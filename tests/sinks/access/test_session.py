"""Use cases of readers run from any event loop, without a command: values come back, and every reading is logged."""

import json
from pathlib import Path

import pytest

from schemas.agreements.register import AgreementRegister
from schemas.agreements.report_orders import ReportOrderRegister
from schemas.errors import Denied, Transient
from sinks.index.port import NoAudience
from sinks.review.adjudication import adjudicate, adjudications
from sinks.search.query import Query
from sinks.search.reader import NotFound
from tests.sinks.joined import BP, DOCUMENT, OTHER, PD, fill
from tests.sinks.world import NOW, World


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
