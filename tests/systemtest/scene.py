"""Reports as lines of a plain feed: the bundled feed's and invented ones, those of each prefix in weeks of their own.

Reports of several agencies are matched, so tests that share an index must not speak of the same time: each prefix is
moved into the past by other whole weeks, in the order in which the prefixes come.
"""

import gzip
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from deploy.run.demo import BUNDLED_FEED

EL_PASO = frozenset({"el_paso_pd", "el_paso_so", "usbp_ept", "cerit_juarez"})
"""Agencies of one place, on both sides: some 2,700 lines of the bundled feed."""
WEEKS_EACH = 3
"""The bundled feed tells of 16 days."""
_MOVED: dict[str, timedelta] = {}


def _moved(prefix: str) -> timedelta:
    return _MOVED.setdefault(prefix, timedelta(weeks=WEEKS_EACH * len(_MOVED)))


def feed(prefix: str, count: int, of: Collection[str] = ()) -> list[bytes]:
    """The first lines of the bundled feed, of agencies and weeks that no other test has; `of` some agencies, or all.

    Each agency costs two topics, which every broker and every worker of the suite carries until its end.
    """
    moved = _moved(prefix)

    def own(line: bytes) -> bytes:
        told = json.loads(line)
        times = {name: str(datetime.fromisoformat(told[name]) - moved) for name in ("occurred_at", "emitted_at")}
        return json.dumps({**told, **times, "agency": f"{prefix}_{told['agency']}"}).encode()

    with gzip.open(BUNDLED_FEED) as lines:
        chosen = (line for line in lines if not of or json.loads(line)["agency"] in of)
        return [own(line) for line in islice(chosen, count)]


INVENTED: dict[str, Any] = {
    "lat": 32.67,
    "lon": -115.49,
    "precision": "block",
    "address": "200 BLK IMPERIAL AVE",
    "type_system": "ca_pc",
    "type_code": "10-10R",
    "type_text": "ROCKS THROWN",
    "narrative": "windshield broken",
    "lang": "en",
    "persons": [],
    "vehicles": [],
}


@dataclass(frozen=True, slots=True)
class Scene:
    """Invented reports of one test: those of one hour speak of one incident, those of two hours of two."""

    prefix: str

    @property
    def begins(self) -> datetime:
        """Hour 0 of the scene: ten days are free before it."""
        return datetime(2026, 1, 16, tzinfo=UTC) - _moved(self.prefix)

    def name(self, report: str) -> str:
        """Give the id of a report that is written as agency:number here."""
        return f"{self.prefix}_{report}"

    def report_time(self, hour: float, minutes: float = 0) -> str:
        """Give a time of the scene."""
        return (self.begins + timedelta(hours=hour, minutes=minutes)).isoformat()

    def report(self, report: str, hour: float, version: int = 1, **changes: Any) -> bytes:
        """A line: `report` is agency:number, `hour` when it happened."""
        agency, number = self.name(report).split(":")
        occurred = self.begins + timedelta(hours=hour)
        told = {
            **INVENTED,
            "agency": agency,
            "source_id": number,
            "version": version,
            "event": "created" if version == 1 else "updated",
            "occurred_at": occurred.isoformat(),
            "emitted_at": (occurred + timedelta(minutes=version)).isoformat(),
        }
        return json.dumps({**told, **changes}).encode()
