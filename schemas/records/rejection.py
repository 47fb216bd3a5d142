"""The record of `rejected-reports`: a record byte for byte as it came, and why a stage refused it; pure.

A rejection never fails. What cannot be written as it came (a name that is no text, an id that the schema has no room
for, more bytes than the topic takes) is written with what can, and the detail says what was left out.
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
"""Bytes of the largest rejection: what Kafka adds to a record has room beside it."""
MAX_HEADERS = 1_000
"""Headers that are kept: a message of 1 MiB can hold half a million empty ones."""
_LARGEST_INT = 2**31 - 1


class KafkaRecord(Protocol):
    """A record as a consumer gives it; `timestamp` in UTC milliseconds."""

    @property
    def topic(self) -> str:
        """Return the topic on which it stands."""
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
        """Return its time in Kafka."""
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
    """Whose record it is: the agency, '' where nobody can tell, and the published report behind it, where known."""

    agency_id: str
    source: SourcePosition | None


class Rejection(NamedTuple):
    """A record to be written to `rejected-reports`."""

    partition: int
    key: bytes
    value: bytes


def rejection(
    record: KafkaRecord, why: Rejected, stage: str, origin: Origin, now: int, code_version: str, bare: bool = False
) -> Rejection:
    """Return what is written when `stage` refuses `record` at `now`, UTC milliseconds; never raises.

    One record refused again by one stage has the same key. `bare` leaves out all that came with the record, for a
    broker that does not take it.
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
    """Encode the first of `forms` that can be written and has room; the last one has."""
    failure: Exception | None = None
    for form in forms:
        try:
            value = codec.encode("rejected_report", form)
        except ValueError as exc:
            failure = exc
            continue
        if len(value) <= MAX_REJECTION_BYTES:
            return value
    raise AssertionError("a place alone can always be written") from failure


def _forms(whole: RejectedReport, headers: int) -> Iterator[RejectedReport]:
    """Yield a rejection whole, without its headers, and with nothing of the record but its place."""
    yield whole
    counted = f"{headers} headers"
    yield {**whole, "headers": [], "detail": _left_out(whole, counted)}
    described = (counted, _described("value", whole["value"]), _described("key", whole["key"]))
    yield {**whole, "headers": [], "value": None, "key": None, "detail": _left_out(whole, *described)}


def _left_out(whole: RejectedReport, *parts: str) -> str:
    told = f"left out, and to be found at the record's own place: {', '.join(part for part in parts if part)}"
    return f"{whole['detail']}; {told}" if whole["detail"] else told


def _described(name: str, value: bytes | None) -> str:
    if value is None:
        return ""
    return f"{name} of {len(value)} bytes, SHA-256 {hashlib.sha256(value).hexdigest()}"


def _text(value: str) -> str:
    """Return text that can be encoded: what cannot stands as an escape."""
    return value.encode("utf-8", "backslashreplace").decode()


def _headers(headers: Sequence[tuple[str, bytes | None]]) -> list[Header]:
    return [{"key": _text(name), "value": value} for name, value in headers]


def _schema_id(value: bytes | None) -> int | None:
    """Return the schema id of a frame where the schema has room for it; the bytes tell any other."""
    found = codec.schema_id(value)
    return found if found is not None and found <= _LARGEST_INT else None
