"""Orders on a report: checked against those in force, written under a key of their kind, and read back."""

import asyncio
from dataclasses import replace
from unittest.mock import AsyncMock

import pytest

from schemas.agreements.report_orders import ReportOrderRegister, order_key, report_order
from schemas.errors import Denied, Transient
from schemas.records import codec
from schemas.records.order import OrderKind
from schemas.topics import PURGES
from sinks.access import known_report, report_orders
from sinks.access.known_report import NothingKnown, View
from sinks.access.report_orders import held_reports, order, order_purges, orders_in, purge
from tests.sinks.fakes import MemoryTopics
from tests.sinks.joined import OTHER, PD
from tests.sinks.world import NOW, World

BY = ("records-1", "order 26-CR-0042")


@pytest.fixture(autouse=True)
def views(monkeypatch: pytest.MonkeyPatch) -> AsyncMock:
    """The views of any report, as the index in memory does not search all audiences at once."""
    views = AsyncMock(return_value=(View("internal", "i1", 3),))
    monkeypatch.setattr(known_report, "views_of", views)
    return views


def register(world: World) -> ReportOrderRegister:
    return orders_in(world.kafka.read_compacted(PURGES.name))


def put(world: World, kind: OrderKind, ordered: bool = True, report_id: str = PD, **fields: int) -> None:
    new = {**report_order(kind, report_id, *BY, NOW, ordered), **fields}
    world.kafka.send(PURGES.name, f"{kind.lower()}:{report_id}".encode(), codec.encode("report_order", new))


async def test_each_kind_of_order_has_a_record_of_its_own(world: World) -> None:
    kinds: tuple[OrderKind, ...] = ("HOLD", "SEAL", "PURGE")
    for kind in kinds:
        await order(world.session, kind, PD, *BY, lift=False)

    assert set(world.kafka.read_compacted(PURGES.name)) == {f"{kind.lower()}:{PD}".encode() for kind in kinds}
    current = register(world).on(PD)
    assert (current.held, current.sealed, current.waiting, current.purged) == (True, True, True, False)


async def test_a_purge_waits_for_a_hold_and_takes_effect_when_it_is_lifted(world: World) -> None:
    assert (await order(world.session, "HOLD", PD, *BY, lift=False)).held
    assert (await purge(world.session, PD, *BY, False)).orders.waiting

    assert (await order(world.session, "HOLD", PD, *BY, lift=True)).purged
    assert register(world).purged == {PD}


async def test_a_final_purge_bars_every_order_but_a_seal(world: World) -> None:
    put(world, "PURGE", effective_at=NOW)
    sent = world.kafka.sent

    barred: list[tuple[OrderKind, bool]] = [("HOLD", False), ("HOLD", True), ("PURGE", True)]
    for kind, lift in barred:
        with pytest.raises(Denied, match="final since 2026-01-06"):
            await order(world.session, kind, PD, *BY, lift=lift)
    result = await purge(world.session, PD, *BY, False)
    assert (result.ordered, result.orders.final, world.kafka.sent) == (False, True, sent)
    assert (await order(world.session, "SEAL", PD, *BY, lift=False)).sealed


async def test_a_report_that_nobody_knows_is_purged_only_where_it_is_not_yet_received(
    world: World, views: AsyncMock
) -> None:
    views.return_value = ()
    with pytest.raises(NothingKnown, match="--not-yet-received"):
        await purge(world.session, PD, *BY, False)
    assert world.kafka.sent == 0

    assert (await purge(world.session, PD, *BY, True)).ordered
    assert register(world).purged == {PD}


async def test_an_order_that_another_writes_in_between_is_not_overwritten(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both read before either writes: the hold of the one outlives the purge of the other, which waits."""
    write = MemoryTopics.write

    async def write_beside(topics: MemoryTopics, topic: str, key: bytes, value: bytes, at: int) -> None:
        put(world, "HOLD")
        await write(topics, topic, key, value, at)

    monkeypatch.setattr(MemoryTopics, "write", write_beside)

    assert (await order(world.session, "PURGE", PD, *BY, lift=False)).waiting


async def test_an_order_is_not_reported_as_in_force_before_readers_see_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_orders, "_LOOK_S", 0)
    monkeypatch.setattr(MemoryTopics, "write", AsyncMock())
    world.session.settings = replace(world.session.settings, delivery_timeout_s=0.01)

    with pytest.raises(Transient, match="do not see it yet"):
        await order(world.session, "SEAL", PD, *BY, lift=False)


async def test_an_order_is_waited_for_until_readers_see_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_orders, "_LOOK_S", 0)
    write, writing = world.topics.write, list[asyncio.Task[None]]()

    async def write_late(*record: object) -> None:
        writing.append(asyncio.ensure_future(write(*record)))  # type: ignore[arg-type]

    monkeypatch.setattr(world.topics, "write", write_late)

    assert (await order(world.session, "SEAL", PD, *BY, lift=False)).sealed
    await asyncio.gather(*writing)


async def test_held_reports_are_those_with_a_hold_in_force(world: World) -> None:
    put(world, "HOLD")
    put(world, "HOLD", ordered=False, report_id=OTHER)
    put(world, "SEAL", report_id="az_dps:1")

    assert await held_reports(world.topics) == {PD}


async def test_expired_reports_are_purged_except_those_under_a_hold(world: World) -> None:
    put(world, "HOLD")

    assert await order_purges(world.session, [PD, OTHER], *BY) == [PD]
    assert register(world).purged == {OTHER}
    assert await order_purges(world.session, [], *BY) == []


async def test_a_hold_that_comes_while_purges_are_ordered_keeps_its_report(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = world.topics.write

    async def write_beside(topic: str, key: bytes, value: bytes, at: int) -> None:
        await write(topic, key, value, at)
        if key == order_key(report_order("PURGE", PD, *BY, NOW)):
            put(world, "HOLD")

    monkeypatch.setattr(world.topics, "write", write_beside)

    assert await order_purges(world.session, [PD, OTHER], *BY) == [PD]
    assert register(world).purged == {OTHER}
