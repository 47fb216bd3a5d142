"""Feed files, plain or gzip, `-` for standard input, and their lines, each within a bound of memory."""

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
# Files that users mistake for text; UTF-32 begins as UTF-16 does.
_MARKS = (
    (b"\xff\xfe", "text in UTF-16 or UTF-32"),
    (b"\xfe\xff", "text in UTF-16"),
    (b"\x00\x00\xfe\xff", "text in UTF-32"),
    (b"PK\x03\x04", "a workbook or another ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "a workbook of an old Office version"),
    (b"%PDF", "a PDF"),
)
DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile)
"""What a gzip stream raises when it is damaged or ends early."""


@contextmanager
def open_feed(path: str) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Open a file, or standard input for `-`: yield its unpacked bytes, and the file, whose position shows progress.

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


def wrong_file_type(stream: BinaryIO) -> Rejected | None:
    """Return a rejection for a file whose first bytes show that it is not UTF-8 text, else None."""
    try:
        first = stream.peek(4)  # type: ignore[attr-defined]
    except DAMAGED:
        return None
    kind = next((kind for mark, kind in _MARKS if first.startswith(mark)), "")
    return Rejected(Reason.BAD_LINE, "", f"this is {kind}", "save it as UTF-8 text") if kind else None


def damaged_gzip() -> Rejected:
    """Return the rejection of the rest of a damaged gzip file; the lines before it are accepted."""
    return Rejected(Reason.BAD_LINE, "", "the gzip data is damaged or ends early", "the lines before it were accepted")


def line_too_large() -> Rejected:
    """Return the rejection of a line longer than MAX_LINE_BYTES bytes."""
    return Rejected(Reason.TOO_LARGE, "", f"more than {MAX_LINE_BYTES} bytes")


def numbered_lines(stream: BinaryIO) -> Iterator[tuple[int, bytes | Rejected]]:
    """Yield every line that is not blank with its line number, from 1; an oversized or damaged line is a Rejected.

    A line takes at most MAX_LINE_BYTES of memory, however long it is; lines are yielded as soon as they arrive.
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
                    yield number, line_too_large()
                elif line and not line.isspace():
                    yield number, line
            if len(rest) > MAX_LINE_BYTES:
                rest, skipping = b"", True
    except DAMAGED:
        yield number + 1, damaged_gzip()
        return
    if skipping or len(rest) > MAX_LINE_BYTES:
        yield number + 1, line_too_large()
    elif rest and not rest.isspace():
        yield number + 1, rest
