"""Files that a command is given: plain or gzip, `-` for standard input; and what of them cannot be used."""

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
    """One line, from 1, that cannot be used: the field and why; line 0 is the file itself."""

    line: int
    field: str
    why: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.field}: {self.why}" if self.line else self.why


class BadData(Fatal):
    """A file cannot be used; every line that is wrong is named."""

    exit_code = 65

    def __init__(self, path: str, lines: Sequence[BadLine]) -> None:
        told = [f"{path}: {line}" for line in lines[:MAX_LISTED_LINES]]
        more = [f"{path}: {len(lines) - MAX_LISTED_LINES:,} more"] if len(lines) > MAX_LISTED_LINES else []
        super().__init__("\n".join([*told, *more]))


@contextmanager
def open_input(path: str) -> Iterator[BinaryIO]:
    """Open a file, or standard input for `-`, as its unpacked bytes.

    Raises: BadData when it cannot be opened, or a gzip file ends early or is damaged.
    """
    try:
        raw = sys.stdin.buffer if path == STANDARD_INPUT else Path(path).open("rb", buffering=0)  # noqa: SIM115
    except OSError as exc:
        raise BadData(path, [BadLine(0, "file", exc.strerror or type(exc).__name__)]) from exc
    file = BufferedReader(cast(RawIOBase, raw))
    try:
        packed = file.peek(2)[:2] == _GZIP
        yield cast(BinaryIO, gzip.GzipFile(fileobj=file)) if packed else file
    except _DAMAGED as exc:
        raise BadData(path, [BadLine(0, "file", "the gzip data is damaged or ends early")]) from exc
    finally:
        # Standard input stays open: it is not ours.
        file.detach() if path == STANDARD_INPUT else file.close()
