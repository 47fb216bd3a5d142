"""The records of who could see what and who was shown what, read from their topics."""

from typing import cast

from schemas.errors import Rejected
from schemas.records import codec
from schemas.records.audit import Anchor, Dissemination, Exposure, Notice
from schemas.topics import DISSEMINATION, DISSEMINATION_ANCHORS, EXPOSURES, notices_topic
from sinks.access.dissemination_log import anchor
from sinks.access.ports import Topics


async def exposures(topics: Topics) -> list[Exposure]:
    """Return what each writing of an agreement's view showed, as it was written. Raises: Transient."""
    records = topics.records(EXPOSURES.name)
    return [cast(Exposure, codec.decode_trusted("exposure", record.value or b"")) async for record in records]


async def notices(topics: Topics, agency_id: str) -> list[Notice]:
    """Return the notices to an agency that still hold, each once, oldest first. Raises: Transient."""
    current: dict[str, Notice] = {}
    async for record in topics.records(notices_topic(agency_id)):
        notice = cast(Notice, codec.decode_trusted("notice", record.value or b""))
        if notice["kind"] == "WITHDRAWN":
            current.pop(notice["notice_id"], None)
        else:
            current.setdefault(notice["notice_id"], notice)
    return list(current.values())


async def dissemination_records(topics: Topics) -> list[Dissemination | Rejected]:
    """Return the dissemination log with the records that are no line of it, oldest first. Raises: Transient."""
    records = topics.records(DISSEMINATION.name)
    return [cast(Dissemination | Rejected, codec.decode("dissemination", record.value)) async for record in records]


async def dissemination_lines(topics: Topics) -> list[Dissemination]:
    """Return the lines of the dissemination log, oldest first. Raises: Transient."""
    return [line for line in await dissemination_records(topics) if not isinstance(line, Rejected)]


async def anchors(topics: Topics) -> list[Anchor]:
    """Return the anchors of the dissemination log, oldest first. Raises: Transient."""
    records = topics.records(DISSEMINATION_ANCHORS.name)
    return [cast(Anchor, codec.decode_trusted("dissemination_anchor", record.value or b"")) async for record in records]


async def newest_anchor(topics: Topics) -> Anchor | None:
    """Return what identifies the last line of the dissemination log; None where it ends with no line.

    Raises: Transient.
    """
    last = await topics.last(DISSEMINATION.name)
    line = codec.decode("dissemination", last.value) if last else None
    return None if line is None or isinstance(line, Rejected) else anchor(cast(Dissemination, line))
