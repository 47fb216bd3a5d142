"""Orders on reports, and the records of the topic `purges` that hold them or mark them as cleared."""

from types import SimpleNamespace
from typing import Any, cast

from schemas.agreements.report_orders import CLEARED_PREFIX, order_key, report_order
from schemas.records import codec
from schemas.records.order import OrderKind, ReportOrder
from schemas.records.rejection import KafkaRecord
from sinks.access.cleared import CLEARS, UnclearedOrders

GONE: dict[str, Any] = {"effective_at": 5}


def order(kind: OrderKind, name: str = "a_pd:1", *, ordered: bool = True, **fields: Any) -> ReportOrder:
    return cast(ReportOrder, {**report_order(kind, name, "x", "y", 1, ordered), **fields})


def record(offset: int, made: ReportOrder, clears: int | None = None) -> KafkaRecord:
    value = codec.encode("report_order", made if clears is None else {**made, "cleared_at": 9})
    headers = () if clears is None else ((CLEARS, str(clears).encode()),)
    key = order_key(made) if clears is None else CLEARED_PREFIX + order_key(made)
    return cast(KafkaRecord, SimpleNamespace(offset=offset, key=key, value=value, headers=headers))


def known(*records: KafkaRecord) -> UnclearedOrders:
    found = UnclearedOrders()
    for one in records:
        found.take(one)
    return found
