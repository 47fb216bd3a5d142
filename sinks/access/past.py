"""What commands read of the past from the topics: reports as they stand, every version, persons' words, the log."""

import asyncio
from collections.abc import Mapping

from producers.delivery.agency_registry import load_rows
from schemas.agreements import Agreement
from schemas.errors import Configuration, Rejected
from schemas.records.agency import AgencyRow
from schemas.records.audit import Anchor, Dissemination, Exposure, Notice
from schemas.runtime.settings import Settings, endpoints
from schemas.topics import ENRICHED_REPORTS, INCIDENTS, INQUIRY_REQUESTS, INQUIRY_RESPONSES, Topic
from sinks.access import orders
from sinks.access.dissemination_log import anchor
from sinks.access.order_writer import asking
from sinks.partnership.inquiries import Inquiries, decode_inquiries
from streams.dedupe.adjudications import Words
from streams.dedupe.profile import Profile
from streams.evaluation import topic_history
from streams.evaluation.rematch import Version


def _of(topic: Topic) -> tuple[str, int]:
    """Return Kafka's address and the generation. Raises: Configuration where the topic is not of this generation."""
    settings = Settings()
    with asking() as admin:
        name = topic.at(settings.generation)
        if name not in admin.topic_names():
            made = "make it with `interagency init`, or set INTERAGENCY_GENERATION to that of this home"
            raise Configuration(f"there is no topic {name}: {made}")
    return endpoints(settings).kafka, settings.generation


def standing() -> tuple[list[Profile], Words]:
    """Read the reports as they stand and the newest word on each pair. Raises: Transient, Configuration."""
    kafka, generation = _of(INCIDENTS)
    return asyncio.run(topic_history.standing(kafka, generation)), asyncio.run(topic_history.words(kafka))


def versions() -> tuple[list[Version], dict[str, str]]:
    """Read every version of every report that is kept, and report -> language. Raises: Transient, Configuration."""
    return asyncio.run(topic_history.versions(*_of(ENRICHED_REPORTS)))


def countries() -> dict[str, str]:
    """Read the country of every agency. Raises: Transient, Configuration."""
    with asking() as admin:
        return {agency: row["country"] for agency, row in load_rows(admin).items()}


def looked_up() -> tuple[Inquiries, Mapping[str, Agreement], Mapping[str, AgencyRow]]:
    """Read look-ups, agreements and the registry as they stand. Raises: Transient, Configuration."""
    with asking() as admin:
        asked, told = (admin.read_compacted(one.name).values() for one in (INQUIRY_REQUESTS, INQUIRY_RESPONSES))
        return decode_inquiries(asked, told), orders.standing(orders.read(admin)).agreements, load_rows(admin)


def exposed() -> list[Exposure]:
    """Read what each writing of an agreement's view showed. Raises: Transient."""
    return asyncio.run(topic_history.exposed(endpoints(Settings()).kafka))


def noticed(agency_id: str) -> list[Notice]:
    """Read what an agency was told and what still holds, each once, oldest first. Raises: Transient."""
    return asyncio.run(topic_history.noticed(endpoints(Settings()).kafka, agency_id))


def disclosed() -> list[Dissemination]:
    """Read the dissemination log, oldest line first. Raises: Transient."""
    return asyncio.run(topic_history.disclosed(endpoints(Settings()).kafka))


def disclosed_records() -> list[Dissemination | Rejected]:
    """Read the dissemination log with what is no line of it, oldest first. Raises: Transient."""
    return asyncio.run(topic_history.disclosed_records(endpoints(Settings()).kafka))


def anchored() -> list[Anchor]:
    """Read the anchors of the dissemination log, oldest first. Raises: Transient."""
    return asyncio.run(topic_history.anchored(endpoints(Settings()).kafka))


def newest_anchor() -> Anchor | None:
    """Return what identifies the last line of the dissemination log; None where it is empty. Raises: Transient."""
    last = asyncio.run(topic_history.last_disclosed(endpoints(Settings()).kafka))
    return anchor(last) if last else None
