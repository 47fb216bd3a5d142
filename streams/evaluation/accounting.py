"""Account for every published report, per agency, from the topics alone.

published = current + superseded + repeated + rejected + purged. Each published record is identified by its topic,
partition and offset, so one that was delivered or decided twice counts once. A report is current when the index has
acknowledged the internal document of its newest version: not before, and not when it rejects it.
"""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, NamedTuple

import orjson

from schemas.identity import INTERNAL
from schemas.records import codec
from schemas.records.incident import TOMBSTONE_STATES
from schemas.runtime.kafka import committed, end_offsets, read_back, topic_partitions
from schemas.topics import (
    DECISIONS,
    INCIDENTS,
    REJECTED_REPORTS,
    RELEASED_INCIDENTS,
    agency_of,
    consumer_group,
    partition_for,
)
from streams.incidents import incident_record

_FATE = {"SUPERSEDED": "superseded", "CONFLICTING": "superseded", "REPEATED": "repeated", "PURGED": "purged"}

Report = tuple[str, int]
"""Report id and version."""
Place = tuple[str, int, int]
"""Topic, partition and offset of a record."""


@dataclass(frozen=True, slots=True)
class Account:
    """What became of an agency's published records."""

    published: int = 0
    current: int = 0
    superseded: int = 0
    repeated: int = 0
    rejected: int = 0
    purged: int = 0

    @property
    def difference(self) -> int:
        """Return the number of published records that are unaccounted for: 0 once the workers are idle."""
        return self.published - self.current - self.superseded - self.repeated - self.rejected - self.purged


@dataclass(frozen=True, slots=True)
class Accounting:
    """The account of every agency."""

    agencies: Mapping[str, Account]
    incidents: int
    views_refused: int
    """Records of several reports that release or the index rejected, in the views of all audiences."""

    @property
    def total(self) -> Account:
        """Return the sum over all agencies."""
        rows = self.agencies.values()
        return Account(**{field.name: sum(getattr(row, field.name) for row in rows) for field in fields(Account)})

    def as_json(self) -> dict[str, Any]:
        """Return the accounting as `--json` prints it."""
        return {
            "total": {**asdict(self.total), "difference": self.total.difference},
            "incidents": self.incidents,
            "views_refused": self.views_refused,
            "agencies": {name: asdict(row) for name, row in sorted(self.agencies.items())},
        }


class NewestRecord(NamedTuple):
    """The newest record of a key: its place, and the reports that it contains; none for a tombstone."""

    place: Place
    reports: tuple[Report, ...]


class RejectedRecord(NamedTuple):
    """A rejected record: its place, and the published report that it came from, if it was of a single one."""

    place: Place
    source: Place | None


@dataclass(frozen=True, slots=True)
class TopicContents:
    """What the topics contain: `views` are internal ones, `answered` the index's committed offset by partition."""

    published: Mapping[str, int]
    incidents: Iterable[NewestRecord]
    views: Iterable[NewestRecord]
    answered: Mapping[tuple[str, int], int]
    decisions: Iterable[tuple[str, str]]
    """Agency, and the fate that a decision gives one of its published records."""
    rejected: Iterable[RejectedRecord]


def accounting(contents: TopicContents) -> Accounting:
    """Count the fate of every published record."""
    fates: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for agency, kind in contents.decisions:
        fates[agency][kind] += 1
    of_several = {record.place for record in contents.rejected if record.source is None}
    for topic, _, _ in {record.source for record in contents.rejected if record.source is not None}:
        fates[agency_of(topic)]["rejected"] += 1
    rejected = {
        report for incident in contents.incidents if incident.place in of_several for report in incident.reports
    }
    indexed: set[Report] = set()
    incidents = 0
    for view in contents.views:
        topic, partition, offset = view.place
        if view.place in of_several:
            rejected.update(view.reports)
        elif view.reports and offset < contents.answered.get((topic, partition), 0):
            incidents += 1
            indexed.update(view.reports)
    for name, version in (report for incident in contents.incidents for report in incident.reports):
        if (name, version) in rejected:
            fates[name.partition(":")[0]]["rejected"] += 1
        elif (name, version) in indexed:
            fates[name.partition(":")[0]]["current"] += 1
    rows = {agency: Account(published=count, **fates[agency]) for agency, count in contents.published.items()}
    return Accounting(rows, incidents, len(of_several))


async def _newest(bootstrap: str, partitions: Iterable[tuple[str, int]]) -> AsyncIterator[tuple[Place, bytes, bytes]]:
    """Yield the newest record of each key of some partitions: its place, key and value."""
    newest: dict[bytes, tuple[Place, bytes]] = {}
    async for records, _ in read_back(bootstrap, dict.fromkeys(partitions, 0)):
        for record in records:
            newest[record.key or b""] = (record.topic, record.partition, record.offset), record.value or b""
    for key, (place, value) in newest.items():
        yield place, key, value


def _members(value: bytes) -> Iterator[Report]:
    for member in incident_record.trusted(value)["members"]:
        yield member["report_id"], member["version"]


def _indexed_reports(value: bytes) -> Iterator[Report]:
    view = codec.decode_trusted("released_incident", value)
    for report in orjson.loads(view["document"])["reports"] if view["state"] not in TOMBSTONE_STATES else ():
        yield report["report_id"], report["version"]


async def read_accounting(bootstrap: str, generation: int) -> Accounting:
    """Read all of `incidents`, the internal views, decisions and rejections, and return the accounting.

    Raises: Transient.
    """
    sources = await topic_partitions(bootstrap, lambda topic: bool(agency_of(topic)))
    published: Counter[str] = Counter()
    for (topic, _), end in (await end_offsets(bootstrap, sources)).items():
        published[agency_of(topic)] += end

    async def newest_of(topic: str) -> list[tuple[Place, bytes, bytes]]:
        return [record async for record in _newest(bootstrap, await topic_partitions(bootstrap, topic.__eq__))]

    incidents = [
        NewestRecord(place, tuple(_members(value))) for place, _, value in await newest_of(INCIDENTS.at(generation))
    ]
    released = RELEASED_INCIDENTS.at(generation), partition_for(INTERNAL, RELEASED_INCIDENTS)
    prefix = f"{INTERNAL}/".encode()
    views = [
        NewestRecord(place, tuple(_indexed_reports(value)))
        async for place, key, value in _newest(bootstrap, [released])
        if key.startswith(prefix)
    ]
    decided = (codec.decode_trusted("decision", value) for _, _, value in await newest_of(DECISIONS.at(generation)))
    decisions = [(decision["agency_id"], _FATE[decision["kind"]]) for decision in decided if decision["kind"] in _FATE]
    records = (codec.decode_trusted("rejected_report", value) for _, _, value in await newest_of(REJECTED_REPORTS.name))
    rejected = [RejectedRecord(_place(record), record["source"] and _place(record["source"])) for record in records]
    answered = {released: await committed(bootstrap, consumer_group("index", generation), released)}
    return accounting(TopicContents(published, incidents, views, answered, decisions, rejected))


def _place(record: Mapping[str, Any]) -> Place:
    return record["topic"], record["partition"], record["offset"]
