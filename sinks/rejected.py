"""A record that the sink refuses -> a RejectedReport, byte for byte as it came; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from schemas import wire
from schemas.errors import Rejected
from schemas.records import RejectedReport
from schemas.topics import REJECTED_REPORTS, agency_of, spread

STAGE = "index"


class Record(Protocol):
    """A record of Kafka as a consumer gives it; `timestamp` in UTC milliseconds."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


@dataclass(frozen=True, slots=True)
class Refusal:
    """One record that is not indexed, and why."""

    record: Record
    why: Rejected


def key(record: Record) -> bytes:
    """Name a refusal: one record refused again by one stage has the same name."""
    return f"{record.topic}/{record.partition}/{record.offset}/{STAGE}".encode()


def partition(record: Record) -> int:
    """Give the partition of `rejected-reports`: by agency, by topic where a topic is nobody's own."""
    return spread(agency_of(record.topic) or record.topic, REJECTED_REPORTS)


def rejected_report(refusal: Refusal, now: int, code_version: str) -> RejectedReport:
    """Make the record of `rejected-reports`; `now` in UTC milliseconds."""
    record, why = refusal.record, refusal.why
    return {
        "stage": STAGE,
        "reason": why.reason.value,
        "field": why.field,
        "detail": why.detail,
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.timestamp,
        "agency_id": agency_of(record.topic),
        "source": None,
        "schema_id": wire.schema_id(record.value),
        "key": record.key,
        "value": record.value,
        "headers": [{"key": name, "value": value} for name, value in record.headers],
        "rejected_at": now,
        "code_version": code_version,
    }
