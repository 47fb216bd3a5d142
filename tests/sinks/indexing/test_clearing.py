"""An order leaves what readers are held to when no index shows its report: what is read, and when it is marked."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from schemas.agreements.report_orders import order_key
from schemas.errors import Transient
from schemas.records.order import ReportOrder
from sinks.access.cleared import Clearable
from sinks.index.port import History
from sinks.indexing.clearing import AT_ONCE, OF_A_SEARCH, Clearing
from tests.sinks.report_orders import GONE, known, order, record


class Progress:
    """Kafka, as far as it is asked: everything has passed; what was marked."""

    def __init__(self, log: list[str]) -> None:
        self.log, self.marked, self.begins = log, list[bytes](), list[int]()

    async def ends(self, topic: str) -> Mapping[int, int]:
        self.log.append(f"ends of {topic}")
        return {0: 5}

    async def pass_by(self, group: str, topic: str, ends: Mapping[int, int]) -> None:
        self.log.append(f"{group} passes {topic} {dict(ends)}")

    async def begin_at(self, offset: int) -> None:
        self.begins.append(offset)

    async def mark(self, orders: Sequence[Clearable]) -> None:
        self.log.append("mark")
        self.marked += [one.key for one in orders]


class Index:
    """Views that are found: index -> reports; `later`: those that a second search finds."""

    def __init__(self, log: list[str], shown: Mapping[str, set[str]]) -> None:
        self.log, self.shown, self.most, self.kept_from = log, dict(shown), 0, 8

    async def refresh(self, names: Sequence[str]) -> None:
        self.log.append("refresh")

    async def histories(self) -> dict[str, History]:
        self.log.append("histories")
        # An index that is made or dropped meanwhile keeps nothing of what was there before.
        other = f"of look {self.log.count('histories')}"
        return {"a": History(7, self.kept_from), other: History(0, 0)}

    async def expunge(self) -> None:
        self.log.append("expunge")

    async def search(self, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        self.log.append("search")
        assert body["allow_partial_search_results"] is False
        asked = body["query"]["bool"]["filter"][1]["terms"]["report_ids"]
        self.most = max(self.most, len(asked))
        names = [one for one in self.shown if not (one == "internal" and name.endswith(",-incidents-internal-g1"))]
        found = [{"_source": {"report_ids": sorted(self.shown[one])}} for one in names if self.shown[one] & set(asked)]
        return {"hits": {"hits": found}}


class Round:
    """One round, in which time passes at once."""

    def __init__(self, **shown: set[str]) -> None:
        self.log: list[str] = []
        self.progress, self.index = Progress(self.log), Index(self.log, shown)

    async def __call__(self, *orders: ReportOrder) -> list[bytes]:
        async def responsible() -> bool:
            return True

        async def sleep(seconds: float) -> None:
            self.log.append("a point in time ends")
            self.passes()

        clearing = Clearing(self.index, self.progress, 1, NotImplemented, responsible, sleep)
        await clearing.round(known(*(record(at, one) for at, one in enumerate(orders))))
        return self.progress.marked

    def passes(self) -> None:
        """What happens while a point in time ends: nothing."""


PURGE, SEAL = order("PURGE", **GONE), order("SEAL", "b_so:1")


async def test_a_purge_is_marked_when_no_index_shows_the_report_and_a_seal_when_internal_alone_does() -> None:
    assert await Round(internal={"b_so:1"}, b_so={"b_so:2"})(PURGE, SEAL) == [order_key(PURGE), order_key(SEAL)]
    assert await Round(internal={"a_pd:1"})(PURGE, SEAL) == [order_key(SEAL)]
    assert await Round(b_so={"a_pd:1", "b_so:1"})(PURGE, SEAL) == []


async def test_it_is_searched_after_all_that_came_of_the_orders_is_indexed_and_again_a_point_in_time_later() -> None:
    one = Round()
    await one(PURGE)

    passed = [line for line in one.log if "shared" in line]
    assert passed == [f"interagency-release.shared-{at} passes purges {{0: 1}}" for at in range(4)]
    assert one.log[4:] == [
        "ends of incidents",
        "interagency-release passes incidents {0: 5}",
        "ends of released-incidents",
        "interagency-index passes released-incidents {0: 5}",
        *("refresh", "search", "histories", "a point in time ends", "refresh", "search"),
        *("histories", "expunge", "mark"),
    ]


async def test_a_purge_is_marked_when_its_bytes_have_left_the_index_and_a_seal_expunges_nothing() -> None:
    class Renewed(Round):
        def passes(self) -> None:
            self.index.kept_from += 1

    one = Renewed()
    one.index.kept_from = 5
    assert await one(PURGE) == [order_key(PURGE)]
    assert one.progress.begins == []
    assert (one.log.count("histories"), one.log[-2:]) == (4, ["expunge", "mark"])

    sealed = Round()
    assert await sealed(SEAL) == [order_key(SEAL)]
    assert "expunge" not in sealed.log

    kept = Round()
    kept.index.kept_from = 7
    with pytest.raises(Transient, match="history"):
        await kept(PURGE)
    assert kept.progress.marked == []


async def test_what_is_shown_again_before_a_point_in_time_ends_is_not_marked() -> None:
    class Later(Round):
        def passes(self) -> None:
            self.index.shown["b_so"] = {"b_so:1"}

    assert await Later()(SEAL) == []


async def test_a_search_asks_for_a_bounded_number_and_an_answer_cut_short_clears_nothing() -> None:
    one = Round()
    many = [order("PURGE", f"a_pd:{number}", **GONE) for number in range(OF_A_SEARCH + 1)]
    assert len(await one(*many)) == len(many) < AT_ONCE
    assert one.index.most == OF_A_SEARCH

    crowded = Round(**{f"agency_{number}": {"a_pd:1"} for number in range(10_000)})
    with pytest.raises(Transient, match="more views"):
        await crowded(PURGE)
