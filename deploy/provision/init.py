"""Make what the stages expect to find: topics, schemas, index templates and aliases, the bundled agencies.

Workers need topics; schemas are for other readers and writers, and are registered by `init`, `up` and `demo` alone.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from deploy.provision import schema_registry
from deploy.provision.dissemination_key import DisseminationKey, make_key
from deploy.provision.retries import patiently
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
from sinks.index.elastic import asked_once
from sinks.index.names import IndexName, agree

WRITE_S = 10.0
TIMESTAMPS = "message.timestamp.type"

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Made:
    """What `init` found or made."""

    topics: int
    subjects: int
    agencies: int
    key: DisseminationKey

    def as_json(self) -> dict[str, Any]:
        """Return it for `--json`."""
        return {"topics": self.topics, "subjects": self.subjects, "agencies": self.agencies, **self.key.as_json()}

    def lines(self) -> list[str]:
        """Return what the command prints."""
        counts = {"topics": self.topics, "subjects": self.subjects, "agencies": self.agencies}
        return [*(f"{name:<9} {count}" for name, count in counts.items()), self.key.line()]


def _as_asked(topic: Topic) -> tuple[int, dict[str, str]]:
    return topic.partitions, topic.settings()


def _agree_on_topics(names: set[str], generation: int) -> None:
    """Refuse a generation of which there is no topic where there are some of another. Raises: Configuration."""
    first = INCIDENTS.at(1)
    others = sorted(name for name in names if name == first or name.startswith(f"{first}.g"))
    if others and INCIDENTS.at(generation) not in names:
        raise Configuration(
            f"the topics here are of another generation ({', '.join(others)}), and INTERAGENCY_GENERATION is "
            f"{generation}: nothing can be rebuilt into another one yet"
        )


def make_topics(services: Endpoints, generation: int) -> set[str]:
    """Make every topic that is missing, one for each bundled agency included; gives the names of all topics."""
    shared = {t.at(generation): _as_asked(t) for t in TOPICS.values() if not t.per_agency}
    with Admin(services.kafka) as admin:
        _agree_on_topics(admin.topic_names(), generation)
        agencies = {*BUNDLED, *filter(None, map(agency_of, admin.topic_names()))}
        own = {reports_topic(agency): _as_asked(INCIDENT_REPORTS) for agency in agencies}
        told = {notices_topic(agency): _as_asked(NOTICES) for agency in agencies}
        made = admin.create_topics(shared | own | told)
        # A home of an earlier release has topics on which the sender's clock counts, and that are compacted otherwise.
        clocks = {name: {TIMESTAMPS: INCIDENT_REPORTS.settings()[TIMESTAMPS]} for name in own}
        compacted = {one.at(generation): one.settings() for one in TOPICS.values() if one.cleanup == "compact"}
        admin.change_topics({name: to for name, to in (clocks | compacted).items() if name not in made})
        sending = Producer(services.kafka, WRITE_S)
        try:
            rows = Registry(admin, sending, WRITE_S)
            for row in BUNDLED.values():
                rows.ensure(row["agency_id"], row["code_system"], may_add=False)
        finally:
            sending.close(WRITE_S)
        return admin.topic_names()


def make_subjects(services: Endpoints, generation: int, topics: set[str]) -> int:
    """Register the schemas under `<topic>-value` of every topic, with FULL_TRANSITIVE compatibility."""
    shared = [(f"{t.at(generation)}-value", t.schema) for t in TOPICS.values() if not t.per_agency]
    own = [(f"{topic}-value", INCIDENT_REPORTS.schema) for topic in sorted(topics) if agency_of(topic)]
    told = [
        (f"{notices_topic(agency)}-value", NOTICES.schema) for agency in sorted(filter(None, map(agency_of, topics)))
    ]
    # The order of the released ids begins with the reports.
    return schema_registry.register(services.registry, own + shared + told)


def agree_on(services: Endpoints, generation: int) -> None:
    """Refuse another generation than the one that is read. Raises: Configuration, Transient."""
    agree(asked_once(services.elasticsearch, lambda index: index.indices(INTERNAL)), generation)


def make_indices(services: Endpoints, generation: int) -> None:
    """Put the index template, and the internal audience's index, so that searching works before the first report."""
    asked_once(services.elasticsearch, lambda index: index.ensure(IndexName(INTERNAL, generation)))


def prepare(settings: Settings, services: Endpoints, indices: bool = True) -> set[str]:
    """Make what workers need, without a registry: topics, and the first index; returns the names of all topics.

    An Elasticsearch that does not answer is left to the sink, which makes what it writes to. Raises: Transient when
    Kafka does not answer for long, Configuration.
    """
    if indices:
        with suppress(Transient):
            agree_on(services, settings.generation)
    topics = patiently("kafka", partial(make_topics, services, settings.generation))
    if indices:
        try:
            make_indices(services, settings.generation)
        except Transient as exc:
            log.warning("service_trouble", service="elasticsearch", error=str(exc), attempt=1)
    return topics


def init(settings: Settings, services: Endpoints, gives_key: bool = False) -> Made:
    """Make everything; safe to repeat, and patient with a service that is slow or restarts.

    `gives_key`: the caller shows the dissemination key, once, to whom it is for.

    Raises: Transient, Configuration.
    """
    generation = settings.generation
    patiently("elasticsearch", partial(agree_on, services, generation))
    topics = prepare(settings, services, indices=False)
    with ThreadPoolExecutor(2) as pool:
        subjects = pool.submit(make_subjects, services, generation, topics)
        indices = pool.submit(patiently, "elasticsearch", partial(make_indices, services, generation))
        indices.result()
        key = patiently("kafka", partial(make_key, settings, services, gives_key))
        return Made(len(topics), subjects.result(), sum(bool(agency_of(topic)) for topic in topics), key)
