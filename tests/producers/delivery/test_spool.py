"""The spool: order, permissions, torn tails, and a kill in the middle of writing."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.delivery import spool
from producers.delivery.spool import Spool, SpooledRecord
from tests.patience import LONG_S, patience


def _kept(number: int, size: int = 20) -> SpooledRecord:
    return SpooledRecord(1_000 + number, b"key-%d" % number, bytes([number % 256]) * size)


def _all(home: Path, agency: str = "yuma_pd") -> list[tuple[int, bytes, bytes]]:
    """Everything that waits, without taking it."""
    found: list[tuple[int, bytes, bytes]] = []

    def each(records: Iterator[SpooledRecord]) -> int:
        found.extend((one.timestamp_ms, one.key, one.value) for one in records)
        return 0

    Spool(home, agency).deliver(each)
    return found


def _as_kept(*numbers: int) -> list[tuple[int, bytes, bytes]]:
    return [(one.timestamp_ms, one.key, one.value) for one in map(_kept, numbers)]


def test_records_come_back_in_order(tmp_path: Path) -> None:
    Spool(tmp_path, "yuma_pd").append(map(_kept, range(3)))
    Spool(tmp_path, "yuma_pd").append([_kept(3)])
    assert _all(tmp_path) == _as_kept(0, 1, 2, 3)
    assert spool.record_counts(tmp_path) == {"yuma_pd": 4}


def test_nothing_on_disk_is_nothing_waiting(tmp_path: Path) -> None:
    assert (spool.agencies_with_records(tmp_path), spool.record_counts(tmp_path), _all(tmp_path)) == ([], {}, [])


def test_folder_and_file_are_for_their_owner_only(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        Spool(tmp_path, "yuma_pd").append([_kept(0)])
        with (tmp_path / "spool" / "yuma_pd.spool").open("ab") as file:
            file.write(b"torn")
        Spool(tmp_path, "yuma_pd").append([_kept(1)])
    finally:
        os.umask(old)
    assert (tmp_path / "spool").stat().st_mode & 0o777 == 0o700
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "spool").iterdir()}
    assert modes == dict.fromkeys(("yuma_pd.spool", "yuma_pd.spool.lock", "yuma_pd.spool.torn"), 0o600)


def test_delivered_records_are_gone_and_the_others_stay(tmp_path: Path) -> None:
    kept = Spool(tmp_path, "yuma_pd")
    kept.append(map(_kept, range(4)))
    kept.deliver(lambda records: [next(records), next(records)][1].end)
    assert _all(tmp_path) == _as_kept(2, 3)
    kept.append([_kept(4)])
    assert _all(tmp_path) == _as_kept(2, 3, 4)
    kept.deliver(lambda records: list(records)[-1].end)
    assert spool.agencies_with_records(tmp_path) == []
    kept.append([_kept(5)])
    assert _all(tmp_path) == _as_kept(5)


def test_nothing_is_removed_when_delivering_fails(tmp_path: Path) -> None:
    kept = Spool(tmp_path, "yuma_pd")
    kept.append(map(_kept, range(3)))

    def fails(records: Iterator[SpooledRecord]) -> int:
        next(records)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        kept.deliver(fails)
    assert _all(tmp_path) == _as_kept(0, 1, 2)


@given(st.integers(1, 60), st.binary(max_size=3))
def test_torn_tail_is_cut_and_no_whole_record_is_lost(
    tmp_path_factory: pytest.TempPathFactory, torn: int, junk: bytes
) -> None:
    home = tmp_path_factory.mktemp("home")
    path = home / "spool" / "yuma_pd.spool"
    Spool(home, "yuma_pd").append(map(_kept, range(3)))
    whole = path.stat().st_size // 3
    data = path.read_bytes()[: -min(torn, whole - 1)] + junk[: max(0, torn - 1)]
    path.write_bytes(data)
    assert _all(home) == _as_kept(0, 1)
    Spool(home, "yuma_pd").append([_kept(9)])
    assert _all(home) == _as_kept(0, 1, 9)
    assert (home / "spool" / "yuma_pd.spool.torn").read_bytes() == data[2 * whole :]


def test_flaw_in_the_middle_keeps_what_lies_behind_it_beside_the_spool(tmp_path: Path) -> None:
    path = tmp_path / "spool" / "yuma_pd.spool"
    Spool(tmp_path, "yuma_pd").append(map(_kept, range(3)))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert _all(tmp_path) == _as_kept(0)
    assert (tmp_path / "spool" / "yuma_pd.spool.torn").stat().st_size == len(data) // 3 * 2


def test_two_processes_append_without_mixing(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from producers.delivery.spool import Spool, SpooledRecord\n"
        "spool = Spool(Path(sys.argv[1]), 'yuma_pd')\n"
        "for n in range(50): spool.append([SpooledRecord(n, sys.argv[2].encode(), b'x' * 5000)])"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), name]) for name in ("one", "two")]
    assert [process.wait(patience(LONG_S)) for process in running] == [0, 0]
    found = _all(tmp_path)
    for name in (b"one", b"two"):
        assert [number for number, key, _ in found if key == name] == list(range(50))


def test_kill_in_the_middle_of_writing_loses_nothing_that_was_kept(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from producers.delivery.spool import Spool, SpooledRecord\n"
        "spool = Spool(Path(sys.argv[1]), 'yuma_pd')\n"
        "for n in range(100000):\n"
        "    spool.append([SpooledRecord(n, b'k', b'x' * 50000)]); print(n, flush=True)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout
        for _ in range(5):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        told = [int(line) for line in process.stdout.read().splitlines() if line]
    Spool(tmp_path, "yuma_pd").append([_kept(7)])
    numbers = [number for number, key, _ in _all(tmp_path) if key == b"k"]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) > max(told, default=0)
