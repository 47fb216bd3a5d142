"""The agency registry: rows on the topic `agencies`, and the topics that belong to each agency."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, cast

from producers.delivery.port import RecordProducer, TopicAdmin
from schemas import agencies
from schemas.errors import Denied, PipelineError, Transient
from schemas.records import codec
from schemas.records.agency import AgencyRow
from schemas.topics import AGENCIES, INCIDENT_REPORTS, NOTICES, notices_topic, reports_topic

FIRST_PUBLISH = "first publish"
_BY_COMMAND = "agency add"
_CACHE_FILE = "agencies.json"


def load_rows(admin: TopicAdmin) -> dict[str, AgencyRow]:
    """Return the registry, agency id -> row. Raises: Transient, Denied; Configuration when a row cannot be decoded."""
    rows = admin.read_compacted(AGENCIES.name)
    return {
        key.decode(): cast(AgencyRow, codec.decode_trusted("agency", value)) for key, value in rows.items() if value
    }


def save_cache(home: Path, rows: Mapping[str, AgencyRow]) -> None:
    """Write the rows to disk for runs without Kafka: a report's id contains the country of its agency."""
    staged = home / f"{_CACHE_FILE}.{os.getpid()}"
    staged.write_text(json.dumps(rows, indent=1) + "\n")
    staged.replace(home / _CACHE_FILE)


def load_cache(home: Path) -> dict[str, AgencyRow]:
    """Return the rows last seen, over the bundled ones."""
    try:
        return {**agencies.BUNDLED, **json.loads((home / _CACHE_FILE).read_text())}
    except (OSError, ValueError):
        return dict(agencies.BUNDLED)


def default_row(agency_id: str, code_system: str) -> AgencyRow:
    """Return the row of an agency that is known only by its first report: the most restrictive one."""
    fields: dict[str, Any] = {"agency_id": agency_id, "code_system": code_system}
    return agencies.agency_row(fields, FIRST_PUBLISH)


def merged_row(current: AgencyRow | None, agency_id: str, changes: Mapping[str, Any]) -> AgencyRow:
    """Return the row that `agency add` writes: `changes` over the current row. Raises: Configuration with the field."""
    old: dict[str, Any] = dict(current) if current else {"agency_id": agency_id}
    by = old.pop("added_by", _BY_COMMAND)
    unchanged = all(old.get(field) == value for field, value in changes.items())
    return agencies.agency_row({**old, **changes}, by if current and unchanged else _BY_COMMAND)


class Registry:
    """The agency registry as this process sees it: read once, written through."""

    def __init__(self, admin: TopicAdmin, producer: RecordProducer, timeout_s: float) -> None:
        """Read the rows; a write takes at most `timeout_s` seconds. Raises: Transient when Kafka does not answer."""
        self._admin, self._producer, self._timeout_s = admin, producer, timeout_s
        self._topics = admin.topic_names()
        self._rows = load_rows(admin)

    @property
    def rows(self) -> dict[str, AgencyRow]:
        """Return the rows of the topic, over the bundled ones, which `init` may not have written yet."""
        return {**agencies.BUNDLED, **self._rows}

    def close(self) -> None:
        """Close the admin connection."""
        self._admin.close()

    def add(self, new: AgencyRow) -> Literal["added", "changed", "unchanged"]:
        """Write a row, then create the agency's topics; safe to repeat. Raises: Transient, Denied."""
        agency_id = new["agency_id"]
        old = self._rows.get(agency_id)
        if old != new:
            self._create_topic(AGENCIES.name, AGENCIES.partitions, AGENCIES.settings())
            self._write(agency_id.encode(), codec.encode("agency", new))
            self._rows[agency_id] = new
        for name, topic in ((notices_topic(agency_id), NOTICES), (reports_topic(agency_id), INCIDENT_REPORTS)):
            self._create_topic(name, topic.partitions, topic.settings())
        if old is None:
            return "added"
        return "unchanged" if old == new else "changed"

    def ensure(self, agency_id: str, code_system: str, may_add: bool) -> AgencyRow:
        """Return the row of an agency that publishes; add an unknown one with the most restrictive row if `may_add`.

        Raises: Denied when the agency is unknown and may not be added; Transient.
        """
        current = self.rows.get(agency_id)
        if current is None and not may_add:
            raise Denied(f"agency {agency_id} is not in the registry: interagency agency add {agency_id}")
        row = current or default_row(agency_id, code_system)
        if row["added_by"] == FIRST_PUBLISH and code_system and not row["code_system"]:
            row = default_row(agency_id, code_system)
            self.add(row)
        if agency_id not in self._rows or not {reports_topic(agency_id), notices_topic(agency_id)} <= self._topics:
            self.add(row)
        return row

    def _create_topic(self, topic: str, partitions: int, settings: Mapping[str, str]) -> None:
        if topic not in self._topics:
            self._admin.create_topics({topic: (partitions, settings)})
            self._topics.add(topic)

    def _write(self, key: bytes, value: bytes) -> None:
        receipt = self._producer.send(AGENCIES.name, key, value)
        if not self._producer.wait(receipt, self._timeout_s):
            raise Transient(
                f"Kafka did not acknowledge the agency's row within {self._timeout_s:g} s; run the command again"
            )
        if receipt.exception is not None:
            error = self._producer.classify(receipt.exception)
            raise error if isinstance(error, PipelineError) else Transient(error.detail)
