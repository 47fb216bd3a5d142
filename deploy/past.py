"""What commands read of the past from the topics: reports as they stand, every version, persons' words, the log."""

import asyncio
from collections.abc import Mapping

from deploy import orders
from deploy.lookup import Lookups, lookups
from deploy.saying import asking
from producers.registry import load
from schemas.agreements import Agreement
from schemas.audited import Anchor, Dissemination, Exposure, Notice
from schemas.errors import Configuration, Rejected
from schemas.records import AgencyRow
from schemas.settings import Settings, endpoints
from schemas.topics import ENRICHED_REPORTS, INCIDENTS, LOOKUP_ANSWERS, LOOKUP_REQUESTS, Topic
from sinks.dissemination import anchor
from streams import recall
from streams.dedupe.profiles import Profile
from streams.dedupe.words import Words
from streams.history import Version


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
    return asyncio.run(recall.standing(kafka, generation)), asyncio.run(recall.words(kafka))


def versions() -> tuple[list[Version], dict[str, str]]:
    """Read every version of every report that is kept, and report -> language. Raises: Transient, Configuration."""
    return asyncio.run(recall.versions(*_of(ENRICHED_REPORTS)))


def countries() -> dict[str, str]:
    """Read the country of every agency. Raises: Transient, Configuration."""
    with asking() as admin:
        return {agency: row["country"] for agency, row in load(admin).items()}


def looked_up() -> tuple[Lookups, Mapping[str, Agreement], Mapping[str, AgencyRow]]:
    """Read look-ups, agreements and the registry as they stand. Raises: Transient, Configuration."""
    with asking() as admin:
        asked, told = (admin.read_compacted(one.name).values() for one in (LOOKUP_REQUESTS, LOOKUP_ANSWERS))
        return lookups(asked, told), orders.standing(orders.read(admin)).agreements, load(admin)


def exposed() -> list[Exposure]:
    """Read what each writing of an agreement's view showed. Raises: Transient."""
    return asyncio.run(recall.exposed(endpoints(Settings()).kafka))


def noticed(agency_id: str) -> list[Notice]:
    """Read what an agency was told and what still holds, each once, oldest first. Raises: Transient."""
    return asyncio.run(recall.noticed(endpoints(Settings()).kafka, agency_id))


def disclosed() -> list[Dissemination]:
    """Read the dissemination log, oldest line first. Raises: Transient."""
    return asyncio.run(recall.disclosed(endpoints(Settings()).kafka))


def disclosed_records() -> list[Dissemination | Rejected]:
    """Read the dissemination log with what is no line of it, oldest first. Raises: Transient."""
    return asyncio.run(recall.disclosed_records(endpoints(Settings()).kafka))


def anchored() -> list[Anchor]:
    """Read the anchors of the dissemination log, oldest first. Raises: Transient."""
    return asyncio.run(recall.anchored(endpoints(Settings()).kafka))


def newest_anchor() -> Anchor | None:
    """Return what identifies the last line of the dissemination log; None where it is empty. Raises: Transient."""
    last = asyncio.run(recall.last_disclosed(endpoints(Settings()).kafka))
    return anchor(last) if last else None
