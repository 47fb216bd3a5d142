"""Reports that Kafka could not take, on disk: one file per agency, appended under a lock, delivered in order.

A record is its length, the CRC-32 of its body, and the body: UTC milliseconds, the key's length, key, framed Avro. A
tail torn by a kill is detected by length or checksum, and cut before anything is appended. Delivered records are
removed only after every acknowledgement, so a kill in the middle repeats records and never loses one.
"""

import os
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from filelock import FileLock

from schemas.records.codec import MAX_RECORD_BYTES

_HEAD = struct.Struct(">II")
_BODY = struct.Struct(">qH")
_SUFFIX = ".spool"
REFUSED = ".refused"
"""Suffix of the file beside a spool with the records that Kafka refused from it, for a person to examine."""


@dataclass(frozen=True, slots=True)
class SpooledRecord:
    """One record on disk: `timestamp_ms` is when it was first sent (UTC), `end` where it ends in the file."""

    timestamp_ms: int
    key: bytes
    value: bytes
    end: int = 0


def folder(home: Path) -> Path:
    """Return the folder of this home's spools."""
    return home / "spool"


def agencies_with_records(home: Path) -> list[str]:
    """Return the agencies that have records on disk, sorted."""
    return sorted(path.stem for path in folder(home).glob(f"*{_SUFFIX}") if path.stat().st_size)


def record_counts(home: Path) -> dict[str, int]:
    """Return the number of records on disk by agency."""
    return {agency: Spool(home, agency).count() for agency in agencies_with_records(home)}


def _frame(record: SpooledRecord) -> bytes:
    body = _BODY.pack(record.timestamp_ms, len(record.key)) + record.key + record.value
    return _HEAD.pack(len(body), zlib.crc32(body)) + body


def _sound_records(file: BufferedReader) -> Iterator[SpooledRecord]:
    """Yield the records up to the first that is incomplete or damaged."""
    end = file.tell()
    while len(head := file.read(_HEAD.size)) == _HEAD.size:
        length, crc = _HEAD.unpack(head)
        if not _BODY.size <= length <= MAX_RECORD_BYTES:
            return
        body = file.read(length)
        if len(body) < length or zlib.crc32(body) != crc:
            return
        end += _HEAD.size + length
        timestamp_ms, key_length = _BODY.unpack_from(body)
        split = _BODY.size + key_length
        yield SpooledRecord(timestamp_ms, body[_BODY.size : split], body[split:], end)


class Spool:
    """The records of one agency on disk; several processes may use it at once."""

    def __init__(self, home: Path, agency_id: str, suffix: str = _SUFFIX) -> None:
        folder(home).mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = folder(home) / f"{agency_id}{suffix}"
        self._torn = Path(f"{self._path}.torn")
        self._lock = FileLock(f"{self._path}.lock", mode=0o600)
        self._sound_to = 0

    def count(self) -> int:
        """Return the number of records."""
        with self._lock:
            return sum(1 for _ in self._records()) if self._path.exists() else 0

    def append(self, records: Iterable[SpooledRecord]) -> None:
        """Append records; return when they are on disk. Raises: OSError."""
        with self._lock:
            self._cut_torn_tail()
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "ab") as file:
                file.writelines(_frame(record) for record in records)
                file.flush()
                os.fsync(file.fileno())
                self._sound_to = file.tell()

    def _records(self) -> Iterator[SpooledRecord]:
        with self._path.open("rb") as file:
            yield from _sound_records(file)

    def _cut_torn_tail(self) -> None:
        if not self._path.exists() or self._path.stat().st_size == self._sound_to:
            return
        end = 0
        for record in self._records():
            end = record.end
        if end < self._path.stat().st_size:
            self._set_aside(end)

    def _set_aside(self, end: int) -> None:
        """Cut the file at `end` and keep the rest beside it: damage in the middle cuts off good records too."""
        with self._path.open("r+b") as file:
            file.seek(end)
            with os.fdopen(os.open(self._torn, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as torn:
                torn.write(file.read())
            file.truncate(end)

    def deliver(self, send_all: Callable[[Iterator[SpooledRecord]], int]) -> None:
        """Pass all records in order to `send_all`, and keep those after the byte position that it returns."""
        with self._lock:
            if not self._path.exists():
                return
            self._cut_torn_tail()
            done = send_all(self._records())
            if done >= self._path.stat().st_size:
                self._path.unlink()
            elif done:
                self._drop_first(done)

    def _drop_first(self, done: int) -> None:
        staged = Path(f"{self._path}.rest")
        descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with self._path.open("rb") as file, os.fdopen(descriptor, "wb") as rest:
            file.seek(done)
            while chunk := file.read(1 << 20):
                rest.write(chunk)
            rest.flush()
            os.fsync(rest.fileno())
        staged.replace(self._path)
        self._sound_to = 0
