"""Orders on reports that readers no longer need to check, as no index shows the report; pure.

The index worker marks such an order with the offset of its current record. A later order has another offset, so that
a mark never hides it.
"""

from collections.abc import Iterator
from typing import NamedTuple, cast

from schemas.agreements.report_orders import ReportOrderRegister, cleared_order_key, report_ids_of
from schemas.errors import Rejected
from schemas.records import codec
from schemas.records.order import ReportOrder
from schemas.records.rejection import KafkaRecord

READERS = "interagency-readers"
"""The group whose committed offset is where readers of the topic `purges` begin: all before is cleared or lifted."""
CLEARS = "clears"
"""Header of a mark: the offset of the record that it clears, in digits."""


class Clearable(NamedTuple):
    """An order that may be marked: its key and offset on the topic."""

    key: bytes
    offset: int
    order: ReportOrder


class UnclearedOrders:
    """The records of the topic `purges`; those that are cleared are not even decoded."""

    def __init__(self) -> None:
        self._records: dict[bytes, list[tuple[int, bytes | None]]] = {}
        self._cleared: dict[bytes, int] = {}
        self._end = 0

    def take(self, record: KafkaRecord) -> None:
        """Add the next record of the topic."""
        name, self._end = record.key or b"", record.offset + 1
        if cleared := cleared_order_key(name):
            offset = dict(record.headers).get(CLEARS) or b""
            self._cleared[cleared] = int(offset) if offset.isdigit() else -1
        else:
            self._records.setdefault(name, []).append((record.offset, record.value))

    def _standing(self) -> Iterator[tuple[bytes, list[tuple[int, bytes | None]]]]:
        for name, records in self._records.items():
            if self._cleared.get(name) != records[-1][0]:
                yield name, records

    def report_orders(self) -> ReportOrderRegister:
        """Return the orders that are not cleared."""
        orders = ReportOrderRegister()
        for name, records in self._standing():
            for offset, value in records:
                orders.apply_record(name, value, offset)
        return orders

    def low(self) -> int:
        """Return the lowest offset that readers still need; the one after the last record where they need none.

        A hold counts where a purge of its report does: without it, the purge would not wait.
        """
        orders = self.report_orders()
        bound = orders.purged | orders.sealed | {order["report_id"] for order in orders if self._waits(orders, order)}
        lows = [records[0][0] for name, records in self._standing() if not bound.isdisjoint(report_ids_of(name))]
        return min(lows, default=self._end)

    @staticmethod
    def _waits(orders: ReportOrderRegister, order: ReportOrder) -> bool:
        return orders.on(order["report_id"]).waiting

    def clearable(self) -> list[Clearable]:
        """Return the orders to clear once no index shows the report: final purges, and current seals."""
        clearable = []
        for name, records in self._standing():
            offset, value = records[-1]
            order = codec.decode("report_order", value)
            if isinstance(order, Rejected):
                continue
            if order["effective_at"] is not None or (order["kind"] == "SEAL" and order["ordered"]):
                clearable.append(Clearable(name, offset, cast(ReportOrder, order)))
        return clearable
