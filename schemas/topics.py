"""The registry of topics: `topics.toml` as typed values, and the names derived from them."""

import re
import tomllib
import zlib
from dataclasses import dataclass
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt, TypeAdapter

from schemas.errors import Configuration
from schemas.strict import NO_OTHER_FIELDS, matching, validated

AGENCY_ID = re.compile(r"[a-z0-9][a-z0-9_]{1,47}")
AgencyId = Annotated[str, matching(AGENCY_ID, "an agency id: 2 to 48 lower case letters, digits and _")]


@dataclass(frozen=True, slots=True)
class Topic:
    """A row of the registry: `init` creates `partitions`; `retention_days` is None for a topic kept by compaction."""

    __pydantic_config__ = NO_OTHER_FIELDS
    name: str
    schema: str
    key: str
    partitions: StrictInt
    cleanup: Literal["delete", "compact"]
    max_message_bytes: StrictInt
    rebuilt: StrictBool
    writers: tuple[str, ...]
    readers: tuple[str, ...]
    per_agency: StrictBool = False
    retention_days: StrictInt | None = None
    append_time: StrictBool = False
    """Whether the broker stamps each record with its own time of arrival (LogAppendTime)."""
    uncompacted_days: StrictInt = 0
    """Days before a record may be compacted: how long a reader may be away without missing a record."""
    compacted_hours: StrictInt = 0
    """Hours within which a superseded record is compacted once anything else is written; 0: Kafka's default."""

    def at(self, generation: int) -> str:
        """Return the topic's name in `generation`, from 1."""
        return f"{self.name}.g{generation}" if self.rebuilt and generation > 1 else self.name

    def settings(self) -> dict[str, str]:
        """Return the topic's settings by their names in Kafka's topic-level configuration."""
        retention_ms = -1 if self.retention_days is None else self.retention_days * 86_400_000
        compaction = {}
        if self.uncompacted_days:
            compaction["min.compaction.lag.ms"] = str(self.uncompacted_days * 86_400_000)
        if self.compacted_hours:
            # Kafka never compacts the active segment, so it must roll in the same time.
            compaction |= dict.fromkeys(("segment.ms", "max.compaction.lag.ms"), str(self.compacted_hours * 3_600_000))
        return compaction | {
            "cleanup.policy": self.cleanup,
            "max.message.bytes": str(self.max_message_bytes),
            "message.timestamp.type": "LogAppendTime" if self.append_time else "CreateTime",
            "retention.ms": str(retention_ms),
        }


@dataclass(frozen=True, slots=True)
class _File:
    __pydantic_config__ = NO_OTHER_FIELDS
    topics: Annotated[tuple[Topic, ...], Field(alias="topic")]


_FILE = TypeAdapter(_File)


def parse(text: str) -> dict[str, Topic]:
    """Return the topics of a registry file by name. Raises: Configuration naming the row and the field."""
    rows = validated(_FILE, tomllib.loads(text), "topics.toml").topics
    for topic in rows:
        if (topic.cleanup == "delete") != (topic.retention_days is not None):
            raise Configuration(
                f"topics.toml, topic {topic.name}: cleanup 'delete' needs retention_days, no other has it"
            )
    topics = {topic.name: topic for topic in rows}
    if len(topics) != len(rows):
        raise Configuration("topics.toml, topic: must not contain duplicates")
    return topics


TOPICS = parse(files("schemas").joinpath("topics.toml").read_text())
INCIDENT_REPORTS = TOPICS["incident-reports"]
ENRICHED_REPORTS = TOPICS["enriched-reports"]
INCIDENTS = TOPICS["incidents"]
RELEASED_INCIDENTS = TOPICS["released-incidents"]
DECISIONS = TOPICS["decisions"]
EXPOSURES = TOPICS["exposures"]
NOTICES = TOPICS["notices"]
REJECTED_REPORTS = TOPICS["rejected-reports"]
ADJUDICATIONS = TOPICS["adjudications"]
AGENCIES = TOPICS["agencies"]
AGREEMENTS = TOPICS["agreements"]
PURGES = TOPICS["purges"]
INQUIRY_REQUESTS = TOPICS["lookup-requests"]
INQUIRY_RESPONSES = TOPICS["lookup-answers"]
COUNCIL_REPORTS = TOPICS["council-reports"]
DISSEMINATION = TOPICS["dissemination"]
DISSEMINATION_ANCHORS = TOPICS["dissemination-anchors"]

REPORT_TOPIC_PATTERN = rf"^{INCIDENT_REPORTS.name}\.{AGENCY_ID.pattern}$"


def reports_topic(agency_id: str) -> str:
    """Return the name of the topic on which only `agency_id` publishes."""
    return f"{INCIDENT_REPORTS.name}.{agency_id}"


def notices_topic(agency_id: str) -> str:
    """Return the name of the topic that tells only `agency_id` which reports its own were linked to."""
    return f"{NOTICES.name}.{agency_id}"


def agency_of(topic: str) -> str:
    """Return the agency that publishes on `topic`, the only proof of who sent a report; '' for any other topic."""
    prefix = f"{INCIDENT_REPORTS.name}."
    return topic[len(prefix) :] if topic.startswith(prefix) else ""


def partition_for(key: str, topic: Topic) -> int:
    """Return the partition of `topic` for a key that names an audience, an agency or a decision (CRC-32)."""
    return zlib.crc32(key.encode()) % topic.partitions


def consumer_group(stage: str, generation: int) -> str:
    """Return the consumer group of a stage."""
    return f"interagency-{stage}" + (f".g{generation}" if generation > 1 else "")


def broadcast_group(group: str, partition: int) -> str:
    """Return the group in which one partition of a stage commits its offset on a broadcast topic."""
    return f"{group}.shared-{partition}"
