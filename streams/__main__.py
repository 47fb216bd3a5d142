"""Run the worker of one stage in the foreground: `python -m streams intake|resolve|release`."""

import asyncio
import gc
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from filelock import FileLock, Timeout

from schemas.agreements import BUNDLED
from schemas.audiences import master_key
from schemas.errors import PipelineError
from schemas.settings import Endpoints, Settings, endpoints
from schemas.telemetry import configure, logger
from schemas.topics import agency_of, group_of
from streams import intake, lane, release, resolve
from streams.health import Health
from streams.reference import AgencyTable
from streams.shares import closed, shares
from streams.sharing import Registry
from streams.stage import Record, Stage
from streams.worker import Worker

STAGES = ("intake", "resolve", "release")
MOST_WORKERS = 64

Prepare = Callable[[Sequence[Record]], Awaitable[None]]

log = logger("streams")


def build(name: str, settings: Settings, services: Endpoints) -> tuple[Stage, Prepare | None]:
    """Make a stage with the tables that it reads, and what brings these up to date before a batch."""
    if name == "resolve":
        return resolve.stage(settings.generation), None
    agencies = AgencyTable(services.kafka)
    if name == "release":
        agreements = list(BUNDLED.values())
        parties = {party for agreement in agreements for party in agreement.members()}

        async def with_parties(_: Sequence[Record]) -> None:
            await agencies.known(parties)

        shared = shares(agreements, Registry(agencies))
        master = master_key(settings.home)
        return release.stage(master, settings.generation, shares=shared, closed=closed(agreements)), with_parties

    async def prepare(records: Sequence[Record]) -> None:
        await agencies.known({agency_of(record.topic) for record in records})

    return intake.stage(agencies, settings.generation), prepare


def own_directory(home: Path, stage: str) -> tuple[Path, FileLock]:
    """Take the first state directory that no other worker of this stage holds; it is ours until we end."""
    for number in range(MOST_WORKERS):
        path = home / "state" / stage / str(number)
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(path / ".lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            continue
        return path, lock
    raise PipelineError(f"{MOST_WORKERS} workers of {stage} run already")


def main(name: str) -> None:
    """Run the stage `name` until SIGTERM (0), a crash (70) or a fault of the set-up (its own code)."""
    settings = Settings()
    configure(name, settings.log_level, settings.log_format, settings.strict_events)
    services = endpoints(settings)
    stage, prepare = build(name, settings, services)
    group = group_of(name, settings.generation)
    directory, _lock = own_directory(settings.home, name)
    worker = Worker(stage, services.kafka, group, directory, prepare)

    async def work(records: lane.Lane) -> None:
        log.info("worker_started", stage=name, group=group)
        health = Health(worker, records, services.kafka, settings.home)
        await asyncio.gather(worker.work(records), health.watch())

    # Batches are made of many small records and have no cycles: collecting them by reference count is enough, and the
    # default thresholds would walk all of them again and again.
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
    app = lane.build(
        lane.Subscription(group, stage.topic, stage.pattern, transactional=stage.state is not None),
        services.kafka,
        directory / "faust",
        work,
    )
    lane.run(app)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in STAGES:
        sys.exit(f"usage: python -m streams {'|'.join(STAGES)}")
    try:
        main(sys.argv[1])
    except PipelineError as exc:
        log.critical("worker_failed", stage=sys.argv[1], error=f"{type(exc).__name__}: {exc}")
        sys.exit(exc.exit_code)
