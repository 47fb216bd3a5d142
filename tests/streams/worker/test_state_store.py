"""What is erased leaves the disk of the local state, also where the process died in the midst of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from schemas.records.kafka_record import Record
from schemas.topics import INCIDENTS
from streams import resolve
from streams.worker import restore
from streams.worker.state_store import PartitionStore
from tests.schemas.samples import REPORT
from tests.streams.fakes import as_records, report
from tests.streams.test_purge import order
from tests.streams.test_resolve import come, resolved

CANARY = b"canary-5f1e7c09ab42d8"
OTHER = {f"k{number:04}".encode(): b"other %d" % number * 50 for number in range(500)}


def on_disk(path: Path, word: bytes = CANARY) -> list[str]:
    return sorted(one.name for one in path.rglob("*") if one.is_file() and word in one.read_bytes())


@pytest.fixture(params=["in the log", "in a table"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> PartitionStore:
    """A store that has the canary under two keys."""
    made = PartitionStore(tmp_path / "state")
    made.write({**OTHER, b"k0100x": CANARY, b"k0200x": CANARY}, {})
    if request.param == "in a table":
        made.close()
        made = PartitionStore(tmp_path / "state")
    assert on_disk(tmp_path)
    return made


ERASED = {b"k0100x": b"gone", b"k0200x": None}


def test_what_is_overwritten_or_taken_out_leaves_the_disk(store: PartitionStore, tmp_path: Path) -> None:
    store.write(ERASED, {("incidents", 0): 7}, erasing=True)

    assert on_disk(tmp_path) == []
    assert store.get_many([b"k0100x", b"k0200x", b"k0001"]) == [b"gone", None, OTHER[b"k0001"]]
    assert store.positions() == {("incidents", 0): 7}


def test_a_process_that_dies_before_it_erased_does_so_when_it_starts(
    store: PartitionStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(PartitionStore, "_erase", lambda *_: None)
        store.write(ERASED, {}, erasing=True)
        store.close()

    again = PartitionStore(tmp_path / "state")
    assert on_disk(tmp_path) == []
    assert again.get_many([b"k0100x"]) == [b"gone"]


def test_all_that_was_overwritten_can_leave_the_disk_at_once(store: PartitionStore, tmp_path: Path) -> None:
    store.write(ERASED, {})
    assert on_disk(tmp_path)
    store.erase_all()
    assert on_disk(tmp_path) == []


async def test_a_copy_that_was_left_behind_forgets_what_was_erased_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker erased it: this one reads so when the partition comes back to it."""
    told = [{**REPORT["narratives"][0], "text": CANARY.decode()}]
    runner = resolved([come(report("a_pd", narratives=told), report("b_so"))])
    before = as_records(runner.topics[INCIDENTS.name])
    runner([order("a_pd:1")])
    after = as_records(runner.topics[INCIDENTS.name])[len(before) :]
    given: list[list[Record]] = [before, after]

    async def read_back(*_: object) -> AsyncIterator[tuple[list[Record], dict[tuple[str, int], int]]]:
        yield given.pop(0), {}

    monkeypatch.setattr(restore, "read_back", read_back)
    for left in (True, False):
        store = await restore.restored("", resolve.stage(1), 0, tmp_path / "state", lambda: None)
        assert bool(on_disk(tmp_path)) == left
        store.close()
