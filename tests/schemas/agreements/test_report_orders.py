"""Orders on single reports: what holds is a function of the newest record of each kind."""

import random
from collections.abc import Sequence
from io import BytesIO
from itertools import permutations
from typing import Any, cast

import fastavro
import pytest

from schemas.agreements.report_orders import ORDER_KINDS, CurrentOrders, ReportOrderRegister, order_key, report_order
from schemas.records import codec
from schemas.records.order import OrderKind, ReportOrder

ID = "a_pd:1"
Written = tuple[int, bytes, bytes]
"""Offset, key, value."""


def order(kind: OrderKind, at: int = 0, *, ordered: bool = True, effective_at: int | None = None) -> ReportOrder:
    return {**report_order(kind, ID, "x", "y", at, ordered), "effective_at": effective_at}


def written(offset: int, made: ReportOrder) -> Written:
    return offset, order_key(made), codec.encode("report_order", made)


def first_version(offset: int, **flags: bool) -> Written:
    """A record as the release before wrote it: one key for all kinds."""
    (schema,) = [row for row in codec.released().values() if (row.name, row.version) == ("report_order", 1)]
    record: dict[str, Any] = {"report_id": ID, "by": "x", "why": "y", "at": offset, **flags}
    out = BytesIO()
    out.write(codec._FRAME.pack(0, schema.schema_id))
    fastavro.schemaless_writer(out, codec._parsed(schema.schema_id), record)
    return offset, ID.encode(), out.getvalue()


def learned(records: Sequence[Written]) -> ReportOrderRegister:
    orders = ReportOrderRegister()
    for offset, key, value in records:
        assert orders.apply_record(key, value, offset)
    return orders


def compacted(records: Sequence[Written]) -> list[Written]:
    newest = {key: (offset, key, value) for offset, key, value in sorted(records)}
    return sorted(newest.values())


def effect(orders: ReportOrderRegister) -> tuple[bool, ...]:
    one = orders.on(ID)
    live = tuple(ID in reports for reports in (orders.sealed, orders.purged, orders.final))
    assert live == (one.sealed, one.purged, one.final)
    return one.held, one.sealed, one.waiting, one.purged, one.final


HELD, SEALED, WAITING, PURGED, FINAL = range(5)


def of(*holds: int) -> tuple[bool, ...]:
    return tuple(at in holds for at in range(5))


CASES = {
    "nothing": ([], of()),
    "a hold": ([order("HOLD")], of(HELD)),
    "a seal": ([order("SEAL")], of(SEALED)),
    "a purge": ([order("PURGE")], of(PURGED)),
    "a purge and a hold": ([order("PURGE"), order("HOLD")], of(HELD, WAITING)),
    "a purge and a hold that is lifted": ([order("PURGE"), order("HOLD", ordered=False)], of(PURGED)),
    "a purge that is lifted": ([order("PURGE", ordered=False)], of()),
    "a purge that took effect and a hold": ([order("PURGE", effective_at=9), order("HOLD")], of(HELD, PURGED, FINAL)),
    "all": ([order("PURGE"), order("HOLD"), order("SEAL")], of(HELD, SEALED, WAITING)),
}


@pytest.mark.parametrize("name", CASES)
def test_what_holds_is_the_same_whichever_order_was_given_first(name: str) -> None:
    orders, expected = CASES[name]
    for one in permutations(orders):
        assert effect(learned([written(at, made) for at, made in enumerate(one)])) == expected


def test_each_kind_has_a_key_of_its_own_so_that_no_order_writes_another_over() -> None:
    records = [written(at, order(kind)) for at, kind in enumerate(ORDER_KINDS)]

    assert [key for _, key, _ in records] == [b"hold:a_pd:1", b"seal:a_pd:1", b"purge:a_pd:1"]
    assert effect(learned(compacted(records))) == of(HELD, SEALED, WAITING)


def test_of_two_records_of_one_key_the_later_offset_stands_however_they_are_read() -> None:
    records = [written(7, order("SEAL")), written(8, order("SEAL", ordered=False))]

    assert effect(learned(records)) == effect(learned(records[::-1])) == effect(learned(compacted(records))) == of()


@pytest.mark.parametrize("late", [order("PURGE", ordered=False), order("PURGE", at=5)], ids=["lifted", "ordered again"])
def test_what_is_written_over_a_final_purge_does_not_take_it_back_and_is_written_over_again(late: ReportOrder) -> None:
    final = order("PURGE", effective_at=9)
    orders = learned([written(3, final), written(4, late), written(5, order("HOLD"))])

    assert effect(orders) == of(HELD, PURGED, FINAL)
    assert orders.overwritten_final(late, 4) == final
    assert orders.overwritten_final(final, 3) is None
    assert orders.overwritten_final(late, 2) is None, "it was written before the purge took effect"


FLAGS = {
    "hold": ({"held": True}, of(HELD)),
    "seal": ({"sealed": True}, of(SEALED)),
    "purge": ({"purged": True}, of(PURGED)),
    "all": ({"held": True, "sealed": True, "purged": True}, of(HELD, SEALED, WAITING)),
    "none": ({}, of()),
}


@pytest.mark.parametrize("name", FLAGS)
def test_each_flag_of_a_record_of_version_1_is_an_order_of_its_kind(name: str) -> None:
    flags, expected = FLAGS[name]
    assert effect(learned([first_version(0, **flags)])) == expected


@pytest.mark.parametrize("before", [True, False])
def test_a_record_of_version_1_does_not_beat_one_under_the_key_of_a_kind(before: bool) -> None:
    old, new = first_version(4, held=True, sealed=True), written(3 if before else 5, order("HOLD", ordered=False))

    assert effect(learned([old, new])) == effect(learned([new, old])) == of(SEALED)


def test_a_record_that_cannot_be_read_seals_its_report_until_one_under_its_key_can_be_read() -> None:
    for key in (b"hold:a_pd:1", b"a_pd:1"):
        orders = learned([written(0, order("HOLD"))])
        assert not orders.apply_record(key, b"\x00rubbish", 1)
        assert orders.sealed == {ID}
        orders.apply_record(b"seal:a_pd:1", written(2, order("SEAL", ordered=False))[2], 2)
        assert orders.sealed == {ID}
        assert orders.apply_record(key, written(3, order("HOLD"))[2], 3)
        assert orders.sealed == set()


def test_the_newest_records_alone_decide_in_any_order_and_after_compaction() -> None:
    seeded = random.Random(16)
    for _ in range(300):
        records = [
            first_version(at, **{flag: seeded.random() < 0.5 for flag in ("held", "sealed", "purged")})
            if seeded.random() < 0.2
            else written(at, order(seeded.choice(ORDER_KINDS), at, ordered=seeded.random() < 0.6))
            for at in range(8)
        ]
        told = effect(learned(records))
        newest = compacted(records)
        assert effect(learned(newest)) == told
        seeded.shuffle(records)
        assert effect(learned(records)) == told


def test_orders_are_listed_by_report_and_kind() -> None:
    orders = learned([first_version(0, sealed=True), written(1, order("HOLD", ordered=False))])

    assert [(one["kind"], one["ordered"]) for one in orders] == [("HOLD", False), ("SEAL", True)]
    assert orders.on("b_so:9") == CurrentOrders()
    assert cast(ReportOrder, orders.on(ID).seal)["by"] == "x"
