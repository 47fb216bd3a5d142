"""The bundled feed as the records that its agencies publish, and as resolve reads them."""

import gzip
from collections import Counter
from collections.abc import Iterable
from functools import cache
from itertools import islice
from pathlib import Path

from deploy.run.demo import BUNDLED_FEED
from producers.feeds import plain
from producers.validation import report
from schemas.agencies import BUNDLED, agency_row
from schemas.errors import Rejected
from schemas.records.agency import AgencyRow
from schemas.records.kafka_record import Record
from schemas.topics import reports_topic
from streams import intake
from tests.streams.fakes import MemoryState, as_records

PUBLISHED_AT = 1_780_000_000_000
"""After every time in the feed, UTC milliseconds."""


@cache
def agency(name: str) -> AgencyRow:
    """The bundled row, else what a first publish makes."""
    return BUNDLED.get(name) or agency_row({"agency_id": name}, "first publish")


def published(count: int | None = None, feed: Path = BUNDLED_FEED) -> list[Record]:
    """The first `count` lines of a plain feed, one record each."""
    with gzip.open(feed) as stream:
        return of_lines(islice(stream, count))


def of_lines(lines: Iterable[bytes]) -> list[Record]:
    """Lines of a plain feed, one record each."""
    offsets: Counter[str] = Counter()
    records = []
    for number, values in enumerate(map(plain.parse, lines), 1):
        assert not isinstance(values, Rejected), values
        topic = reports_topic(values["agency"])
        value = report.encode(values, agency(values["agency"]), f"event-{number}")
        assert not isinstance(value, Rejected), value
        key = values["source_id"].encode()
        records.append(Record(topic, 0, offsets[topic], PUBLISHED_AT + number, key, value))
        offsets[topic] += 1
    return records


def enriched(records: list[Record]) -> list[Record]:
    """What resolve reads of published records."""
    return as_records(intake.stage(agency, 1).process(records, MemoryState(), PUBLISHED_AT).outputs)
