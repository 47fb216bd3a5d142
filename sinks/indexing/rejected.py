"""A record that the sink rejects, and the record of its rejection; pure."""

from dataclasses import dataclass

from schemas.errors import Rejected
from schemas.records.rejection import KafkaRecord, Origin, Rejection, rejection
from schemas.topics import agency_of

STAGE = "index"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One record that is not indexed, and why."""

    record: KafkaRecord
    why: Rejected


def rejected(refusal: Refusal, now: int, code_version: str, bare: bool = False) -> Rejection:
    """Return the record of `rejected-reports`; `now` in UTC milliseconds. See `rejection` for `bare`."""
    record = refusal.record
    origin = Origin(agency_of(record.topic), None)
    return rejection(record, refusal.why, STAGE, origin, now, code_version, bare)
