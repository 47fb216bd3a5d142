"""The mapping and settings of every index, derived from `search_document.FIELDS`; pure.

Strict: a field that nobody declared is refused, so a typing error cannot become a field and a redacted field cannot
come back under another name. Only what the embedded and the full Elasticsearch both have.
"""

from typing import Any

from schemas.search_document import FIELDS, FieldType
from sinks.index.names import PATTERN

# Longer words are kept in _source but not searchable; without this bound one of 32,766 bytes refuses the document.
LONGEST_WORD = 1024
RUNNING: dict[str, str | None] = {
    # Never set: only then does Elasticsearch refresh what is read, each second, and leave alone what nobody reads.
    "index.refresh_interval": None,
    # By default each index that is written to is committed once a minute, which costs by index: with 200 of them more
    # than the writing. By size instead; the age bounds what a restart reads back, the size what a first search writes.
    "index.translog.flush_threshold_age": "30m",
    "index.translog.flush_threshold_size": "16mb",
    # What was overwritten stays on disk as history for a replica that was away, 12 hours by default, and a merge that
    # is asked for leaves it where less than 10 % of a segment is deleted. A purged report is to go: see `clearing`.
    "index.soft_deletes.retention_lease.period": "10m",
    "index.merge.policy.expunge_deletes_allowed": "0.0",
}
"""Settings that an index of an earlier release takes while it runs."""
# Above the priority of any template that a cluster brings along (Elastic's own are 100).
TEMPLATE_PRIORITY = 500

TYPES: dict[FieldType, dict[str, Any]] = {
    "keyword": {"type": "keyword", "ignore_above": LONGEST_WORD},
    "text": {"type": "text", "analyzer": "standard"},
    "date": {"type": "date", "format": "epoch_millis"},
    "geo_point": {"type": "geo_point"},
    "integer": {"type": "integer"},
    # A disabled object takes any JSON, scalars too, and keeps it in _source alone.
    "stored": {"type": "object", "enabled": False},
}


def mapping() -> dict[str, Any]:
    """Return the mapping of an index."""
    return {"dynamic": "strict", "properties": {name: dict(TYPES[field.type]) for name, field in FIELDS.items()}}


def settings(shards: int = 1, replicas: int = 0) -> dict[str, Any]:
    """Return the settings of an index."""
    given = {name: value for name, value in RUNNING.items() if value is not None}
    return {"number_of_shards": shards, "number_of_replicas": replicas, **given}


def template(shards: int = 1, replicas: int = 0) -> dict[str, Any]:
    """Return the index template from which every index of ours is made."""
    return {
        "index_patterns": [PATTERN],
        "priority": TEMPLATE_PRIORITY,
        "template": {"settings": settings(shards, replicas), "mappings": mapping()},
    }
