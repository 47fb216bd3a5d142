"""Orders that are cleared bind no reader, and a later order is never hidden by an earlier mark."""

from types import SimpleNamespace
from typing import cast

import pytest

from schemas.agreements.report_orders import ReportOrderRegister
from schemas.records.order import ReportOrder
from schemas.records.rejection import KafkaRecord
from tests.schemas.agreements.test_report_orders import first_version
from tests.sinks.report_orders import GONE, known, order, record


def test_a_cleared_order_does_not_bind_readers() -> None:
    purge, seal = order("PURGE", **GONE), order("SEAL", "b_so:1")
    found = known(record(0, purge), record(1, seal), record(2, purge, clears=0), record(3, seal, clears=1))

    assert (found.report_orders().purged, found.report_orders().sealed, found.clearable()) == (set(), set(), [])


def test_a_mark_does_not_hide_a_later_order() -> None:
    seal = order("SEAL")
    lifted, again = record(3, order("SEAL", ordered=False)), record(4, order("SEAL"))

    for records in ((again, record(5, seal, clears=0)), (record(2, seal, clears=0), lifted, again)):
        assert known(record(0, seal), *records).report_orders().sealed == {"a_pd:1"}
    assert known(record(0, seal), record(1, order("SEAL"), clears=-1)).report_orders().sealed == {"a_pd:1"}


def test_a_mark_changes_nothing_in_a_register_of_all_records() -> None:
    custody, seal = ReportOrderRegister(), order("SEAL")
    for one in (record(0, seal), record(1, order("SEAL", ordered=False)), record(2, seal, clears=0)):
        assert custody.apply_record(one.key, one.value, one.offset)

    assert not custody.sealed


@pytest.mark.parametrize(
    ("made", "clearable"),
    [
        (order("PURGE"), False),
        (order("PURGE", **GONE), True),
        (order("PURGE", ordered=False), False),
        (order("SEAL"), True),
        (order("SEAL", ordered=False), False),
        (order("HOLD"), False),
    ],
)
def test_only_final_purges_and_current_seals_can_be_cleared(made: ReportOrder, clearable: bool) -> None:
    assert [one.offset for one in known(record(7, made)).clearable()] == ([7] if clearable else [])


LOWS = {
    "nothing": ([], 0),
    "a hold": ([order("HOLD")], 1),
    "a seal that was lifted": ([order("SEAL"), order("SEAL", ordered=False)], 2),
    "a seal": ([order("HOLD"), order("SEAL", "b_so:1")], 1),
    "a purge": ([order("HOLD", "b_so:1"), order("PURGE")], 1),
    "a purge that waits": ([order("HOLD", "b_so:1"), order("HOLD"), order("SEAL", "c_mx:1"), order("PURGE")], 1),
    "a purge that took effect": ([order("HOLD", "b_so:1"), order("PURGE"), order("PURGE", **GONE)], 1),
}


@pytest.mark.parametrize("name", LOWS)
def test_readers_begin_at_the_first_record_of_an_order_that_binds_them(name: str) -> None:
    orders, low = LOWS[name]
    records = [record(at, one) for at, one in enumerate(orders)]
    assert known(*records).low() == low
    old = SimpleNamespace(
        offset=0, key=first_version(0, sealed=True)[1], value=first_version(0, sealed=True)[2], headers=()
    )
    assert known(cast(KafkaRecord, old), record(1, order("HOLD", "b_so:1"))).low() == 0


def test_readers_begin_after_the_cleared_orders() -> None:
    purge, seal = order("PURGE", **GONE), order("SEAL", "b_so:1")
    records = [record(0, purge), record(1, seal), record(2, purge, clears=0)]

    assert known(*records).low() == 1
    assert known(*records, record(3, seal, clears=1)).low() == 4


def test_an_order_that_cannot_be_read_seals_its_report_and_is_not_cleared() -> None:
    damaged = cast(KafkaRecord, SimpleNamespace(offset=0, key=b"seal:a_pd:1", value=b"\x00", headers=()))

    orders = known(damaged, record(1, order("SEAL", "b_so:1")))
    assert orders.report_orders().sealed == {"a_pd:1", "b_so:1"}
    assert [each.offset for each in orders.clearable()] == [1]
