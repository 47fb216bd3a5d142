"""The agency registry: rows on the topic `agencies`, and the topic that each agency publishes on."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, cast

from producers.delivery.port import RecordProducer, TopicAdmin
from schemas.agencies import BUNDLED, row
from schemas.errors import Denied, PipelineError, Transient
from schemas.records import codec
from schemas.records.agency import AgencyRow
from schemas.topics import AGENCIES, INCIDENT_REPORTS, NOTICES, notices_topic, reports_topic

FIRST_PUBLISH = "first publish"
_BY_COMMAND = "agency add"
_REMEMBERED = "agencies.json"


def load(admin: TopicAdmin) -> dict[str, AgencyRow]:
    """Read the registry's rows: agency id -> row. Raises: Transient; Configuration when a row is not ours."""
    found = admin.read_compacted(AGENCIES.name)
    return {key.decode(): cast(AgencyRow, codec.trusted("agency", value)) for key, value in found.items() if value}


def remember(home: Path, rows: Mapping[str, AgencyRow]) -> None:
    """Keep the rows for the time without Kafka: a report's id names the country of its agency."""
    staged = home / f"{_REMEMBERED}.{os.getpid()}"
    staged.write_text(json.dumps(rows, indent=1) + "\n")
    staged.replace(home / _REMEMBERED)


def recall(home: Path) -> dict[str, AgencyRow]:
    """Give the rows last seen, the bundled ones where there are none."""
    try:
        return {**BUNDLED, **json.loads((home / _REMEMBERED).read_text())}
    except (OSError, ValueError):
        return dict(BUNDLED)


def first_row(agency_id: str, code_system: str) -> AgencyRow:
    """Make the row of an agency of which nothing is known but its first report."""
    fields: dict[str, Any] = {"agency_id": agency_id, "code_system": code_system}
    return row(fields, FIRST_PUBLISH)


def changed(standing: AgencyRow | None, agency_id: str, told: Mapping[str, Any]) -> AgencyRow:
    """Make the row that `agency add` writes: what is told over what stands. Raises: Configuration naming the field."""
    old: dict[str, Any] = dict(standing) if standing else {"agency_id": agency_id}
    by = old.pop("added_by", _BY_COMMAND)
    same = all(old.get(field) == value for field, value in told.items())
    return row({**old, **told}, by if standing and same else _BY_COMMAND)


class Registry:
    """The registry as this process sees it: read once, written through."""

    def __init__(self, admin: TopicAdmin, sending: RecordProducer, timeout_s: float) -> None:
        """Read the rows. Raises: Transient when Kafka does not answer."""
        self._admin, self._sending, self._timeout_s = admin, sending, timeout_s
        self._topics = admin.topic_names()
        self._rows = load(admin)

    @property
    def rows(self) -> dict[str, AgencyRow]:
        """The rows of the topic, and the bundled ones that `init` has not written yet."""
        return {**BUNDLED, **self._rows}

    def close(self) -> None:
        """End the connection that looks after topics."""
        self._admin.close()

    def add(self, new: AgencyRow) -> Literal["added", "changed", "unchanged"]:
        """Write a row, then make the agency's topic; safe to repeat. Raises: Transient, Denied."""
        agency_id = new["agency_id"]
        old = self._rows.get(agency_id)
        if old != new:
            self._make(AGENCIES.name, AGENCIES.partitions, AGENCIES.settings())
            self._write(agency_id.encode(), codec.encode("agency", new))
            self._rows[agency_id] = new
        for name, topic in ((notices_topic(agency_id), NOTICES), (reports_topic(agency_id), INCIDENT_REPORTS)):
            self._make(name, topic.partitions, topic.settings())
        if old is None:
            return "added"
        return "unchanged" if old == new else "changed"

    def ensure(self, agency_id: str, code_system: str, may_add: bool) -> AgencyRow:
        """Give the row of an agency that publishes; an unknown one gets the most restrictive row, if it may.

        Raises: Denied when the agency is unknown and may not be added; Transient.
        """
        known = self.rows.get(agency_id)
        if known is None and not may_add:
            raise Denied(f"agency {agency_id} is not in the registry: interagency agency add {agency_id}")
        standing = known or first_row(agency_id, code_system)
        if standing["added_by"] == FIRST_PUBLISH and code_system and not standing["code_system"]:
            standing = first_row(agency_id, code_system)
            self.add(standing)
        if agency_id not in self._rows or not {reports_topic(agency_id), notices_topic(agency_id)} <= self._topics:
            self.add(standing)
        return standing

    def _make(self, topic: str, partitions: int, settings: Mapping[str, str]) -> None:
        if topic not in self._topics:
            self._admin.create_topics({topic: (partitions, settings)})
            self._topics.add(topic)

    def _write(self, key: bytes, value: bytes) -> None:
        receipt = self._sending.send(AGENCIES.name, key, value)
        if not self._sending.wait(receipt, self._timeout_s):
            raise Transient("Kafka does not acknowledge the row of the agency in time")
        if receipt.exception is not None:
            verdict = self._sending.classify(receipt.exception)
            raise verdict if isinstance(verdict, PipelineError) else Transient(verdict.detail)
