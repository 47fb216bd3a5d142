"""Create what the stages need: topics, schemas, index templates and aliases, the bundled agencies.

Workers need topics; the registered schemas are for other readers and writers, so only `init`, `up` and `demo` register
them.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from deploy.provision import schema_registry
from deploy.provision.dissemination_key import DisseminationKey, create_key
from deploy.provision.ports import RunAsync
from deploy.provision.retries import retry_transient
from producers.delivery.agency_registry import Registry
from producers.delivery.kafka import Admin, Producer
from schemas.agencies import BUNDLED
from schemas.errors import Configuration, Transient
from schemas.identity import INTERNAL
from schemas.runtime.settings import Endpoints, Settings
from schemas.runtime.telemetry import logger
from schemas.topics import (
    INCIDENT_REPORTS,
    INCIDENTS,
    NOTICES,
    TOPICS,
    Topic,
    agency_of,
    notices_topic,
    reports_topic,
)
from sinks.index.elastic import query_once
from sinks.index.names import IndexName, require_generation

WRITE_TIMEOUT_S = 10.0
TIMESTAMPS = "message.timestamp.type"

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class InitResult:
    """The numbers of topics, schema subjects and agencies, and the dissemination key."""

    topics: int
    subjects: int
    agencies: int
    key: DisseminationKey

    def as_json(self) -> dict[str, Any]:
        """Return it as `--json` prints it."""
        return {"topics": self.topics, "subjects": self.subjects, "agencies": self.agencies, **self.key.as_json()}

    def lines(self) -> list[str]:
        """Return what the command prints."""
        counts = {"topics": self.topics, "subjects": self.subjects, "agencies": self.agencies}
        return [*(f"{name:<9} {count}" for name, count in counts.items()), self.key.line()]


def _topic_spec(topic: Topic) -> tuple[int, dict[str, str]]:
    return topic.partitions, topic.settings()


def _check_topic_generation(names: set[str], generation: int) -> None:
    """Refuse a generation without topics where another one has topics. Raises: Configuration."""
    first = INCIDENTS.at(1)
    others = sorted(name for name in names if name == first or name.startswith(f"{first}.g"))
    if others and INCIDENTS.at(generation) not in names:
        raise Configuration(
            f"the topics here are of another generation ({', '.join(others)}), and INTERAGENCY_GENERATION is "
            f"{generation}: rebuilding into another generation is not supported yet"
        )


def create_topics(services: Endpoints, generation: int) -> set[str]:
    """Create the missing topics, with those of each bundled agency; return the names of all topics.

    Raises: Configuration when the topics are of another generation; Transient; Denied.
    """
    shared = {t.at(generation): _topic_spec(t) for t in TOPICS.values() if not t.per_agency}
    with Admin(services.kafka) as admin:
        _check_topic_generation(admin.topic_names(), generation)
        agencies = {*BUNDLED, *filter(None, map(agency_of, admin.topic_names()))}
        own = {reports_topic(agency): _topic_spec(INCIDENT_REPORTS) for agency in agencies}
        notices = {notices_topic(agency): _topic_spec(NOTICES) for agency in agencies}
        created = admin.create_topics(shared | own | notices)
        # Topics of an earlier release have the sender's timestamps, and other compaction settings.
        clocks = {name: {TIMESTAMPS: INCIDENT_REPORTS.settings()[TIMESTAMPS]} for name in own}
        compacted = {topic.at(generation): topic.settings() for topic in TOPICS.values() if topic.cleanup == "compact"}
        admin.change_topics({name: to for name, to in (clocks | compacted).items() if name not in created})
        producer = Producer(services.kafka, WRITE_TIMEOUT_S)
        try:
            registry = Registry(admin, producer, WRITE_TIMEOUT_S)
            for row in BUNDLED.values():
                registry.ensure(row["agency_id"], row["code_system"], may_add=False)
        finally:
            producer.close(WRITE_TIMEOUT_S)
        return admin.topic_names()


def register_subjects(services: Endpoints, generation: int, topics: set[str]) -> int:
    """Register every topic's schema as `<topic>-value`; return the count. Raises: Configuration, Transient."""
    shared = [(f"{t.at(generation)}-value", t.schema) for t in TOPICS.values() if not t.per_agency]
    own = [(f"{topic}-value", INCIDENT_REPORTS.schema) for topic in sorted(topics) if agency_of(topic)]
    notices = [
        (f"{notices_topic(agency)}-value", NOTICES.schema) for agency in sorted(filter(None, map(agency_of, topics)))
    ]
    # Reports first: the released schema ids begin with theirs.
    return schema_registry.register(services.registry, own + shared + notices)


async def check_generation(services: Endpoints, generation: int) -> None:
    """Refuse another generation than that of the indices. Raises: Configuration, Transient."""
    require_generation(await query_once(services.elasticsearch, lambda index: index.indices(INTERNAL)), generation)


async def create_index(services: Endpoints, generation: int) -> None:
    """Create the index template and the internal index, so that search works at once. Raises: Transient."""
    await query_once(services.elasticsearch, lambda index: index.ensure(IndexName(INTERNAL, generation)))


def prepare(settings: Settings, services: Endpoints, run_async: RunAsync, indices: bool = True) -> set[str]:
    """Create what workers need, without the schema registry: topics, and the first index; return all topic names.

    If Elasticsearch does not answer, the sink creates what it writes to.

    Raises: Configuration; Transient when Kafka does not answer within the retries.
    """
    if indices:
        with suppress(Transient):
            run_async(check_generation(services, settings.generation))
    topics = retry_transient("kafka", partial(create_topics, services, settings.generation))
    if indices:
        try:
            run_async(create_index(services, settings.generation))
        except Transient as exc:
            log.warning("service_trouble", service="elasticsearch", error=str(exc), attempt=1)
    return topics


def init(settings: Settings, services: Endpoints, run_async: RunAsync, gives_key: bool = False) -> InitResult:
    """Create everything; safe to repeat, with retries for a service that is slow or restarts.

    With `gives_key`, the caller shows the new dissemination key, once, to its holder.

    Raises: Transient, Configuration.
    """
    generation = settings.generation
    retry_transient("elasticsearch", lambda: run_async(check_generation(services, generation)))
    topics = prepare(settings, services, run_async, indices=False)
    with ThreadPoolExecutor(2) as pool:
        subjects = pool.submit(register_subjects, services, generation, topics)
        indices = pool.submit(retry_transient, "elasticsearch", lambda: run_async(create_index(services, generation)))
        indices.result()
        key = retry_transient("kafka", lambda: run_async(create_key(settings, services, gives_key)))
        return InitResult(len(topics), subjects.result(), sum(bool(agency_of(topic)) for topic in topics), key)
