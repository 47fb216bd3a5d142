"""Digests of the output of the stages of one checkout: the part of `parity` that runs inside each checkout.

Run by path with the checkout on PYTHONPATH. Names differ between commits; `NAMES` lists them, the newest first.
"""

import gzip
import hashlib
import importlib
import json
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

BATCH = 1_000
MASTER = b"m" * 32
NAMES = {
    "intake": ("streams.intake:stage",),
    "resolve": ("streams.resolve:stage",),
    "release": ("streams.release:stage",),
    "agreements": ("schemas.agreements:BUNDLED",),
    "agencies": ("schemas.agencies:BUNDLED",),
    "trusted": ("schemas.records.codec:trusted", "schemas.wire:trusted"),
    "Registry": ("streams.sharing.policy:Registry", "streams.sharing:Registry"),
    "Withholdings": ("streams.sharing.policy:Withholdings", "streams.sharing:Withholdings"),
    "own reports": ("streams.release:reports_by_owner", "streams.release:audiences_of"),
    "shares": (
        "streams.sharing.visible_reports:reports_shared_under",
        "streams.sharing.visible_reports:shares",
        "streams.shares:shares",
    ),
    "notices": (
        "streams.sharing.notices:notices_allowed_under",
        "streams.sharing.notices:tells",
        "streams.notices:tells",
    ),
    "of_lines": ("tests.streams.feeds:of_lines",),
    "agency": ("tests.streams.feeds:agency",),
    "now": ("tests.streams.feeds:PUBLISHED_AT",),
    "Runner": ("tests.streams.fakes:Runner",),
    "State": ("tests.streams.fakes:MemoryState",),
    "as_records": ("tests.streams.fakes:as_records",),
}
"""Role -> `module:attribute` in each commit, the newest first."""
INCIDENTS, RELEASED = "incidents", "released-incidents"


def named(what: str) -> Any:
    """Return the object that has this role in the checkout. Raises: LookupError."""
    for name in NAMES[what]:
        module, _, attribute = name.partition(":")
        try:
            return getattr(importlib.import_module(module), attribute)
        except (ImportError, AttributeError):
            continue
    raise LookupError(f"{what}: none of {NAMES[what]}")


class Stages:
    """Intake, resolve and release of this checkout with all bundled agreements and a fixed `now`."""

    def __init__(self) -> None:
        agreements, self._now = list(named("agreements").values()), named("now")
        registry = named("Registry")(named("agencies").get)
        withheld = named("Withholdings")(agreements, registry)
        self._intake = named("intake")(named("agency"), 1, (), withheld)
        self._resolve = named("Runner")(named("resolve")(1))
        shares, notices = named("shares")(agreements, registry), named("notices")(agreements, registry)
        own = named("own reports")
        # By position: parameter names differ between commits.
        self._release = named("Runner")(named("release")(MASTER, 1, own, shares, None, frozenset(), notices))
        self.outputs: dict[str, Any] = {}
        """Topic -> hash over the keys and values of all its records, in order."""
        self.newest: dict[tuple[str, bytes], bytes] = {}
        """(Topic of incidents or views, key) -> newest value."""

    def run(self, records: Sequence[Any]) -> None:
        """Run a batch of published records through the three stages."""
        as_records = named("as_records")
        enriched = self._intake.process(records, named("State")(), self._now).outputs
        self._note(enriched)
        resolved = self._resolve(as_records([one for one in enriched if one.topic != "decisions"]), self._now).outputs
        self._note(resolved)
        changed = [one for one in resolved if one.topic == INCIDENTS]
        self._note(self._release(as_records(changed), self._now).outputs)
        # Runners keep every output, which would fill the memory.
        self._resolve.topics.clear()
        self._release.topics.clear()

    def _note(self, outputs: Sequence[Any]) -> None:
        for one in outputs:
            hashed = self.outputs.setdefault(one.topic, hashlib.sha256())
            for part in (one.key, one.value):
                hashed.update(len(part).to_bytes(4, "big") + part)
            if one.topic in (INCIDENTS, RELEASED):
                self.newest[one.topic, one.key] = one.value

    def assignments(self) -> dict[str, list[str]]:
        """Return the reports of each living internal view, by view id."""
        assigned: dict[str, list[str]] = {}
        for (topic, key), value in self.newest.items():
            if topic == RELEASED and key.startswith(b"internal/"):
                view = named("trusted")("released_incident", value)
                reports = json.loads(view["document"]).get("report_ids")
                if reports:
                    assigned[view["view_id"]] = reports
        return assigned

    def digests(self) -> dict[str, Any]:
        """Return digests of every topic, of the assignments, and of the newest bytes of every view."""
        assigned = json.dumps(self.assignments(), sort_keys=True).encode()
        views = {
            key.decode(): hashlib.sha256(value).hexdigest()
            for (topic, key), value in sorted(self.newest.items())
            if topic == RELEASED
        }
        return {
            "topics": {topic: hashed.hexdigest() for topic, hashed in sorted(self.outputs.items())},
            "assignments": hashlib.sha256(assigned).hexdigest(),
            "views": views,
        }


def batches(feed: Path, count: int | None) -> Iterator[list[Any]]:
    """Yield the first `count` lines of a plain feed as published records."""
    with gzip.open(feed) as lines:
        records = named("of_lines")(islice(lines, count))
    for at in range(0, len(records), BATCH):
        yield records[at : at + BATCH]


def digests(feed: Path, count: int | None = None) -> dict[str, Any]:
    """Run the first `count` lines of a plain feed (None: all) through the stages; return the digests."""
    stages = Stages()
    for some in batches(feed, count):
        stages.run(some)
    return stages.digests()


if __name__ == "__main__":
    json.dump(digests(Path(sys.argv[1]), int(sys.argv[2]) or None), sys.stdout)
