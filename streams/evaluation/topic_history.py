"""Read the retained history from its topics, to match it again outside of the stream."""

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


async def adjudications(bootstrap: str) -> Adjudications:
    """Return the newest adjudication of each pair. Raises: Transient."""
    newest = Adjudications()
    async for record in _records(bootstrap, ADJUDICATIONS.name):
        adjudication = codec.decode("adjudication", record.value)
        if not isinstance(adjudication, Rejected):
            newest.apply(adjudication)  # type: ignore[arg-type]
    return newest


async def report_orders(bootstrap: str) -> ReportOrderRegister:
    """Return the orders on single reports. Raises: Transient."""
    register = ReportOrderRegister()
    async for record in _records(bootstrap, PURGES.name):
        register.apply_record(record.key, record.value, record.offset)
    return register


async def current_reports(bootstrap: str, generation: int) -> list[Profile]:
    """Return the current reports. Raises: Transient; Configuration where the topic is of another generation."""
    members: dict[str, list[Profile]] = {}
    async for record in _generation_records(bootstrap, INCIDENTS, generation):
        incident = incident_record.trusted(record.value or b"")
        members[incident["incident_id"]] = [
            profile(codec.decode_trusted("enriched_report", member["enriched"])) for member in incident["members"]
        ]
    return [report for reports in members.values() for report in reports]


async def report_versions(bootstrap: str, generation: int) -> tuple[list[ReportVersion], dict[str, str]]:
    """Return every retained version of every report, and report -> language (BCP 47).

    Raises: Transient; Configuration where the topic is of another generation.
    """
    erased = (await report_orders(bootstrap)).purged
    retained: list[ReportVersion] = []
    languages: dict[str, str] = {}
    async for record in _generation_records(bootstrap, ENRICHED_REPORTS, generation):
        enriched = codec.decode("enriched_report", record.value)
        if isinstance(enriched, Rejected) or enriched["report_id"] in erased:
            continue
        compared = profile(enriched)
        retained.append(ReportVersion(enriched["version"], enriched["enrichment"]["updated_at"], compared))
        languages[compared.report_id] = compared.language
    return retained, languages


async def open_decisions(bootstrap: str, generation: int) -> list[ExplainedDecision]:
    """Return the decisions on the current reports that need a person's review, highest total weight first.

    Raises: Transient; Configuration where the topic is of another generation.
    """
    return undecided_pairs(await current_reports(bootstrap, generation), await adjudications(bootstrap))
