"""Reading back what was published and decided, whole, to decide on it again outside of the stream."""

from collections.abc import AsyncIterator

from schemas.agreements.report_orders import ReportOrderRegister
from schemas.errors import Configuration, Rejected
from schemas.records import codec
from schemas.records.incident import ExplainedDecision
from schemas.records.kafka_record import Record
from schemas.runtime.kafka import READ_BACK_TIMEOUT_S
from schemas.runtime.topic_client import TopicClient
from schemas.topics import ADJUDICATIONS, ENRICHED_REPORTS, INCIDENTS, PURGES, Topic
from streams.dedupe.adjudications import Adjudications
from streams.dedupe.profile import Profile, profile
from streams.evaluation.rematch import ReportVersion, undecided_pairs
from streams.incidents import incident_record


def _records(bootstrap: str, topic: str) -> AsyncIterator[Record]:
    """Yield every record of a topic. Raises: Transient."""
    return TopicClient(bootstrap, READ_BACK_TIMEOUT_S).records(topic)


async def _generation_records(bootstrap: str, topic: Topic, generation: int) -> AsyncIterator[Record]:
    """Yield every record of a topic of a generation. Raises: Transient; Configuration where there is no such topic."""
    name = topic.at(generation)
    if name not in await TopicClient(bootstrap, READ_BACK_TIMEOUT_S).names():
        remedy = "make it with `interagency init`, or set INTERAGENCY_GENERATION to that of this home"
        raise Configuration(f"there is no topic {name}: {remedy}")
    async for record in _records(bootstrap, name):
        yield record


async def words(bootstrap: str) -> Adjudications:
    """Read the newest word of persons on each pair. Raises: Transient."""
    found = Adjudications()
    async for record in _records(bootstrap, ADJUDICATIONS.name):
        told = codec.decode("adjudication", record.value)
        if not isinstance(told, Rejected):
            found.apply(told)  # type: ignore[arg-type]
    return found


async def orders(bootstrap: str) -> ReportOrderRegister:
    """Read what is ordered of single reports. Raises: Transient."""
    found = ReportOrderRegister()
    async for record in _records(bootstrap, PURGES.name):
        found.apply_record(record.key, record.value, record.offset)
    return found


async def standing(bootstrap: str, generation: int) -> list[Profile]:
    """Return the current reports. Raises: Transient; Configuration where the topic is of another generation."""
    found: dict[str, list[Profile]] = {}
    async for record in _generation_records(bootstrap, INCIDENTS, generation):
        incident = incident_record.trusted(record.value or b"")
        found[incident["incident_id"]] = [
            profile(codec.decode_trusted("enriched_report", member["enriched"])) for member in incident["members"]
        ]
    return [one for reports in found.values() for one in reports]


async def versions(bootstrap: str, generation: int) -> tuple[list[ReportVersion], dict[str, str]]:
    """Return every version of every report that is kept, and report -> language.

    Raises: Transient; Configuration where the topic is of another generation.
    """
    erased = (await orders(bootstrap)).purged
    found: list[ReportVersion] = []
    languages: dict[str, str] = {}
    async for record in _generation_records(bootstrap, ENRICHED_REPORTS, generation):
        enriched = codec.decode("enriched_report", record.value)
        if isinstance(enriched, Rejected) or enriched["report_id"] in erased:
            continue
        one = profile(enriched)
        found.append(ReportVersion(enriched["version"], enriched["enrichment"]["updated_at"], one))
        languages[one.report_id] = one.language
    return found, languages


async def open_decisions(bootstrap: str, generation: int) -> list[ExplainedDecision]:
    """Return the decisions on the current reports that wait for a person, of the highest sums first.

    Raises: Transient; Configuration where the topic is of another generation.
    """
    return undecided_pairs(await standing(bootstrap, generation), await words(bootstrap))
