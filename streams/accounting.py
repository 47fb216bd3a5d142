"""The accounting: what became of every published report, per agency, counted from the topics alone.

published = current + superseded + repeated + rejected + purged. Each published record is known by its place in its
topic, so one that was delivered or decided on twice counts once.
"""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from schemas import wire
from schemas.topics import DECISIONS, INCIDENTS, REJECTED_REPORTS, agency_of
from streams.dedupe.cluster import clusters
from streams.readback import end_offsets, read_back, topic_partitions

_KIND = {"SUPERSEDED": "superseded", "CONFLICTING": "superseded", "REPEATED": "repeated", "PURGED": "purged"}


@dataclass(frozen=True, slots=True)
class Account:
    """What became of an agency's published records; `incidents` and `views_refused` stand beside the sum."""

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
    """Released views that the index refused; their reports are among `current`."""

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


async def _newest(bootstrap: str, topic: str, schema: str) -> AsyncIterator[dict[str, Any]]:
    """Give the newest record of each key of a topic."""
    partitions = await topic_partitions(bootstrap, topic.__eq__)
    newest: dict[bytes, bytes] = {}
    async for records, _ in read_back(bootstrap, dict.fromkeys(partitions, 0)):
        newest.update({record.key or b"": record.value or b"" for record in records})
    for value in newest.values():
        yield wire.trusted(schema, value)


async def account(bootstrap: str, generation: int) -> Accounting:
    """Count everything; reads the whole of `incidents`, `decisions` and `rejected-reports`. Raises: Transient."""
    sources = await topic_partitions(bootstrap, lambda topic: bool(agency_of(topic)))
    published: Counter[str] = Counter()
    for (topic, _), end in (await end_offsets(bootstrap, sources)).items():
        published[agency_of(topic)] += end
    fates: dict[str, Counter[str]] = {agency: Counter() for agency in published}
    incidents = views_refused = 0
    async for incident in _newest(bootstrap, INCIDENTS.at(generation), "incident"):
        incidents += len(clusters((member["report_id"] for member in incident["members"]), incident["decisions"]))
        for member in incident["members"]:
            fates[member["agency_id"]]["current"] += 1
    async for decision in _newest(bootstrap, DECISIONS.at(generation), "decision"):
        if decision["kind"] in _KIND:
            fates[decision["agency_id"]][_KIND[decision["kind"]]] += 1
    rejected: dict[tuple[Any, ...], str] = {}
    async for record in _newest(bootstrap, REJECTED_REPORTS.name, "rejected_report"):
        source = record["source"]
        if source is None:
            views_refused += 1
        else:
            rejected[(source["topic"], source["partition"], source["offset"])] = agency_of(source["topic"])
    for agency in rejected.values():
        fates[agency]["rejected"] += 1
    rows = {agency: Account(published=published[agency], **fates[agency]) for agency in published}
    return Accounting(rows, incidents, views_refused)
