"""Input files of commands: plain or gzip, `-` for standard input; and the errors in them."""

import gzip
import sys
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import BinaryIO, cast

from schemas.errors import Fatal

STANDARD_INPUT = "-"
MAX_LISTED_LINES = 20
_GZIP = b"\x1f\x8b"
_DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile)


@dataclass(frozen=True, slots=True)
class BadLine:
    """An error in a line, counted from 1: the field and the reason; line 0 is the file itself."""

    line: int
    field: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.field}: {self.reason}" if self.line else self.reason


class BadData(Fatal):
    """A file is invalid; the message lists the first MAX_LISTED_LINES errors."""

    exit_code = 65

    def __init__(self, path: str, lines: Sequence[BadLine]) -> None:
        listed = [f"{path}: {line}" for line in lines[:MAX_LISTED_LINES]]
        more = [f"{path}: {len(lines) - MAX_LISTED_LINES:,} more"] if len(lines) > MAX_LISTED_LINES else []
        super().__init__("\n".join([*listed, *more]))


@contextmanager
def open_input(path: str) -> Iterator[BinaryIO]:
    """Open a file, or standard input for `-`, as decompressed bytes.

    Raises: BadData where it cannot be opened, or its gzip data is damaged or truncated.
    """
    try:
        raw = sys.stdin.buffer if path == STANDARD_INPUT else Path(path).open("rb", buffering=0)  # noqa: SIM115
    except OSError as exc:
        raise BadData(path, [BadLine(0, "file", exc.strerror or type(exc).__name__)]) from exc
    file = BufferedReader(cast(RawIOBase, raw))
    try:
        compressed = file.peek(2)[:2] == _GZIP
        yield cast(BinaryIO, gzip.GzipFile(fileobj=file)) if compressed else file
    except _DAMAGED as exc:
        raise BadData(path, [BadLine(0, "file", "the gzip data is damaged or ends early")]) from exc
    finally:
        # Standard input belongs to the caller and stays open.
        file.detach() if path == STANDARD_INPUT else file.close()
