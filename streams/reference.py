"""The agency registry as intake sees it: read from its topic at start, and again when an unknown agency speaks."""

import time
from collections.abc import Iterable

from schemas import wire
from schemas.errors import Rejected
from schemas.records import AgencyRow
from schemas.telemetry import logger
from schemas.topics import AGENCIES
from streams.readback import read_back

ASK_AGAIN_S = 5.0

log = logger("streams.reference")


class AgencyTable:
    """Agency id -> row; `known` brings the table up to date before a batch that needs it."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._rows: dict[str, AgencyRow] = {}
        self._position = 0
        self._asked: dict[str, float] = {}

    def __call__(self, agency_id: str) -> AgencyRow | None:
        """Look a row up; None for an agency that is not in the registry."""
        return self._rows.get(agency_id)

    async def known(self, agency_ids: Iterable[str]) -> None:
        """Read what is new in the registry when one of these is not in the table; raises Transient."""
        now = time.monotonic()
        missing = [name for name in agency_ids if name not in self._rows]
        if all(now - self._asked.get(name, -ASK_AGAIN_S) < ASK_AGAIN_S for name in missing):
            return
        self._asked.update(dict.fromkeys(missing, now))
        partition = (AGENCIES.name, 0)
        async for records, reached in read_back(self._bootstrap, {partition: self._position}):
            for record in records:
                row = wire.decode("agency", record.value)
                if isinstance(row, Rejected):
                    log.error("agency_row_unreadable", topic=record.topic, offset=record.offset, reason=row.reason)
                else:
                    self._rows[row["agency_id"]] = row  # type: ignore[assignment]
            self._position = reached[partition]
