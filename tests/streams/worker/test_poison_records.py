"""Which records a stage fails at is found by running it, and one agency's records are never taken for a fault of it."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import Fatal, Transient
from schemas.records.kafka_record import Record
from streams.stage import Result, Stage
from streams.worker.poison_records import FailureJudge, isolate
from tests.streams.fakes import NOW

STAGE = Stage("test", "in", lambda *_: Result(), lambda one: ((one.key or b"").decode(), None))


def record(offset: int, agency: str = "a_pd") -> Record:
    return Record("in", 0, offset, NOW, agency.encode(), b"v")


class Stumbling:
    """Fails at each of `alone`, and at each pair of `together`."""

    def __init__(self, alone: set[int], together: set[tuple[int, int]]) -> None:
        self.alone, self.together, self.records = alone, together, 0

    def __call__(self, records: Sequence[Record]) -> None:
        self.records += len(records)
        offsets = {one.offset for one in records}
        if self.alone & offsets or any({one, other} <= offsets for one, other in self.together):
            raise ZeroDivisionError


PLACES = st.integers(0, 29)


@given(st.sets(PLACES), st.sets(st.tuples(PLACES, PLACES).filter(lambda pair: pair[0] != pair[1]), max_size=4))
def test_without_what_is_found_the_stage_runs(alone: set[int], together: set[tuple[int, int]]) -> None:
    records, run = [record(at) for at in range(30)], Stumbling(alone, together)
    bad = isolate(run, records, "test")

    run([one for at, one in enumerate(records) if at not in bad])
    assert alone <= bad.keys()
    assert len(bad) <= len(alone) + len(together), "no more than need be"
    assert {why.detail for why in bad.values()} <= {"test failed with ZeroDivisionError"}


def test_one_bad_record_of_many_costs_few_runs() -> None:
    run = Stumbling({1_234}, set())
    assert isolate(run, [record(at) for at in range(2_000)], "test").keys() == {1_234}

    assert run.records < 5 * 2_000


def test_trouble_of_the_infrastructure_blames_no_record() -> None:
    def away(_: Sequence[Record]) -> None:
        raise Transient("away")

    with pytest.raises(Transient):
        isolate(away, [record(0)], "test")


def judge(batches: list[list[tuple[str, bool]]]) -> None:
    failing = FailureJudge(STAGE)
    for batch in batches:
        records = [record(at, agency) for at, (agency, _) in enumerate(batch)]
        bad = isolate(Stumbling({at for at, (_, fails) in enumerate(batch) if fails}, set()), records, "test")
        failing.judge(records, bad)


@pytest.mark.parametrize(
    "batches",
    [
        [[("a_pd", True)] * 500] * 20,
        [[("a_pd", True), ("b_so", True)] * 100] * 5,
        [[("a_pd", True), ("b_so", True), ("c_mx", True), ("a_pd", False)]] * 9,
        [[("a_pd", True)], [("b_so", True)], [("c_mx", False)], [("c_mx", True)]],
    ],
    ids=["a flood of one", "two together", "one is done", "one is done between"],
)
def test_records_are_at_fault(batches: list[list[tuple[str, bool]]]) -> None:
    judge(batches)


@pytest.mark.parametrize(
    "batches",
    [[[("a_pd", True), ("b_so", True), ("c_mx", True)]], [[("a_pd", True)], [("b_so", True)], [("c_mx", True)]]],
    ids=["at once", "one after the other"],
)
def test_a_stage_that_fails_at_everything_is_at_fault(batches: list[list[tuple[str, bool]]]) -> None:
    with pytest.raises(Fatal, match="its own fault"):
        judge(batches)
