"""Orders on single reports: legal hold, seal, purge; pure. The newest order of each kind decides.

Each kind has its own key, so an order of one kind never overwrites one of another. A purge waits as long as a legal
hold is in force, whichever of the two was ordered first, and takes effect when the hold is lifted. The stage that
erases the report writes `effective_at` under the purge's key; from then on the purge is final.
"""

from collections.abc import Iterator
from typing import NamedTuple, cast

from schemas.errors import Rejected
from schemas.records import codec
from schemas.records.order import OrderKind, ReportOrder

ORDER_KINDS: tuple[OrderKind, ...] = ("HOLD", "SEAL", "PURGE")
_FLAGS = {"HOLD": "held", "SEAL": "sealed", "PURGE": "purged"}
"""Kind -> the field of it in version 1 of the schema."""
CLEARED_PREFIX = b"cleared:"
"""Prefix of an order's key: no index shows the report any longer. See `cleared_order_key`."""
_PREFIXES = tuple(f"{kind.lower()}:" for kind in ORDER_KINDS)


def report_order(kind: OrderKind, report_id: str, by: str, why: str, at: int, ordered: bool = True) -> ReportOrder:
    """Return an order given at `at`, UTC milliseconds; `ordered` False lifts an earlier one."""
    return {
        "report_id": report_id,
        "kind": kind,
        "ordered": ordered,
        "by": by,
        "why": why,
        "at": at,
        "effective_at": None,
        "cleared_at": None,
        "held": False,
        "sealed": False,
        "purged": False,
    }


def order_key(order: ReportOrder) -> bytes:
    """Return the key of an order on the topic `purges`."""
    return f"{(order['kind'] or '').lower()}:{order['report_id']}".encode()


_CLEARED_PREFIXES = tuple(CLEARED_PREFIX + prefix.encode() for prefix in _PREFIXES)


def cleared_order_key(key: bytes) -> bytes:
    """Return the key of the order that a record with this key reports as cleared; empty for any other record."""
    return key.removeprefix(CLEARED_PREFIX) if key.startswith(_CLEARED_PREFIXES) else b""


class CurrentOrders(NamedTuple):
    """The orders on a report: the newest of each kind, None where there was none."""

    hold: ReportOrder | None = None
    seal: ReportOrder | None = None
    purge: ReportOrder | None = None

    @property
    def held(self) -> bool:
        """Whether a legal hold is in force."""
        return self.hold is not None and self.hold["ordered"]

    @property
    def sealed(self) -> bool:
        """Whether only the internal audience may see the report."""
        return self.seal is not None and self.seal["ordered"]

    @property
    def final(self) -> bool:
        """Whether a purge took effect, which cannot be undone."""
        return self.purge is not None and self.purge["effective_at"] is not None

    @property
    def waiting(self) -> bool:
        """Whether a purge is ordered that will take effect when the legal hold is lifted."""
        return self.purge is not None and self.purge["ordered"] and self.held and not self.final

    @property
    def purged(self) -> bool:
        """Whether a purge is taking or took effect."""
        return self.purge is not None and (self.final or (self.purge["ordered"] and not self.held))


class _OffsetOrder(NamedTuple):
    offset: int
    order: ReportOrder

    @property
    def precedence(self) -> tuple[bool, int]:
        """Order of precedence: a final purge first, else the record with the higher offset."""
        return self.order["effective_at"] is not None, self.offset


class ReportOrderRegister:
    """The orders by report and kind; `purged`, `sealed` and `final` are live sets of report ids."""

    def __init__(self) -> None:
        self._orders: dict[str, dict[OrderKind | None, _OffsetOrder]] = {}
        self._unreadable: dict[bytes, str] = {}
        self.purged: set[str] = set()
        self.sealed: set[str] = set()
        self.final: set[str] = set()

    def apply(self, order: ReportOrder, offset: int = 0) -> None:
        """Apply an order, unless a later or a final one is in force; orders may be applied in any sequence."""
        if order["cleared_at"] is not None:
            return
        by_kind = self._orders.setdefault(order["report_id"], {})
        new, current = _OffsetOrder(offset, order), by_kind.get(order["kind"])
        if current is None or new.precedence >= current.precedence:
            by_kind[order["kind"]] = new
            self._update_sets(order["report_id"])

    def apply_record(self, key: bytes | None, value: bytes | None, offset: int = 0) -> bool:
        """Apply a record of the topic; return False where it cannot be read, which seals its report."""
        order, key = codec.decode("report_order", value), key or b""
        if isinstance(order, Rejected):
            self._unreadable[key] = _report_of(key)
            self.sealed.add(_report_of(key))
            return False
        if report_id := self._unreadable.pop(key, ""):
            self._update_sets(report_id)
        self.apply(cast(ReportOrder, order), offset)
        return True

    def _update_sets(self, report_id: str) -> None:
        """Update the live sets for a report."""
        current = self.on(report_id)
        sealed = current.sealed or report_id in self._unreadable.values()
        for applies, reports in ((current.purged, self.purged), (sealed, self.sealed), (current.final, self.final)):
            (reports.add if applies else reports.discard)(report_id)

    def on(self, report_id: str) -> CurrentOrders:
        """Return the orders on a report; a flag of version 1 counts where its kind has no record of its own."""
        by_kind = self._orders.get(report_id, {})
        version_1 = by_kind[None].order if None in by_kind else None

        def newest(kind: OrderKind) -> ReportOrder | None:
            if kind in by_kind:
                return by_kind[kind].order
            if version_1 is None or not cast(dict[str, bool], version_1)[_FLAGS[kind]]:
                return None
            return cast(ReportOrder, {**version_1, "kind": kind, "ordered": True})

        return CurrentOrders(*map(newest, ORDER_KINDS))

    def overwritten_final(self, order: ReportOrder, offset: int) -> ReportOrder | None:
        """Return the final purge that the record of `order` at `offset` overwrote, to be written again; None else."""
        current = self._orders.get(order["report_id"], {}).get("PURGE")
        if current is None or order["kind"] != "PURGE" or offset <= current.offset:
            return None
        return current.order if current.order["effective_at"] is not None else None

    def __iter__(self) -> Iterator[ReportOrder]:
        """Yield the newest order of each report and kind, including lifted ones."""
        for report_id in self._orders:
            yield from (order for order in self.on(report_id) if order is not None)


def report_ids_of(key: bytes) -> set[str]:
    """Return the ids of reports that a record with this key may be about; in version 1 the key is the report id."""
    text = key.decode("utf-8", "replace")
    return {text, _report_of(key)}


def _report_of(key: bytes) -> str:
    """Return the id of the report that an unreadable record is about, by its key."""
    text = key.decode("utf-8", "replace")
    prefix = next((prefix for prefix in _PREFIXES if text.startswith(prefix)), "")
    return text.removeprefix(prefix) if text.count(":") > 1 else text
