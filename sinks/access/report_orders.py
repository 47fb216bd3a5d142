"""Orders on single reports: purge, seal and legal hold; read, checked against the current ones, and written."""

import asyncio
from collections.abc import Collection, Mapping
from typing import NamedTuple

from schemas.agreements.report_orders import CurrentOrders, ReportOrderRegister, order_key, report_order
from schemas.errors import Denied, Transient
from schemas.records import codec
from schemas.records.order import OrderKind
from schemas.topics import PURGES
from sinks.access.known_report import KnownReport, NothingKnown, known_report
from sinks.access.ports import Topics
from sinks.access.session import AccessSession
from sinks.render.format import moment

_LOOK_S = 0.2


def orders_in(records: Mapping[bytes, bytes | None]) -> ReportOrderRegister:
    """Return what is ordered by these records: key -> value."""
    orders = ReportOrderRegister()
    for key, value in records.items():
        orders.apply_record(key, value)
    return orders


async def report_orders(topics: Topics) -> ReportOrderRegister:
    """Return the current orders on reports. Raises: Transient."""
    return orders_in(await topics.newest(PURGES.name))


def already_purged(report_id: str, standing: CurrentOrders) -> str:
    """Return the sentence that says since when a purge is final."""
    since = moment(standing.purge["effective_at"]) if standing.purge else ""
    return f"{report_id} is purged already: that is final since {since} UTC"


class PurgeResult(NamedTuple):
    """What is in force for a report after a purge, and what was known of it; not `ordered`: it was final before."""

    orders: CurrentOrders
    known: KnownReport
    ordered: bool


async def purge(session: AccessSession, report_id: str, by: str, why: str, not_yet_received: bool) -> PurgeResult:
    """Order the purge of a report, unless it is final already; `not_yet_received`: also where nothing is known of it.

    Raises: NothingKnown, Transient, Denied.
    """
    before, known = (await report_orders(session.topics)).on(report_id), await known_report(session, report_id)
    if before.final:
        return PurgeResult(before, known, False)
    if not known.received and not not_yet_received:
        raise NothingKnown(f"{known.lines()[0]}; --not-yet-received purges a report that has not been received")
    return PurgeResult(await order(session, "PURGE", report_id, by, why, lift=False), known, True)


async def order(
    session: AccessSession, kind: OrderKind, report_id: str, by: str, why: str, lift: bool
) -> CurrentOrders:
    """Write an order under the key of its kind alone; return what then holds, by whoever it was ordered.

    Raises: Denied where a purge is final; Transient.
    """
    new = report_order(kind, report_id, by, why, session.now(), not lift)
    key, value = order_key(new), codec.encode("report_order", new)
    records = await session.topics.newest(PURGES.name)
    before = orders_in(records).on(report_id)
    if before.final and kind != "SEAL":
        raise Denied(already_purged(report_id, before))
    await session.topics.write(PURGES.name, key, value, new["at"])
    return orders_in(await _read_back(session, key, records.get(key))).on(report_id)


async def _read_back(session: AccessSession, key: bytes, before: bytes | None) -> Mapping[bytes, bytes | None]:
    """Read the orders when the one under `key` is visible: not before a transaction of resolve that is open has ended.

    Raises: Transient when it is not in time.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + session.settings.delivery_timeout_s
    while (records := await session.topics.newest(PURGES.name)).get(key) == before:
        if loop.time() > deadline:
            raise Transient("the order is written, but readers do not see it yet: `interagency custody` shows when")
        await asyncio.sleep(_LOOK_S)
    return records


async def held_reports(topics: Topics) -> set[str]:
    """Return the reports under a legal hold. Raises: Transient."""
    return {order["report_id"] for order in await report_orders(topics) if order["kind"] == "HOLD" and order["ordered"]}


async def order_purges(session: AccessSession, report_ids: Collection[str], by: str, why: str) -> list[str]:
    """Order the purge of each report, and return those that a hold keeps by now. Raises: Transient, Denied."""
    held = await held_reports(session.topics)
    for name in report_ids:
        if name not in held:
            new = report_order("PURGE", name, by, why, session.now())
            await session.topics.write(PURGES.name, order_key(new), codec.encode("report_order", new), new["at"])
    # A hold that came meanwhile makes the purge wait.
    held |= await held_reports(session.topics)
    return [name for name in report_ids if name in held]
