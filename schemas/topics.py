"""The registry of topics: `topics.toml` as typed values, and the names that are made of them."""

import re
import tomllib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from schemas.errors import Configuration

AGENCY_ID = re.compile(r"[a-z0-9][a-z0-9_]{1,47}")


@dataclass(frozen=True, slots=True)
class Topic:
    """One row of the registry; `partitions` is what `init` makes, `retention_days` None where compaction keeps all."""

    name: str
    schema: str
    key: str
    partitions: int
    cleanup: str
    max_message_bytes: int
    rebuilt: bool
    writers: tuple[str, ...]
    readers: tuple[str, ...]
    per_agency: bool = False
    retention_days: int | None = None
    append_time: bool = False
    """Whether the broker stamps each record with the time at which it got it, whatever its sender says."""

    uncompacted_days: int = 0
    """Days for which a record stays, whatever is written under its key: so long its reader may be away."""
    compacted_hours: int = 0
    """Hours after which what was written over is compacted away, once something else is written; 0: when Kafka will."""

    def at(self, generation: int) -> str:
        """Give the topic's name in `generation`."""
        return f"{self.name}.g{generation}" if self.rebuilt and generation > 1 else self.name

    def settings(self) -> dict[str, str]:
        """Give the topic's settings as Kafka's topic-level configuration."""
        kept = -1 if self.retention_days is None else self.retention_days * 86_400_000
        compacted = {}
        if self.uncompacted_days:
            compacted["min.compaction.lag.ms"] = str(self.uncompacted_days * 86_400_000)
        if self.compacted_hours:
            # The segment that is written to is never compacted.
            compacted |= dict.fromkeys(("segment.ms", "max.compaction.lag.ms"), str(self.compacted_hours * 3_600_000))
        return compacted | {
            "cleanup.policy": self.cleanup,
            "max.message.bytes": str(self.max_message_bytes),
            "message.timestamp.type": "LogAppendTime" if self.append_time else "CreateTime",
            "retention.ms": str(kept),
        }


def _row(row: Mapping[str, Any]) -> Topic:
    lists = {name: tuple(row[name]) for name in ("writers", "readers") if name in row}
    try:
        topic = Topic(**{**row, **lists})
    except TypeError as exc:
        raise Configuration(f"topics.toml, {row.get('name', 'a topic without a name')}: {exc}") from exc
    if topic.cleanup not in ("delete", "compact") or (topic.cleanup == "delete") != (topic.retention_days is not None):
        raise Configuration(f"topics.toml, {topic.name}: cleanup is delete with retention_days, or compact without")
    return topic


def parse(text: str) -> dict[str, Topic]:
    """Read the registry of topics strictly: name -> Topic. Raises: Configuration naming the row."""
    rows = [_row(row) for row in tomllib.loads(text)["topic"]]
    topics = {row.name: row for row in rows}
    if len(topics) != len(rows):
        raise Configuration("topics.toml: a topic stands twice")
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
    """Name the topic on which `agency_id`, and nobody else, publishes."""
    return f"{INCIDENT_REPORTS.name}.{agency_id}"


def notices_topic(agency_id: str) -> str:
    """Name the topic on which `agency_id`, and nobody else, is told what its reports were joined with."""
    return f"{NOTICES.name}.{agency_id}"


def agency_of(topic: str) -> str:
    """Tell whose topic this is: the agency is who the topic says; '' for a topic of no agency."""
    prefix = f"{INCIDENT_REPORTS.name}."
    return topic[len(prefix) :] if topic.startswith(prefix) else ""


def partition_for(key: str, topic: Topic) -> int:
    """Give the partition of `topic` for a key that names an audience, an agency or a decision."""
    return zlib.crc32(key.encode()) % topic.partitions


def consumer_group(stage: str, generation: int) -> str:
    """Name the consumer group of a stage."""
    return f"interagency-{stage}" + (f".g{generation}" if generation > 1 else "")


def broadcast_group(group: str, partition: int) -> str:
    """Name the group under which one partition of a stage keeps how far it took a shared topic in."""
    return f"{group}.shared-{partition}"
