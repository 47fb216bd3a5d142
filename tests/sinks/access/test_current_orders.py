"""The orders that a reading is held to: those after the committed offset, and what they may depend on before it."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError

from schemas.agreements import BUNDLED, bundled_text
from schemas.agreements.report_orders import order_key
from schemas.errors import Transient
from schemas.records import codec
from schemas.records.kafka_record import Record
from schemas.records.order import ReportOrder
from schemas.topics import AGREEMENTS, PURGES
from sinks.access import current_orders as reading
from sinks.access.current_orders import current_orders
from tests.schemas.agreements.test_register import order as agreement_order
from tests.sinks.report_orders import GONE, order

Partition = tuple[str, int]


class Reader:
    """Two topics of one partition each; counts how many records of `purges` are read, from which offsets."""

    def __init__(self, purges: Sequence[Record], agreements: Sequence[Record] = (), committed: int = 0) -> None:
        self._records = {(PURGES.name, 0): list(purges), (AGREEMENTS.name, 0): list(agreements)}
        self._committed, self.begun = committed, list[int]()

    async def __aenter__(self) -> "Reader":
        return self

    async def __aexit__(self, *_: object) -> None: ...

    async def ends(self, partitions: Collection[Partition]) -> dict[Partition, int]:
        return {partition: len(self._records[partition]) for partition in partitions}

    async def committed(self, partition: Partition) -> int:
        return self._committed

    async def read(
        self, begins: Mapping[Partition, int], ends: Mapping[Partition, int]
    ) -> AsyncIterator[tuple[list[Record], Any]]:
        self.begun.append(begins[PURGES.name, 0])
        for partition, begin in begins.items():
            yield self._records[partition][begin : ends[partition]], None


def purges(*orders: ReportOrder) -> list[Record]:
    values = [(order_key(each), codec.encode("report_order", each)) for each in orders]
    return [Record(PURGES.name, 0, offset, 0, *value) for offset, value in enumerate(values)]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Any:
    async def read(reader: Reader) -> Any:
        monkeypatch.setattr(reading, "TopicReader", lambda *_: reader)
        return await current_orders("nowhere")

    return read


async def test_empty_topics_leave_the_bundled_agreements_and_no_orders_on_reports(read: Any) -> None:
    agreements, report_orders = await read(Reader([]))

    assert dict(agreements.agreements) == BUNDLED
    assert list(report_orders) == []


async def test_orders_of_both_topics_are_applied_and_what_cannot_be_read_closes_its_agreement(read: Any) -> None:
    value = codec.encode("agreement_order", agreement_order("cit", text=bundled_text("cit"), ends=7))
    agreements = [
        Record(AGREEMENTS.name, 0, 0, 0, b"cit", value),
        Record(AGREEMENTS.name, 0, 1, 0, b"actt", b"\x00"),
    ]

    register, report_orders = await read(Reader(purges(order("SEAL"), order("PURGE", "b_so:1")), agreements))
    assert register.agreements["cit"].ends == 7
    assert "actt" not in register.agreements
    assert (report_orders.sealed, report_orders.purged) == ({"a_pd:1"}, {"b_so:1"})


async def test_reading_begins_at_the_committed_offset(read: Any) -> None:
    reader = Reader(purges(order("SEAL"), order("SEAL", "b_so:1")), committed=1)

    assert (await read(reader))[1].sealed == {"b_so:1"}
    assert reader.begun == [1]


async def test_nothing_is_read_where_everything_is_cleared(read: Any) -> None:
    reader = Reader(purges(order("SEAL")), committed=1)

    assert list((await read(reader))[1]) == []
    assert reader.begun == [1]


async def test_an_offset_beyond_the_end_is_of_another_topic_and_everything_is_read(read: Any) -> None:
    reader = Reader(purges(order("SEAL")), committed=2)

    assert (await read(reader))[1].sealed == {"a_pd:1"}
    assert reader.begun == [0]


async def test_a_purge_that_an_earlier_hold_may_keep_waiting_is_read_with_all_that_came_before(read: Any) -> None:
    reader = Reader(purges(order("HOLD"), order("PURGE")), committed=1)

    assert (await read(reader))[1].purged == set()
    assert reader.begun == [1, 0]


async def test_a_final_purge_needs_nothing_that_came_before(read: Any) -> None:
    reader = Reader(purges(order("HOLD"), order("PURGE", **GONE)), committed=1)

    assert (await read(reader))[1].purged == {"a_pd:1"}
    assert reader.begun == [1]


async def test_orders_that_cannot_be_read_close_everything(read: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise KafkaConnectionError

    monkeypatch.setattr(Reader, "ends", fail)

    with pytest.raises(Transient, match="cannot be read"):
        await read(Reader([]))
