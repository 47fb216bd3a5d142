"""A fetch with anything in it gives every record: sound ones as they came, damaged ones with the reason."""

from collections.abc import Iterator, Sequence
from typing import Any

import cramjam
import pytest
from aiokafka import codec
from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record import default_records
from aiokafka.record._crecords import default_records as compiled
from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c
from aiokafka.structs import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from schemas.runtime import record_reader
from schemas.runtime.record_reader import BROKEN, HEADER_NAME, OVERSIZED

GZIP, SNAPPY, LZ4, ZSTD = 1, 2, 3, 4
Made = tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]]]
NAMES = ("gzip_decode", "lz4_decode", "zstd_decode", "snappy_decode")


@pytest.fixture(autouse=True)
def installed() -> Iterator[None]:
    before = {(module, name): getattr(module, name) for module in (compiled, default_records) for name in NAMES}
    classes = fetcher.MemoryRecords, fetcher.PartitionRecords
    record_reader.install()
    yield
    fetcher.MemoryRecords, fetcher.PartitionRecords = classes
    for (module, name), value in before.items():
        setattr(module, name, value)


def batch(records: Sequence[Made], compression: int = 0, base: int = 0) -> bytes:
    builder = DefaultRecordBatchBuilder(2, compression, 0, -1, -1, -1, 10**9)
    for number, (key, value, headers) in enumerate(records):
        assert builder.append(number, 5, key, value, headers) is not None
    return based(bytearray(builder.build()), base)


def based(raw: bytearray, base: int) -> bytes:
    """Stamp a batch as the broker does: offset, and the checksum of what is in it now."""
    raw[:8] = base.to_bytes(8, "big")
    raw[8:12] = (len(raw) - 12).to_bytes(4, "big")
    at = DefaultRecordBatch.ATTRIBUTES_OFFSET if hasattr(DefaultRecordBatch, "ATTRIBUTES_OFFSET") else 21
    raw[17:21] = calc_crc32c(bytes(raw[at:])).to_bytes(4, "big")
    return bytes(raw)


def read(raw: bytes, start: int = 0) -> list[Any]:
    tp = TopicPartition("incident-reports.a_pd", 0)
    kept = fetcher.MemoryRecords(raw)
    reader = fetcher.PartitionRecords(tp, kept, [], start, None, None, True, fetcher.READ_COMMITTED)
    found = list(reader)
    assert reader.next_fetch_offset == DefaultRecordBatch(raw[last_batch(raw) :]).next_offset
    return found


def last_batch(raw: bytes) -> int:
    at = 0
    while (after := at + 12 + int.from_bytes(raw[at + 8 : at + 12], "big")) < len(raw):
        at = after
    return at


def told(found: Sequence[Any]) -> list[tuple[int, bytes | None, str]]:
    return [(one.offset, one.value, getattr(one, "damage", "")) for one in found]


SOUND: list[Made] = [(b"k", b"one", [("h", b"1"), ("e", None)]), (None, None, []), (b"k", b"three", [("ñ", b"")])]


@pytest.mark.parametrize("compression", [0, GZIP, SNAPPY, LZ4, ZSTD])
def test_sound_batches_are_read_as_aiokafka_reads_them(compression: int) -> None:
    found = read(batch(SOUND, compression) + batch(SOUND, compression, 3))

    assert told(found) == [(at, SOUND[at % 3][1], "") for at in range(6)]
    assert [list(one.headers) for one in found[:3]] == [headers for _, _, headers in SOUND]


@pytest.mark.parametrize("compression", [0, GZIP, SNAPPY, LZ4, ZSTD])
@pytest.mark.parametrize("name", [b"\xff\xfe", b"\x80\x80", b"\xed\xa0", b"\xc0\xaf"])
def test_a_header_name_that_is_no_text_costs_its_record_alone(compression: int, name: bytes) -> None:
    plain = batch([(b"k", b"before", []), (b"k", b"bad", [("zz", b"x")]), (b"k", b"after", [])])
    payload = plain[61:].replace(b"\x04zz", b"\x04" + name)
    packed: dict[int, Any] = {
        0: bytes,
        GZIP: cramjam.gzip.compress,
        LZ4: cramjam.lz4.compress,
        ZSTD: cramjam.zstd.compress,
    }
    squeezed = codec.snappy_encode(payload) if compression == SNAPPY else bytes(packed[compression](payload))
    header = bytearray(plain[:61])
    header[22] |= compression
    raw = based(header + squeezed, 0)

    found = read(raw + batch(SOUND, base=3))

    assert told(found[:3]) == [(0, b"before", ""), (1, b"bad", HEADER_NAME), (2, b"after", "")]
    assert found[1].headers == ((name.decode("utf-8", "backslashreplace"), b"x"),)
    assert told(found[3:]) == [(3 + at, value, "") for at, (_, value, _) in enumerate(SOUND)]


@pytest.mark.parametrize("start", [1, 2])
def test_reading_on_in_a_damaged_batch_begins_where_it_ended(start: int) -> None:
    raw = batch([(b"k", b"v", [("zz", b"x")])] * 3).replace(b"\x04zz", b"\x04\xff\xff")

    found = read(based(bytearray(raw), 0), start)

    assert [one.offset for one in found] == list(range(start, 3))


@pytest.mark.parametrize("compression", [GZIP, SNAPPY, LZ4, ZSTD])
def test_a_batch_that_would_fill_the_memory_is_refused_by_position(
    compression: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_reader, "LARGEST_BATCH", 100_000)
    monkeypatch.setattr(record_reader, "LARGEST_WHOLE", 50_000)
    record_reader.install()
    bomb = batch([(b"k", bytes(300_000), []), (b"k", b"v", [])], compression)
    large = batch([(b"k", bytes(70_000), [])], compression, 2)

    assert told(read(bomb + large)) == [(0, None, OVERSIZED), (1, None, OVERSIZED), (2, bytes(70_000), "")]


def test_a_record_of_very_many_headers_is_refused_and_its_value_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_reader, "LARGEST_WHOLE", 1_000)
    record_reader.install()
    many: list[Made] = [(b"k", b"v", [("", None)] * (record_reader.MOST_HEADERS + 1)), (b"k", b"w", [])]

    (first, second) = told(read(batch(many, ZSTD)))

    assert first == (0, b"v", "10001 headers, at most 10000 are read")
    assert second == (1, b"w", "")


def test_a_batch_that_the_broker_did_not_write_is_no_fault_of_its_records() -> None:
    raw = bytearray(batch(SOUND))
    raw[-1] ^= 1

    with pytest.raises(CorruptRecordException):
        read(bytes(raw))


@given(st.binary(max_size=80), st.sampled_from([0, GZIP, SNAPPY, LZ4, ZSTD]), st.integers(1, 4))
def test_any_bytes_in_a_batch_give_every_offset_once(payload: bytes, compression: int, count: int) -> None:
    header = bytearray(batch([(b"k", b"v", [])] * count)[:61])
    header[22] |= compression
    raw = based(header + payload, 0)

    found = read(raw + batch(SOUND, base=count))

    assert [one.offset for one in found] == list(range(count + 3))
    assert {getattr(one, "damage", "") for one in found[:count]} <= {"", BROKEN, OVERSIZED, HEADER_NAME}
    assert [one.value for one in found[count:]] == [value for _, value, _ in SOUND]
