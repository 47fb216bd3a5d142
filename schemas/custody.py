"""Custody: what is ordered of single reports: erased, sealed, held; pure. The newest order on a report stands."""

from collections.abc import Iterator
from typing import cast

from schemas import wire
from schemas.errors import Rejected
from schemas.records import ReportOrder


class Custody:
    """Orders by report; a purge is final, whatever is ordered after it."""

    def __init__(self) -> None:
        self._orders: dict[str, ReportOrder] = {}
        self.purged: set[str] = set()
        self.sealed: set[str] = set()

    def learn(self, order: ReportOrder) -> None:
        """Let an order stand."""
        name = order["report_id"]
        self._orders[name] = order
        if order["purged"]:
            self.purged.add(name)
        (self.sealed.add if order["sealed"] else self.sealed.discard)(name)

    def take(self, key: bytes | None, value: bytes | None) -> bool:
        """Let a record of the topic stand; one that cannot be read seals its report, and that is told: False."""
        found = wire.decode("report_order", value)
        if isinstance(found, Rejected):
            self.sealed.add((key or b"").decode("utf-8", "replace"))
            return False
        self.learn(cast(ReportOrder, found))
        return True

    def on(self, report_id: str) -> ReportOrder | None:
        """Give the order on a report, if there is one."""
        return self._orders.get(report_id)

    def __iter__(self) -> Iterator[ReportOrder]:
        return iter(self._orders.values())
