"""What commands read of the past from the topics: reports as they stand, every version, persons' words, the log."""

import asyncio
from collections.abc import Mapping

from deploy import orders
from deploy.lookup import Lookups, lookups
from deploy.saying import asking
from producers.registry import load
from schemas.agreements import Agreement
from schemas.audited import Dissemination, Exposure, Notice
from schemas.records import AgencyRow
from schemas.settings import Settings, endpoints
from schemas.topics import LOOKUP_ANSWERS, LOOKUP_REQUESTS
from streams import recall
from streams.dedupe.profiles import Profile
from streams.dedupe.words import Words
from streams.history import Version


def standing() -> tuple[list[Profile], Words]:
    """Read the reports as they stand and the newest word on each pair. Raises: Transient."""
    settings = Settings()
    kafka = endpoints(settings).kafka
    return asyncio.run(recall.standing(kafka, settings.generation)), asyncio.run(recall.words(kafka))


def versions() -> tuple[list[Version], dict[str, str]]:
    """Read every version of every report that is kept, and report -> language. Raises: Transient."""
    settings = Settings()
    return asyncio.run(recall.versions(endpoints(settings).kafka, settings.generation))


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
    """Read what an agency was told, each notice once, oldest first. Raises: Transient."""
    return asyncio.run(recall.noticed(endpoints(Settings()).kafka, agency_id))


def disclosed() -> list[Dissemination]:
    """Read the dissemination log, oldest line first. Raises: Transient."""
    return asyncio.run(recall.disclosed(endpoints(Settings()).kafka))
