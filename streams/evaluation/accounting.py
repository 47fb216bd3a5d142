"""The accounting: what became of every published report, per agency, counted from the topics alone.

published = current + superseded + repeated + rejected + purged. Each published record is known by its place in its
topic, so one that was delivered or decided on twice counts once. A report is current when the index has answered for
the internal document of its newest version: not before, and not when it refuses it.
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

_KIND = {"SUPERSEDED": "superseded", "CONFLICTING": "superseded", "REPEATED": "repeated", "PURGED": "purged"}

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
        """Published records of which nothing is known: 0 once everything is worked off."""
        return self.published - self.current - self.superseded - self.repeated - self.rejected - self.purged


@dataclass(frozen=True, slots=True)
class Accounting:
    """The account of every agency, and of all together."""

    agencies: Mapping[str, Account]
    incidents: int
    views_refused: int
    """Records of several reports that release or the index refused, views of all audiences."""

    @property
    def total(self) -> Account:
        """The sum over all agencies."""
        rows = self.agencies.values()
        return Account(**{field.name: sum(getattr(row, field.name) for row in rows) for field in fields(Account)})

    def as_json(self) -> dict[str, Any]:
        """Give the accounting for `--json`."""
        return {
            "total": {**asdict(self.total), "difference": self.total.difference},
            "incidents": self.incidents,
            "views_refused": self.views_refused,
            "agencies": {name: asdict(row) for name, row in sorted(self.agencies.items())},
        }


class Newest(NamedTuple):
    """The newest record of a key: where it stands, and the reports that it speaks of; none for a stub."""

    place: Place
    reports: tuple[Report, ...]


class Refused(NamedTuple):
    """A rejected record: where it stood, and the published report behind it, if it was of one alone."""

    place: Place
    source: Place | None


@dataclass(frozen=True, slots=True)
class Found:
    """What the topics hold: `views` are the internal ones, `answered` is how far the index has come in a partition."""

    published: Mapping[str, int]
    incidents: Iterable[Newest]
    views: Iterable[Newest]
    answered: Mapping[tuple[str, int], int]
    decisions: Iterable[tuple[str, str]]
    """Agency, and what the decision says of one of its published records."""
    rejected: Iterable[Refused]


def tally(found: Found) -> Accounting:
    """Count what became of everything."""
    fates: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for agency, kind in found.decisions:
        fates[agency][kind] += 1
    several = {one.place for one in found.rejected if one.source is None}
    for agency in {one.source: agency_of(one.source[0]) for one in found.rejected if one.source is not None}.values():
        fates[agency]["rejected"] += 1
    shown: set[Report] = set()
    refused = {report for one in found.incidents if one.place in several for report in one.reports}
    living = 0
    for one in found.views:
        topic, partition, offset = one.place
        if one.place in several:
            refused.update(one.reports)
        elif one.reports and offset < found.answered.get((topic, partition), 0):
            living += 1
            shown.update(one.reports)
    for name, version in (report for one in found.incidents for report in one.reports):
        if (name, version) in refused:
            fates[name.partition(":")[0]]["rejected"] += 1
        elif (name, version) in shown:
            fates[name.partition(":")[0]]["current"] += 1
    rows = {agency: Account(published=count, **fates[agency]) for agency, count in found.published.items()}
    return Accounting(rows, living, len(several))


async def _newest(bootstrap: str, partitions: Iterable[tuple[str, int]]) -> AsyncIterator[tuple[Place, bytes, bytes]]:
    """Give the newest record of each key of these partitions: its place, key and value."""
    newest: dict[bytes, tuple[Place, bytes]] = {}
    async for records, _ in read_back(bootstrap, dict.fromkeys(partitions, 0)):
        for one in records:
            newest[one.key or b""] = (one.topic, one.partition, one.offset), one.value or b""
    for key, (place, value) in newest.items():
        yield place, key, value


def _members(value: bytes) -> Iterator[Report]:
    for member in incident_record.trusted(value)["members"]:
        yield member["report_id"], member["version"]


def _shown(value: bytes) -> Iterator[Report]:
    view = codec.decode_trusted("released_incident", value)
    for one in orjson.loads(view["document"])["reports"] if view["state"] not in TOMBSTONE_STATES else ():
        yield one["report_id"], one["version"]


async def account(bootstrap: str, generation: int) -> Accounting:
    """Count everything; reads the whole of `incidents`, of the internal views, of decisions and rejections.

    Raises: Transient.
    """
    sources = await topic_partitions(bootstrap, lambda topic: bool(agency_of(topic)))
    published: Counter[str] = Counter()
    for (topic, _), end in (await end_offsets(bootstrap, sources)).items():
        published[agency_of(topic)] += end

    async def of(topic: str) -> list[tuple[Place, bytes, bytes]]:
        return [one async for one in _newest(bootstrap, await topic_partitions(bootstrap, topic.__eq__))]

    incidents = [Newest(place, tuple(_members(value))) for place, _, value in await of(INCIDENTS.at(generation))]
    released = RELEASED_INCIDENTS.at(generation), partition_for(INTERNAL, RELEASED_INCIDENTS)
    mine = f"{INTERNAL}/".encode()
    views = [
        Newest(place, tuple(_shown(value)))
        async for place, key, value in _newest(bootstrap, [released])
        if key.startswith(mine)
    ]
    decided = (codec.decode_trusted("decision", value) for _, _, value in await of(DECISIONS.at(generation)))
    decisions = [(one["agency_id"], _KIND[one["kind"]]) for one in decided if one["kind"] in _KIND]
    refused = (codec.decode_trusted("rejected_report", value) for _, _, value in await of(REJECTED_REPORTS.name))
    rejected = [Refused(_place(one), one["source"] and _place(one["source"])) for one in refused]
    answered = {released: await committed(bootstrap, consumer_group("index", generation), released)}
    return tally(Found(published, incidents, views, answered, decisions, rejected))


def _place(one: Mapping[str, Any]) -> Place:
    return one["topic"], one["partition"], one["offset"]
