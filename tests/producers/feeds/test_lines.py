"""Lines of files: gzip or not, torn or too long, and how much memory they cost."""

import gzip
import io
import os
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.feeds.lines import MAX_LINE_BYTES, numbered_lines, open_feed
from schemas.errors import Reason, Rejected


def _lines(data: bytes) -> list[tuple[int, bytes | Rejected]]:
    return list(numbered_lines(io.BytesIO(data)))


def _read(path: Path) -> list[tuple[int, bytes | Rejected]]:
    with open_feed(str(path)) as (stream, _):
        return list(numbered_lines(stream))


def test_lines_keep_their_numbers_when_blank_ones_are_left_out() -> None:
    assert _lines(b"one\n\n  \r\ntwo\r\nthree") == [(1, b"one"), (4, b"two\r"), (5, b"three")]


def test_byte_order_mark_is_left_out() -> None:
    assert _lines(b"\xef\xbb\xbf{}\n\xef\xbb\xbf{}\n") == [(1, b"{}"), (2, b"\xef\xbb\xbf{}")]


@pytest.mark.parametrize("size", [MAX_LINE_BYTES + 1, 3 * 1024 * 1024])
@pytest.mark.parametrize("end", [b"\n", b""])
def test_line_too_large_is_refused_and_the_next_one_is_read(size: int, end: bytes) -> None:
    found = _lines(b"one\n" + b"x" * size + end + (b"three\n" if end else b""))
    assert found[0] == (1, b"one")
    assert found[1][0] == 2
    assert cast(Rejected, found[1][1]).reason is Reason.TOO_LARGE
    assert found[2:] == ([(3, b"three")] if end else [])


def test_line_of_the_greatest_size_is_read() -> None:
    assert _lines(b"x" * MAX_LINE_BYTES + b"\n") == [(1, b"x" * MAX_LINE_BYTES)]


class _Endless(io.RawIOBase):
    """A gigabyte in one line."""

    def __init__(self) -> None:
        self.left = 1024

    def read1(self, size: int) -> bytes:
        self.left -= 1
        return b"x" * (1 << 20) if self.left >= 0 else b""


def test_line_without_an_end_costs_no_memory() -> None:
    import tracemalloc

    tracemalloc.start()
    found = list(numbered_lines(cast(BinaryIO, _Endless())))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [number for number, _ in found] == [1]
    assert peak < 16 * 1024 * 1024


@given(st.lists(st.binary(max_size=20).filter(lambda line: b"\n" not in line and not line.isspace() and line)))
def test_any_lines_come_back(lines: list[bytes]) -> None:
    data = b"".join(line + b"\n" for line in lines)
    if not data.startswith(b"\xef\xbb\xbf"):
        assert [line for _, line in _lines(data)] == lines


def test_gzip_is_recognized_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "feed.jsonl"
    path.write_bytes(gzip.compress(b"one\ntwo\n"))
    assert _read(path) == [(1, b"one"), (2, b"two")]


def test_damaged_gzip_gives_its_good_lines_and_one_refusal(tmp_path: Path) -> None:
    path = tmp_path / "feed.jsonl.gz"
    packed = gzip.compress(b"".join(os.urandom(200).hex().encode() + b"\n" for _ in range(5_000)))
    path.write_bytes(packed[: len(packed) // 2])
    *good, (number, last) = _read(path)
    assert len(good) > 1_000
    assert number == len(good) + 1
    assert cast(Rejected, last).reason is Reason.BAD_LINE


def test_empty_file_has_no_lines(tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.touch()
    assert _read(path) == []


def test_lines_that_have_come_are_given_at_once() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source, os.fdopen(writing, "wb", buffering=0) as sink:
        lines = numbered_lines(cast(BinaryIO, source))
        sink.write(b"one\ntw")
        assert next(lines) == (1, b"one")
        sink.write(b"o\n")
        assert next(lines) == (2, b"two")
