"""The mapping and settings of every index, derived from `search_document.FIELDS`; pure.

The mapping is strict: an undeclared field is rejected, so a typing error cannot become a field and a redacted field
cannot come back under another name. It uses only what both the embedded and the full Elasticsearch support.
"""

from typing import Any

from schemas.search_document import FIELDS, FieldType
from sinks.index.names import PATTERN

# Longer terms are kept in _source but not searchable; without this bound a term of 32,766 bytes fails the document.
MAX_TERM_LENGTH = 1024
DYNAMIC_SETTINGS: dict[str, str | None] = {
    # Never set: only then does Elasticsearch refresh indices that are read, every second, and leave the others alone.
    "index.refresh_interval": None,
    # By default each index that is written to is flushed once a minute, which costs per index: with 200 of them more
    # than the writes. By size instead; the age bounds what a restart replays, the size what a first search writes.
    "index.translog.flush_threshold_age": "30m",
    "index.translog.flush_threshold_size": "16mb",
    # Overwritten documents stay on disk as history for a replica that was away, 12 hours by default, and a requested
    # merge leaves them where less than 10 % of a segment is deleted. A purged report must go: see `clearing`.
    "index.soft_deletes.retention_lease.period": "10m",
    "index.merge.policy.expunge_deletes_allowed": "0.0",
}
"""Dynamic settings, which are updated on an index of an earlier release."""
# Above the priority of any built-in template of a cluster (Elastic's own are 100).
TEMPLATE_PRIORITY = 500

TYPES: dict[FieldType, dict[str, Any]] = {
    "keyword": {"type": "keyword", "ignore_above": MAX_TERM_LENGTH},
    "text": {"type": "text", "analyzer": "standard"},
    "date": {"type": "date", "format": "epoch_millis"},
    "geo_point": {"type": "geo_point"},
    "integer": {"type": "integer"},
    # A disabled object accepts any JSON, scalars too, and keeps it in _source only.
    "stored": {"type": "object", "enabled": False},
}


def mapping() -> dict[str, Any]:
    """Return the mapping of an index."""
    return {"dynamic": "strict", "properties": {name: dict(TYPES[field.type]) for name, field in FIELDS.items()}}


def settings(shards: int = 1, replicas: int = 0) -> dict[str, Any]:
    """Return the settings of an index."""
    given = {name: value for name, value in DYNAMIC_SETTINGS.items() if value is not None}
    return {"number_of_shards": shards, "number_of_replicas": replicas, **given}


def template(shards: int = 1, replicas: int = 0) -> dict[str, Any]:
    """Return the index template from which all our indices are created."""
    return {
        "index_patterns": [PATTERN],
        "priority": TEMPLATE_PRIORITY,
        "template": {"settings": settings(shards, replicas), "mappings": mapping()},
    }
