"""The orders that stand, as each reading asks for them."""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.agreements.register import AgreementRegister
from schemas.agreements.report_orders import ReportOrders
from schemas.errors import Transient
from schemas.records.rejection import KafkaRecord
from schemas.topics import AGREEMENTS, PURGES
from sinks.access.cleared import READERS, Uncleared

POLL_MS = 50
"""Where nothing is left but markers of transactions no record comes, however long one waits."""
STILL_S = 30.0

# Where nobody was in any group yet Kafka answers at the second time, and the library takes the first one for an error.
logging.getLogger("aiokafka.consumer.group_coordinator").setLevel(logging.CRITICAL)


async def standing_orders(bootstrap: str) -> tuple[AgreementRegister, ReportOrders]:
    """Read the orders that stand: on agreements and vettings, and on reports but for those that are cleared.

    One that cannot be read closes what it is about. Raises: Transient.
    """
    # Resolve writes orders on reports in transactions: what of them was taken back is no order.
    options = {"auto_offset_reset": "earliest", "isolation_level": "read_committed", "fetch_max_wait_ms": 20}
    reader = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=READERS, enable_auto_commit=False, **options)
    try:
        await reader.start()
        orders, uncleared = AgreementRegister(), Uncleared()

        def take(record: KafkaRecord) -> None:
            # What cannot be read is closed, which is all that a reader needs to know of it.
            orders.apply_record(record.key, record.value)

        agreements, purges = TopicPartition(AGREEMENTS.name, 0), TopicPartition(PURGES.name, 0)
        reader.assign([agreements, purges])
        ends = await reader.end_offsets([agreements, purges])
        begin = await reader.committed(purges) or 0
        begin = begin if begin <= ends[purges] else 0
        await _read(reader, {agreements: 0, purges: begin}, ends, {agreements: take, purges: uncleared.take})
        custody = uncleared.custody()
        if begin and custody.purged - custody.final:
            # A hold of before lets them wait.
            uncleared = Uncleared()
            await _read(reader, {purges: 0}, ends, {purges: uncleared.take})
            custody = uncleared.custody()
    except KafkaError as exc:
        told = f"the orders cannot be read ({type(exc).__name__}); in a home of an earlier release: `interagency init`"
        raise Transient(told) from exc
    finally:
        await reader.stop()
    return orders, custody


async def _read(
    reader: Any,
    begins: Mapping[Any, int],
    ends: Mapping[Any, int],
    takes: Mapping[Any, Callable[[KafkaRecord], object]],
) -> None:
    """Give each record of these partitions to who takes it. Raises: Transient."""
    for partition, offset in begins.items():
        reader.seek(partition, offset)
    deadline = time.monotonic() + STILL_S
    # The position passes the markers of transactions, which no record shows.
    while any([await reader.position(one) < ends[one] for one in begins]):
        lists = await reader.getmany(*begins, timeout_ms=POLL_MS)
        for partition, records in lists.items():
            for record in records:
                takes[partition](record)
        if lists:
            deadline = time.monotonic() + STILL_S
        elif time.monotonic() > deadline:
            raise Transient("the orders cannot be read: nothing comes")
