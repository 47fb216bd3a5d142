"""Decode a batch of released records into entries to index and refusals; pure."""

from collections.abc import Sequence

from schemas.errors import Reason, Rejected
from schemas.records import codec
from schemas.records.rejection import KafkaRecord
from sinks.index.operations import Entry, entry
from sinks.indexing.rejected import Refusal


def decode_batch(records: Sequence[KafkaRecord], generation: int) -> tuple[list[Entry], list[Refusal]]:
    """Decode records of the topic of `generation`; an entry's `cause` is the index of its record in `records`."""
    entries: list[Entry] = []
    refusals: list[Refusal] = []
    for cause, record in enumerate(records):
        released = codec.decode("released_incident", record.value)
        result = released if isinstance(released, Rejected) else entry(released, generation, cause)
        if isinstance(result, Rejected):
            refusals.append(Refusal(record, result))
        else:
            entries.append(result)
    return entries, refusals


def index_refusal(rejected: Entry, error: str, records: Sequence[KafkaRecord]) -> Refusal:
    """Return the refusal of an entry that the index rejects for good; `error` is the index's error type."""
    return Refusal(
        records[rejected.cause], Rejected(Reason.INDEX_REFUSED, "document", f"the index rejected it: {error}")
    )
