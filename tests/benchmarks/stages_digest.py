"""Digests of the output of the stages of one checkout: the part of `parity` that runs inside each checkout.

Each checkout runs its own copy, which knows the names of its own code. A checkout that has none is from before the
move into rooms: it runs this copy with the names in `FORMER`.
"""

import gzip
import hashlib
import importlib
import json
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

BATCH = 1_000
MASTER = b"m" * 32
INCIDENTS, RELEASED = "incidents", "released-incidents"


class Roles(NamedTuple):
    """The objects of a checkout that run a feed through its stages."""

    intake: Any
    resolve: Any
    release: Any
    own_reports: Any
    agreements: Any
    agencies: Any
    decode: Any
    registry: Any
    withholdings: Any
    shared: Any
    notices: Any
    of_lines: Any
    agency: Any
    now: Any
    runner: Any
    state: Any
    as_records: Any


FORMER = Roles(
    intake="streams.intake:stage",
    resolve="streams.resolve:stage",
    release="streams.release:stage",
    own_reports="streams.release:audiences_of",
    agreements="schemas.agreements:BUNDLED",
    agencies="schemas.agencies:BUNDLED",
    decode="schemas.wire:trusted",
    registry="streams.sharing:Registry",
    withholdings="streams.sharing:Withholdings",
    shared="streams.shares:shares",
    notices="streams.notices:tells",
    of_lines="tests.streams.feeds:of_lines",
    agency="tests.streams.feeds:agency",
    now="tests.streams.feeds:PUBLISHED_AT",
    runner="tests.streams.fakes:Runner",
    state="tests.streams.fakes:MemoryState",
    as_records="tests.streams.fakes:as_records",
)
"""`module:attribute` of each role before the move into rooms, in commit e12db04."""


def former_roles() -> Roles:
    """Return the roles of a checkout from before the move into rooms. Raises: ImportError, AttributeError."""
    found = []
    for name in FORMER:
        module, _, attribute = name.partition(":")
        found.append(getattr(importlib.import_module(module), attribute))
    return Roles(*found)


def current_roles() -> Roles:
    """Return the roles of this checkout. Imported here, as former checkouts lack these modules."""
    from schemas import agencies, agreements
    from schemas.records import codec
    from streams import intake, release, resolve
    from streams.sharing import notices, policy, visible_reports
    from tests.streams import fakes, feeds

    return Roles(
        intake=intake.stage,
        resolve=resolve.stage,
        release=release.stage,
        own_reports=release.reports_by_owner,
        agreements=agreements.BUNDLED,
        agencies=agencies.BUNDLED,
        decode=codec.decode_trusted,
        registry=policy.Registry,
        withholdings=policy.Withholdings,
        shared=visible_reports.reports_shared_under,
        notices=notices.notices_allowed_under,
        of_lines=feeds.of_lines,
        agency=feeds.agency,
        now=feeds.PUBLISHED_AT,
        runner=fakes.Runner,
        state=fakes.MemoryState,
        as_records=fakes.as_records,
    )


class Stages:
    """Intake, resolve and release of this checkout with all bundled agreements and a fixed `now`."""

    def __init__(self, roles: Roles) -> None:
        self._roles, agreements = roles, list(roles.agreements.values())
        registry = roles.registry(roles.agencies.get)
        withholdings = roles.withholdings(agreements, registry)
        shared, notices = roles.shared(agreements, registry), roles.notices(agreements, registry)
        # By position: parameter names differ between commits.
        self._intake = roles.intake(roles.agency, 1, (), withholdings)
        self._resolve = roles.runner(roles.resolve(1))
        self._release = roles.runner(roles.release(MASTER, 1, roles.own_reports, shared, None, frozenset(), notices))
        self.outputs: dict[str, Any] = {}
        """Topic -> hash over the keys and values of all its records, in order."""
        self.newest: dict[tuple[str, bytes], bytes] = {}
        """(Topic of incidents or views, key) -> newest value."""

    def run(self, records: Sequence[Any]) -> None:
        """Run a batch of published records through the three stages."""
        as_records, now = self._roles.as_records, self._roles.now
        enriched = self._intake.process(records, self._roles.state(), now).outputs
        self._note(enriched)
        resolved = self._resolve(as_records([one for one in enriched if one.topic != "decisions"]), now).outputs
        self._note(resolved)
        changed = [one for one in resolved if one.topic == INCIDENTS]
        self._note(self._release(as_records(changed), now).outputs)
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
                view = self._roles.decode("released_incident", value)
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


def digests(roles: Roles, feed: Path, count: int | None = None) -> dict[str, Any]:
    """Run the first `count` lines of a plain feed (None: all) through the stages; return the digests."""
    stages = Stages(roles)
    with gzip.open(feed) as lines:
        records = roles.of_lines(islice(lines, count))
    for at in range(0, len(records), BATCH):
        stages.run(records[at : at + BATCH])
    return stages.digests()


if __name__ == "__main__":
    _feed, _count, _former = Path(sys.argv[1]), int(sys.argv[2]) or None, len(sys.argv) > 3
    json.dump(digests(former_roles() if _former else current_roles(), _feed, _count), sys.stdout)
