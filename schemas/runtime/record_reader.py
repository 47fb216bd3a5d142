"""Records of fetched batches one by one, also where the client would give up: nothing that is sent ends a process.

aiokafka reads a batch as a whole: a header name that is no UTF-8 raises in the middle of the fetch, at every start
anew, and a batch of 1 MiB may decompress to 30 GB. Here such a batch is read singly: what is sound comes as ever, what
is not comes with `damage`, the sentence that says why, and is refused by its position. Overrides private parts of
aiokafka 0.14.0 and is tested against what it relies on.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import cramjam
from aiokafka import codec
from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record import default_records
from aiokafka.record._crecords import default_records as compiled
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import decode_varint
from aiokafka.structs import ConsumerRecord

LARGEST_BATCH = 64 * 1024 * 1024
"""Bytes of a batch after decompression: nearly three times the largest that any stage of ours writes."""
LARGEST_WHOLE = 4 * 1024 * 1024
"""Bytes up to which aiokafka reads a batch by itself: of a larger one it would make millions of headers."""
MOST_HEADERS = 10_000
OVERSIZED = f"its batch has more than {LARGEST_BATCH} bytes after decompression, or they are damaged"
HEADER_NAME = "a header's name is not UTF-8"
BROKEN = "its bytes are no record of Kafka"
_XERIAL_HEADER = 16
_UNREADABLE = (IndexError, ValueError)


@dataclass
class DamagedRecord(ConsumerRecord):  # type: ignore[misc]
    """A record that is to be refused because of `damage`; key, value and headers as far as they could be read."""

    damage: str = ""


class Decode(Protocol):
    """Decompresses a payload."""

    def __call__(self, payload: bytes, most: int) -> bytes:
        """Return at most `most` bytes. Raises: Oversized."""
        ...


class Oversized(Exception):
    """A batch that would take more memory than any honest one."""


def _into(decompress_into: Callable[[bytes, bytearray], int]) -> Decode:
    def decode(payload: bytes, most: int) -> bytes:
        # Memory that is not written to is not taken.
        room = bytearray(most)
        try:
            size = decompress_into(payload, room)
        except cramjam.DecompressionError as exc:
            raise Oversized from exc
        return bytes(memoryview(room)[:size])

    return decode


def _snappy(payload: bytes, most: int) -> bytes:
    """Decompress raw snappy, or the stream of blocks that Java and Python clients write."""
    if not codec._detect_xerial_stream(payload):
        return _snappy_block(payload, most)
    whole, at = bytearray(), _XERIAL_HEADER
    while at < len(payload):
        size = int.from_bytes(payload[at : at + 4], "big")
        whole += _snappy_block(payload[at + 4 : at + 4 + size], most - len(whole))
        at += 4 + size
    return bytes(whole)


def _snappy_block(block: bytes, most: int) -> bytes:
    try:
        if cramjam.snappy.decompress_raw_len(block) > most:
            raise Oversized
        return bytes(cramjam.snappy.decompress_raw(block))
    except cramjam.DecompressionError as exc:
        raise Oversized from exc


DECODERS: dict[str, Decode] = {
    "gzip_decode": _into(cramjam.gzip.decompress_into),
    "lz4_decode": _into(cramjam.lz4.decompress_into),
    "zstd_decode": _into(cramjam.zstd.decompress_into),
    "snappy_decode": _snappy,
}
"""What aiokafka calls to decompress: a name of its modules -> ours."""


class _Kept:
    """Fetched batches that can be read a second time."""

    __slots__ = ("_records", "has_next", "next_batch", "raw", "size_in_bytes")

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self._records = MemoryRecords(raw)
        self.has_next, self.next_batch = self._records.has_next, self._records.next_batch
        self.size_in_bytes = self._records.size_in_bytes

    def batch_of(self, offset: int) -> Any:
        """Return the batch that holds `offset`, in the reader that is written in Python."""
        at, raw = 0, self.raw
        while True:
            end = at + 12 + int.from_bytes(raw[at + 8 : at + 12], "big")
            batch = default_records._DefaultRecordBatchPy(raw[at:end])
            if batch.next_offset > offset:
                return batch
            at = end


class RecordReader(fetcher.PartitionRecords):  # type: ignore[misc]
    """The records of one partition's fetch."""

    next_fetch_offset: int

    def __next__(self) -> Any:
        try:
            return super().__next__()
        except StopIteration:
            raise
        # Whatever aiokafka raises at a batch, only the records in it are at fault.
        except Exception as exc:
            batch = self._records.batch_of(self.next_fetch_offset)
            if not batch.validate_crc():
                raise CorruptRecordException(f"{self._tp}: not what the broker wrote") from exc
            self._records_iterator = self._singly(batch)
            return super().__next__()

    def _singly(self, batch: Any) -> Iterator[Any]:
        for record in records(batch, self._tp.topic, self._tp.partition):
            if record.offset >= self.next_fetch_offset:
                self.next_fetch_offset = record.offset + 1
                yield record
        self.next_fetch_offset = batch.next_offset
        yield from self._unpack_records()


def records(batch: Any, topic: str, partition: int) -> Iterator[DamagedRecord]:
    """Yield every record of a batch in the order of offsets; `damage` is empty where there is none."""
    try:
        batch._maybe_uncompress()
    except Exception:
        damage, buffer, at = OVERSIZED, b"", 0
    else:
        damage, buffer, at = "", batch._buffer, batch._pos
    for offset in range(batch.base_offset, batch.next_offset):
        record = DamagedRecord(
            topic, partition, offset, batch.max_timestamp, batch.timestamp_type, None, None, None, -1, -1, ()
        )
        if not damage:
            try:
                at = _read(buffer, at, record)
            except _UNREADABLE:
                damage = BROKEN
        record.damage = record.damage or damage
        yield record


def _read(buffer: bytes, at: int, into: DamagedRecord) -> int:
    """Read the record at `at` and return where the next one begins. Raises: IndexError, ValueError if it is none."""
    length, at = decode_varint(buffer, at)
    end: int = at + length
    if length < 0 or end > len(buffer):
        raise ValueError
    # Attributes and the offset's distance tell nothing here: an agency's batch has all its offsets.
    for _ in range(3):
        _, at = decode_varint(buffer, at)
    into.key, at = _bytes(buffer, at)
    into.value, at = _bytes(buffer, at)
    count, at = decode_varint(buffer, at)
    if count > MOST_HEADERS:
        into.damage = f"{count} headers, at most {MOST_HEADERS} are read"
        return end
    headers = []
    for _ in range(count):
        name, at = _bytes(buffer, at)
        value, at = _bytes(buffer, at)
        headers.append(((name or b"").decode("utf-8", "backslashreplace"), value))
        if not _is_text(name or b""):
            into.damage = HEADER_NAME
    into.headers = tuple(headers)
    if at != end:
        raise ValueError
    return end


def _bytes(buffer: bytes, at: int) -> tuple[bytes | None, int]:
    size, at = decode_varint(buffer, at)
    if size < 0:
        return None, at
    if at + size > len(buffer):
        raise ValueError
    return bytes(buffer[at : at + size]), at + size


def _is_text(name: bytes) -> bool:
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True


def install() -> None:
    """Make every consumer of this process read so."""
    fetcher.MemoryRecords, fetcher.PartitionRecords = _Kept, RecordReader
    for module, most in ((compiled, LARGEST_WHOLE), (default_records, LARGEST_BATCH)):
        for name, decode in DECODERS.items():
            setattr(module, name, partial(decode, most=most))
