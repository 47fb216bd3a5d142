"""Files of a feed: plain or gzip, `-` for standard input, and their lines, with bounds on what a line may cost."""

import gzip
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, cast

from schemas.errors import Reason, Rejected
from schemas.records.codec import MAX_REPORT_BYTES

MAX_LINE_BYTES = MAX_REPORT_BYTES
STANDARD_INPUT = "-"
_BLOCK_BYTES = 1 << 20
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
# What users take for text; UTF-32 begins as UTF-16 does.
_MARKS = (
    (b"\xff\xfe", "text in UTF-16 or UTF-32"),
    (b"\xfe\xff", "text in UTF-16"),
    (b"\x00\x00\xfe\xff", "text in UTF-32"),
    (b"PK\x03\x04", "a workbook or another ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "a workbook of an old Office"),
    (b"%PDF", "a PDF"),
)
DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile)
"""What a gzip stream raises that ends early or is broken."""


@contextmanager
def opened(path: str) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Open a file, or standard input for `-`: its text as bytes, and the file itself, whose place shows progress.

    Raises: OSError when it cannot be opened.
    """
    file = cast(BufferedReader, sys.stdin.buffer) if path == STANDARD_INPUT else Path(path).open("rb")  # noqa: SIM115
    try:
        if file.peek(2)[:2] == _GZIP:
            with gzip.open(file, "rb") as unpacked:
                yield cast(BinaryIO, unpacked), file
        else:
            yield file, file
    finally:
        if path != STANDARD_INPUT:
            file.close()


def foreign(stream: BinaryIO) -> Rejected | None:
    """Refuse a file that is no text in UTF-8, by the bytes that it begins with; None for any other."""
    try:
        first = stream.peek(4)  # type: ignore[attr-defined]
    except DAMAGED:
        return None
    what = next((what for mark, what in _MARKS if first.startswith(mark)), "")
    return Rejected(Reason.BAD_LINE, "", f"this is {what}", "save it as text in UTF-8") if what else None


def damaged() -> Rejected:
    """Refuse the rest of a gzip file that is broken; the lines before it are good."""
    return Rejected(Reason.BAD_LINE, "", "the gzip data is damaged or ends early", "the lines before it were taken")


def too_large() -> Rejected:
    """Refuse a line for its size."""
    return Rejected(Reason.TOO_LARGE, "", f"more than {MAX_LINE_BYTES} bytes")


def numbered(stream: BinaryIO) -> Iterator[tuple[int, bytes | Rejected]]:
    """Give every line with its number from 1, blank ones left out; a line too large, or damage, is a Rejected.

    A line costs at most its bound of memory, however long it is; lines that have come are given at once.
    """
    number, rest, skipping = 0, b"", False
    try:
        while block := stream.read1(_BLOCK_BYTES):  # type: ignore[attr-defined]
            if not number and not rest:
                block = block.removeprefix(_BOM)
            *lines, rest = (rest + block).split(b"\n")
            for line in lines:
                number += 1
                if skipping or len(line) > MAX_LINE_BYTES:
                    skipping = False
                    yield number, too_large()
                elif line and not line.isspace():
                    yield number, line
            if len(rest) > MAX_LINE_BYTES:
                rest, skipping = b"", True
    except DAMAGED:
        yield number + 1, damaged()
        return
    if skipping or len(rest) > MAX_LINE_BYTES:
        yield number + 1, too_large()
    elif rest and not rest.isspace():
        yield number + 1, rest
