"""Reading back what was published and decided, whole, to decide on it again outside of the stream."""

from collections.abc import AsyncIterator
from typing import cast

from schemas.agreements.report_orders import ReportOrders
from schemas.errors import Rejected
from schemas.records import codec
from schemas.records.audit import Anchor, Dissemination, Exposure, Notice
from schemas.records.kafka_record import Record
from schemas.runtime.kafka import end_offsets, read_back, topic_partitions
from schemas.topics import (
    ADJUDICATIONS,
    DISSEMINATION,
    DISSEMINATION_ANCHORS,
    ENRICHED_REPORTS,
    EXPOSURES,
    INCIDENTS,
    PURGES,
    notices_topic,
)
from streams.dedupe.adjudications import Words
from streams.dedupe.profile import Profile, profile
from streams.evaluation.rematch import Version
from streams.incidents import incident_record


async def _records(bootstrap: str, topic: str) -> AsyncIterator[Record]:
    """Give every record of a topic."""
    partitions = await topic_partitions(bootstrap, topic.__eq__)
    async for records, _ in read_back(bootstrap, dict.fromkeys(partitions, 0)):
        for record in records:
            yield record


async def words(bootstrap: str) -> Words:
    """Read the newest word of persons on each pair. Raises: Transient."""
    found = Words()
    async for record in _records(bootstrap, ADJUDICATIONS.name):
        told = codec.decode("adjudication", record.value)
        if not isinstance(told, Rejected):
            found.learn(told)  # type: ignore[arg-type]
    return found


async def orders(bootstrap: str) -> ReportOrders:
    """Read what is ordered of single reports. Raises: Transient."""
    found = ReportOrders()
    async for record in _records(bootstrap, PURGES.name):
        found.apply_record(record.key, record.value, record.offset)
    return found


async def standing(bootstrap: str, generation: int) -> list[Profile]:
    """Read the reports as they stand. Raises: Transient."""
    found: dict[str, list[Profile]] = {}
    async for record in _records(bootstrap, INCIDENTS.at(generation)):
        incident = incident_record.trusted(record.value or b"")
        found[incident["incident_id"]] = [
            profile(codec.decode_trusted("enriched_report", member["enriched"])) for member in incident["members"]
        ]
    return [one for reports in found.values() for one in reports]


async def versions(bootstrap: str, generation: int) -> tuple[list[Version], dict[str, str]]:
    """Read every version of every report that is kept, and report -> language. Raises: Transient."""
    erased = (await orders(bootstrap)).purged
    found: list[Version] = []
    languages: dict[str, str] = {}
    async for record in _records(bootstrap, ENRICHED_REPORTS.at(generation)):
        enriched = codec.decode("enriched_report", record.value)
        if isinstance(enriched, Rejected) or enriched["report_id"] in erased:
            continue
        one = profile(enriched)
        found.append(Version(enriched["version"], enriched["enrichment"]["updated_at"], one))
        languages[one.report_id] = one.language
    return found, languages


async def exposed(bootstrap: str) -> list[Exposure]:
    """Read what each writing of an agreement's view showed, as it was written. Raises: Transient."""
    return [
        cast(Exposure, codec.decode_trusted("exposure", record.value or b""))
        async for record in _records(bootstrap, EXPOSURES.name)
    ]


async def noticed(bootstrap: str, agency_id: str) -> list[Notice]:
    """Read what an agency was told and what still holds, each notice once, oldest first. Raises: Transient."""
    found: dict[str, Notice] = {}
    async for record in _records(bootstrap, notices_topic(agency_id)):
        told = cast(Notice, codec.decode_trusted("notice", record.value or b""))
        if told["kind"] == "WITHDRAWN":
            found.pop(told["notice_id"], None)
        else:
            found.setdefault(told["notice_id"], told)
    return list(found.values())


async def disclosed(bootstrap: str) -> list[Dissemination]:
    """Read the dissemination log, oldest line first. Raises: Transient."""
    return [line for line in await disclosed_records(bootstrap) if not isinstance(line, Rejected)]


async def disclosed_records(bootstrap: str) -> list[Dissemination | Rejected]:
    """Read the dissemination log with what is no line of it, oldest first. Raises: Transient."""
    return [
        cast(Dissemination | Rejected, codec.decode("dissemination", record.value))
        async for record in _records(bootstrap, DISSEMINATION.name)
    ]


async def anchored(bootstrap: str) -> list[Anchor]:
    """Read the anchors of the dissemination log, oldest first. Raises: Transient."""
    return [
        cast(Anchor, codec.decode_trusted("dissemination_anchor", record.value or b""))
        async for record in _records(bootstrap, DISSEMINATION_ANCHORS.name)
    ]


async def last_disclosed(bootstrap: str) -> Dissemination | None:
    """Read the last line of the dissemination log; None where it is empty or ends with no line. Raises: Transient."""
    chain = DISSEMINATION.name, 0
    last: Dissemination | None = None
    ends = await end_offsets(bootstrap, [chain])
    async for records, _ in read_back(bootstrap, {chain: max(0, ends[chain] - 1)}):
        line = codec.decode("dissemination", records[-1].value)
        last = None if isinstance(line, Rejected) else cast(Dissemination, line)
    return last
