"""The record of `rejected-reports`: a rejected record byte for byte, and why a stage rejected it; pure.

A rejection never fails. Parts that cannot be written (a name that is not UTF-8, an id out of the schema's range, more
bytes than the topic accepts) are left out, and the detail names them.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple, Protocol

from schemas.errors import Rejected
from schemas.records import codec
from schemas.records.audit import Header, RejectedReport
from schemas.records.report import SourcePosition
from schemas.topics import REJECTED_REPORTS, partition_for

MAX_REJECTION_BYTES = REJECTED_REPORTS.max_message_bytes - 64 * 1024
"""Bytes of the largest rejection; the rest is room for Kafka's own framing."""
MAX_HEADERS = 1_000
"""Headers kept of a record: a message of 1 MiB can hold half a million empty ones."""
_MAX_INT = 2**31 - 1


class KafkaRecord(Protocol):
    """A record as any Kafka client returns it."""

    @property
    def topic(self) -> str:
        """Return its topic."""
        ...

    @property
    def partition(self) -> int:
        """Return its partition."""
        ...

    @property
    def offset(self) -> int:
        """Return its offset."""
        ...

    @property
    def timestamp(self) -> int:
        """Return its Kafka timestamp in UTC milliseconds."""
        ...

    @property
    def key(self) -> bytes | None:
        """Return its key."""
        ...

    @property
    def value(self) -> bytes | None:
        """Return its value."""
        ...

    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]:
        """Return its headers."""
        ...


class Origin(NamedTuple):
    """Where a record comes from: its agency ('' where unknown) and the published report behind it, where known."""

    agency_id: str
    source: SourcePosition | None


class Rejection(NamedTuple):
    """A record for `rejected-reports`."""

    partition: int
    key: bytes
    value: bytes


def rejection(
    record: KafkaRecord, why: Rejected, stage: str, origin: Origin, now: int, code_version: str, bare: bool = False
) -> Rejection:
    """Return the rejection of `record` by `stage` at `now`, UTC milliseconds; never raises.

    A record rejected again by the same stage has the same key. `bare` leaves out the record's content, for a broker
    that does not accept it.
    """
    key = f"{record.topic}/{record.partition}/{record.offset}/{stage}"
    partition = partition_for(_text(origin.agency_id or record.topic), REJECTED_REPORTS)
    whole: RejectedReport = {
        "stage": stage,
        "reason": why.reason.value,
        "field": _text(why.field),
        "detail": _text(why.detail),
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.timestamp,
        "agency_id": _text(origin.agency_id),
        "source": origin.source,
        "schema_id": _schema_id(record.value),
        "key": record.key,
        "value": record.value,
        "headers": _headers(record.headers[:MAX_HEADERS]),
        "rejected_at": now,
        "code_version": code_version,
    }
    first = 2 if bare else int(len(record.headers) > MAX_HEADERS)
    forms = _forms(whole, len(record.headers))
    return Rejection(partition, key.encode(), _written(islice(forms, first, None)))


def _written(forms: Iterable[RejectedReport]) -> bytes:
    """Encode the first of `forms` that can be encoded and fits; the last one always does."""
    failure: Exception | None = None
    for form in forms:
        try:
            value = codec.encode("rejected_report", form)
        except ValueError as exc:
            failure = exc
            continue
        if len(value) <= MAX_REJECTION_BYTES:
            return value
    raise AssertionError("a rejection without content can always be encoded") from failure


def _forms(whole: RejectedReport, headers: int) -> Iterator[RejectedReport]:
    """Yield a rejection in full, without its headers, and without any content of the record."""
    yield whole
    counted = f"{headers} headers"
    yield {**whole, "headers": [], "detail": _left_out(whole, counted)}
    described = (counted, _described("value", whole["value"]), _described("key", whole["key"]))
    yield {**whole, "headers": [], "value": None, "key": None, "detail": _left_out(whole, *described)}


def _left_out(whole: RejectedReport, *parts: str) -> str:
    omitted = f"left out, to be read at the record's own offset: {', '.join(part for part in parts if part)}"
    return f"{whole['detail']}; {omitted}" if whole["detail"] else omitted


def _described(name: str, value: bytes | None) -> str:
    if value is None:
        return ""
    return f"{name} of {len(value)} bytes, SHA-256 {hashlib.sha256(value).hexdigest()}"


def _text(value: str) -> str:
    """Return text that can be encoded in UTF-8; what cannot is escaped."""
    return value.encode("utf-8", "backslashreplace").decode()


def _headers(headers: Sequence[tuple[str, bytes | None]]) -> list[Header]:
    return [{"key": _text(name), "value": value} for name, value in headers]


def _schema_id(value: bytes | None) -> int | None:
    """Return the schema id of a frame if it fits into Avro's int; a larger one is only in the bytes."""
    framed_id = codec.schema_id(value)
    return framed_id if framed_id is not None and framed_id <= _MAX_INT else None
