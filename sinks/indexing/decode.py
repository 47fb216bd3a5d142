"""Released records -> entries and refusals: pure, a batch at once."""

from collections.abc import Sequence

from schemas.errors import Reason, Rejected
from schemas.records import codec
from schemas.records.rejection import KafkaRecord
from sinks.index.operations import Entry, entry
from sinks.indexing.rejected import Refusal


def read(records: Sequence[KafkaRecord], generation: int) -> tuple[list[Entry], list[Refusal]]:
    """Decode records of the topic of `generation`; an entry's `cause` is its record's place in `records`."""
    entries: list[Entry] = []
    refusals: list[Refusal] = []
    for cause, record in enumerate(records):
        released = codec.decode("released_incident", record.value)
        made = released if isinstance(released, Rejected) else entry(released, generation, cause)
        if isinstance(made, Rejected):
            refusals.append(Refusal(record, made))
        else:
            entries.append(made)
    return entries, refusals


def refused_by_index(one: Entry, error: str, records: Sequence[KafkaRecord]) -> Refusal:
    """Tell that the index does not take this entry, for ever; `error` is the index's own word for it."""
    return Refusal(records[one.cause], Rejected(Reason.INDEX_REFUSED, "document", f"the index refuses it: {error}"))
