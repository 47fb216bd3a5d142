"""Records at which the process itself ends are found by the processes that come after it."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from schemas.errors import Reason
from schemas.records.kafka_record import Record
from streams.stage import Output, Result, Stage, State
from streams.worker.attempt import DEATHS_ALONE, Attempts
from streams.worker.delivery import Offsets
from streams.worker.pace import Pace
from streams.worker.stage_runner import StageRunner
from tests.streams.fakes import NOW


def record(offset: int, topic: str = "in") -> Record:
    return Record(topic, 0, offset, NOW, b"k", b"v")


class Died(BaseException):
    """The process ended."""


def live(path: Path, records: Sequence[Record], deadly: set[int]) -> list[tuple[int, bool]]:
    """One process: (offset, given up) of the records that it gets done until it ends."""
    attempts = Attempts(path)
    done: list[tuple[int, bool]] = []
    for some in attempts.slices(records, Pace(first=64)):
        given_up = attempts.given_up(some)
        try:
            with attempts.in_flight(some):
                if deadly & {one.offset for at, one in enumerate(some) if at not in given_up}:
                    raise Died
        except Died:
            return done
        done += [(one.offset, at in given_up) for at, one in enumerate(some)]
    return done


@pytest.mark.parametrize("deadly", [{0}, {37}, {99}, {3, 4}, {10, 90}])
def test_a_record_that_ends_the_process_is_given_up_alone(tmp_path: Path, deadly: set[int]) -> None:
    """All of them are read again by each process, as nothing is acknowledged before the last of them is done."""
    path, records = tmp_path / "in-hand.json", [record(at) for at in range(100)]
    lives, done = 0, live(path, records, deadly)
    while len(done) < len(records) and lives < 100:
        lives, done = lives + 1, live(path, records, deadly)

    assert {offset for offset, given_up in done if given_up} == deadly
    # Seven halves of the first 64, and the three deaths alone.
    assert lives <= len(deadly) * (7 + DEATHS_ALONE)


def test_what_is_given_up_says_so(tmp_path: Path) -> None:
    path, records = tmp_path / "in-hand.json", [record(5)]
    for _ in range(DEATHS_ALONE):
        assert not Attempts(path).given_up(records)
        live(path, records, {5})
    attempts = Attempts(path)
    (why,) = attempts.given_up(records).values()

    assert (why.reason, why.detail) == (
        Reason.STAGE_ERROR,
        f"the process ended {DEATHS_ALONE} times at this record alone",
    )
    assert attempts.given_up([record(6), record(5, "other"), record(5)]).keys() == {2}


def test_records_of_several_topics_are_known_again(tmp_path: Path) -> None:
    path = tmp_path / "in-hand.json"
    live(path, [record(7, "a"), record(7, "b"), record(8, "b"), record(9, "b")], {8})
    attempts = Attempts(path)

    assert attempts.suspected([record(9, "b")])
    assert not attempts.suspected([record(8, "a"), record(10, "b"), record(9, "c")])
    assert [len(some) for some in attempts.slices([record(at, "b") for at in range(5, 14)], Pace(first=3))] == [
        2,
        2,
        2,
        3,
    ]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"records": "x"}', '{"records":1,"deaths_alone":1,"spans":{"a":[1]}}']
)
def test_a_torn_file_is_no_file(tmp_path: Path, text: str) -> None:
    path, records = tmp_path / "in-hand.json", [record(at) for at in range(9)]
    path.write_text(text)

    assert live(path, records, set()) == [(at, False) for at in range(9)]
    assert not path.exists()


def test_an_error_that_is_raised_leaves_the_records_suspected(tmp_path: Path) -> None:
    attempts = Attempts(tmp_path / "in-hand.json")
    with pytest.raises(ZeroDivisionError), attempts.in_flight([record(1), record(2)]):
        raise ZeroDivisionError

    assert Attempts(tmp_path / "in-hand.json").suspected([record(2)])


def process_of(path: Path, records: Sequence[Record], deadly: int) -> int:
    """Run a worker's part in a process of its own, which the kernel ends at one record; gives how it ended."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        asyncio.run(_run(path, records, deadly))
    finally:
        os._exit(0)


async def _run(path: Path, records: Sequence[Record], deadly: int) -> None:
    def process(some: Sequence[Record], _: State, __: int) -> Result:
        if any(one.offset == deadly for one in some):
            os.kill(os.getpid(), signal.SIGKILL)
        return Result([Output("out", 0, b"k", b"v", at) for at in range(len(some))])

    class Writing:
        async def deliver(self, outputs: Sequence[Output], consumed: Offsets, group: str = "") -> Offsets:
            with (path / "delivered").open("a") as file:
                file.writelines(f"{output.topic}\n" for output in outputs)
            return {}

        async def start(self) -> None: ...

        async def stop(self) -> None: ...

    runner = StageRunner(Stage("test", "in", process, lambda _: ("a_pd", None)), path)
    for some in runner.slices(records):
        await runner.deliver(some, Writing(), None, {}, NOW)


def test_a_record_at_which_the_kernel_ends_the_process_is_rejected_and_all_others_are_done(tmp_path: Path) -> None:
    records = [record(at) for at in range(100)]
    ends = [process_of(tmp_path, records, 61) for _ in range(15)]

    died = ends.index(0)
    assert set(ends[:died]) == {-signal.SIGKILL}
    assert set(ends[died:]) == {0}, "it is not tried again, whenever it is read again"
    last = (tmp_path / "delivered").read_text().splitlines()[-100:]
    assert Counter(last) == {"out": 99, "rejected-reports": 1}
