"""The current orders, as each reading asks for them."""

from aiokafka.errors import KafkaError

from schemas.agreements.register import AgreementRegister
from schemas.agreements.report_orders import ReportOrderRegister
from schemas.errors import Transient
from schemas.runtime.kafka import TopicReader
from schemas.topics import AGREEMENTS, PURGES
from sinks.access.cleared import READERS, UnclearedOrders

PATIENCE_S = 30.0


async def current_orders(bootstrap: str) -> tuple[AgreementRegister, ReportOrderRegister]:
    """Return the current orders: on agreements and vettings, and on reports except those that are cleared.

    An order that cannot be read closes what it is about. Raises: Transient.
    """
    try:
        # Resolve writes orders on reports in transactions: only committed ones are orders, and that is all it reads.
        async with TopicReader(bootstrap, READERS, PATIENCE_S) as reader:
            return await _read(reader)
    except KafkaError as exc:
        remedy = "in a home of an earlier release: `interagency init`"
        raise Transient(f"the orders cannot be read ({type(exc).__name__}); {remedy}") from exc


async def _read(reader: TopicReader) -> tuple[AgreementRegister, ReportOrderRegister]:
    orders, uncleared = AgreementRegister(), UnclearedOrders()
    agreements, purges = (AGREEMENTS.name, 0), (PURGES.name, 0)
    ends = await reader.ends([agreements, purges])
    begin = await reader.committed(purges)
    begin = begin if begin <= ends[purges] else 0
    async for records, _ in reader.read({agreements: 0, purges: begin}, ends):
        for record in records:
            if record.topic == PURGES.name:
                uncleared.take(record)
            else:
                # An agreement that cannot be read is closed, which is all that a reader needs to know of it.
                orders.apply_record(record.key, record.value)
    report_orders = uncleared.report_orders()
    if begin and report_orders.purged - report_orders.final:
        # An earlier hold may keep these purges waiting.
        uncleared = UnclearedOrders()
        async for records, _ in reader.read({purges: 0}, ends):
            for record in records:
                uncleared.take(record)
        report_orders = uncleared.report_orders()
    return orders, report_orders
