"""Orders on single reports: hold, seal, purge; pure. What holds is a function of the newest order of each kind.

Each kind has a key of its own, so that who writes one never writes another one over. A purge that is ordered while a
hold stands waits, and takes effect when the hold is lifted, whichever of the two came first. The stage that erases
writes `effective_at` under the purge's key; from then on the purge is final.
"""

from collections.abc import Iterator
from typing import NamedTuple, cast

from schemas.errors import Rejected
from schemas.records import codec
from schemas.records.order import OrderKind, ReportOrder

ORDER_KINDS: tuple[OrderKind, ...] = ("HOLD", "SEAL", "PURGE")
_FLAGS = {"HOLD": "held", "SEAL": "sealed", "PURGE": "purged"}
"""Kind -> the field that ordered it in version 1."""
CLEARED_PREFIX = b"cleared:"
"""Before the key of an order: no index shows the report any more. See `marks`."""
_PREFIXES = tuple(f"{kind.lower()}:" for kind in ORDER_KINDS)


def report_order(kind: OrderKind, report_id: str, by: str, why: str, at: int, ordered: bool = True) -> ReportOrder:
    """Make an order of `at`, UTC milliseconds; not `ordered`: one that is lifted."""
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
    """Return the key of an order on the topic."""
    return f"{(order['kind'] or '').lower()}:{order['report_id']}".encode()


_MARKS = tuple(CLEARED_PREFIX + prefix.encode() for prefix in _PREFIXES)


def cleared_order_key(key: bytes) -> bytes:
    """Return the key of the order that a record of this key says is cleared; empty for any other record."""
    return key.removeprefix(CLEARED_PREFIX) if key.startswith(_MARKS) else b""


class CurrentOrders(NamedTuple):
    """What is ordered of one report: the newest order of each kind, None where there never was one."""

    hold: ReportOrder | None = None
    seal: ReportOrder | None = None
    purge: ReportOrder | None = None

    @property
    def held(self) -> bool:
        """Whether a legal hold stands."""
        return self.hold is not None and self.hold["ordered"]

    @property
    def sealed(self) -> bool:
        """Whether the report is for internal alone."""
        return self.seal is not None and self.seal["ordered"]

    @property
    def final(self) -> bool:
        """Whether a purge took effect: nothing takes it back."""
        return self.purge is not None and self.purge["effective_at"] is not None

    @property
    def waiting(self) -> bool:
        """Whether a purge is ordered that takes effect when the hold is lifted."""
        return self.purge is not None and self.purge["ordered"] and self.held and not self.final

    @property
    def purged(self) -> bool:
        """Whether a purge takes or took effect."""
        return self.purge is not None and (self.final or (self.purge["ordered"] and not self.held))


class _Placed(NamedTuple):
    offset: int
    order: ReportOrder

    @property
    def rank(self) -> tuple[bool, int]:
        """What is final stands over what is not, else the later record over the earlier."""
        return self.order["effective_at"] is not None, self.offset


class ReportOrders:
    """The orders by report and kind; `purged`, `sealed` and `final` are live sets of report ids."""

    def __init__(self) -> None:
        self._placed: dict[str, dict[OrderKind | None, _Placed]] = {}
        self._unreadable: dict[bytes, str] = {}
        self.purged: set[str] = set()
        self.sealed: set[str] = set()
        self.final: set[str] = set()

    def apply(self, order: ReportOrder, offset: int = 0) -> None:
        """Let the order of a record stand, unless a later one or a final one does; records come in any order."""
        if order["cleared_at"] is not None:
            return
        placed = self._placed.setdefault(order["report_id"], {})
        new, before = _Placed(offset, order), placed.get(order["kind"])
        if before is None or new.rank >= before.rank:
            placed[order["kind"]] = new
            self._settle(order["report_id"])

    def apply_record(self, key: bytes | None, value: bytes | None, offset: int = 0) -> bool:
        """Let a record of the topic stand; one that cannot be read seals its report, and that is told: False."""
        found, name = codec.decode("report_order", value), key or b""
        if isinstance(found, Rejected):
            self._unreadable[name] = _report_of(name)
            self.sealed.add(_report_of(name))
            return False
        if closed := self._unreadable.pop(name, ""):
            self._settle(closed)
        self.apply(cast(ReportOrder, found), offset)
        return True

    def _settle(self, report_id: str) -> None:
        """Bring the live sets up to date for one report."""
        standing = self.on(report_id)
        sealed = standing.sealed or report_id in self._unreadable.values()
        for holds, reports in ((standing.purged, self.purged), (sealed, self.sealed), (standing.final, self.final)):
            (reports.add if holds else reports.discard)(report_id)

    def on(self, report_id: str) -> CurrentOrders:
        """Return what is ordered of a report; a flag of version 1 counts where its kind has no record of its own."""
        placed = self._placed.get(report_id, {})
        first = placed[None].order if None in placed else None

        def newest(kind: OrderKind) -> ReportOrder | None:
            if kind in placed:
                return placed[kind].order
            flagged = first is not None and cast(dict[str, bool], first)[_FLAGS[kind]]
            return cast(ReportOrder, {**first, "kind": kind, "ordered": True}) if first and flagged else None

        return CurrentOrders(*map(newest, ORDER_KINDS))

    def overwritten_final(self, order: ReportOrder, offset: int) -> ReportOrder | None:
        """Return the final purge over which this record was written later: it is to be written again."""
        placed = self._placed.get(order["report_id"], {}).get("PURGE")
        if placed is None or order["kind"] != "PURGE" or not placed.rank[0] or offset <= placed.offset:
            return None
        return placed.order

    def __iter__(self) -> Iterator[ReportOrder]:
        """Yield the newest order of each report and kind, those that are lifted as well."""
        for report_id in self._placed:
            yield from (order for order in self.on(report_id) if order is not None)


def report_ids_of(key: bytes) -> set[str]:
    """Return the reports that a record of this key can be about: one of version 1 has the report alone."""
    name = key.decode("utf-8", "replace")
    return {name, _report_of(key)}


def _report_of(key: bytes) -> str:
    """Return the report that a record is about which cannot be read."""
    name = key.decode("utf-8", "replace")
    prefix = next((one for one in _PREFIXES if name.startswith(one)), "")
    return name.removeprefix(prefix) if name.count(":") > 1 else name
