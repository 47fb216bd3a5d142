"""Run the worker of one stage in the foreground: `python -m streams intake|resolve|release`."""

import asyncio
import gc
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from schemas.agreements.register import AgreementRegister
from schemas.agreements.report_orders import ReportOrderRegister
from schemas.errors import PipelineError
from schemas.records.kafka_record import Record
from schemas.runtime.audience_key import master_key
from schemas.runtime.settings import Endpoints, Settings, endpoints
from schemas.runtime.telemetry import configure_logging, logger
from schemas.runtime.watchdog import Watchdog
from schemas.topics import AGENCIES, AGREEMENTS, PURGES, agency_of, consumer_group
from streams import intake, release, resolve
from streams.sharing.notices import notices_allowed_under
from streams.sharing.policy import Registry, Withholdings
from streams.sharing.visible_reports import policy_fingerprint, reports_shared_under
from streams.stage import PolicySnapshot, Stage
from streams.worker import faust_consumer
from streams.worker.health import Health
from streams.worker.loop import Worker
from streams.worker.reference_data import AgencyTable, OrderTable, follow_table

STAGES = ("intake", "resolve", "release")
MOST_WORKERS = 64

Prepare = Callable[[Sequence[Record]], Awaitable[None]]

log = logger("streams")


@dataclass(frozen=True, slots=True)
class Built:
    """A stage, what updates its tables before a batch, and the table topics that it follows: topic -> what applies."""

    stage: Stage
    prepare: Prepare | None = None
    follows: Mapping[str, Callable[[Record], None]] = field(default_factory=dict)


def build(name: str, settings: Settings, services: Endpoints) -> Built:
    """Build a stage with the tables that it reads."""
    report_orders = ReportOrderRegister()
    if name == "resolve":
        # All orders are read before the first is acted on: a purge that a later hold suspends erases nothing.
        apply = OrderTable(report_orders).apply
        return Built(resolve.stage(settings.generation, report_orders=report_orders), follows={PURGES.name: apply})
    agencies = AgencyTable(services.kafka)
    if name == "release":
        return _release(settings, agencies, report_orders)

    orders = AgreementRegister()
    withheld = Withholdings(orders.agreements.values(), Registry(agencies))

    async def prepare(records: Sequence[Record]) -> None:
        await agencies.refresh({agency_of(record.topic) for record in records})
        withheld.forget()

    stage = intake.stage(agencies, settings.generation, report_orders.final, withheld)
    follows = {AGENCIES.name: agencies.apply, AGREEMENTS.name: OrderTable(orders).apply}
    return Built(stage, prepare, {PURGES.name: OrderTable(report_orders).apply, **follows})


def _release(settings: Settings, agencies: AgencyTable, report_orders: ReportOrderRegister) -> Built:
    orders = AgreementRegister()
    agreements, registry = orders.agreements.values(), Registry(agencies, orders.vettings.values())
    tables = {AGREEMENTS.name: OrderTable(orders), PURGES.name: OrderTable(report_orders)}

    def policy_at(now: int) -> PolicySnapshot:
        positions = {(topic, 0): table.position for topic, table in tables.items() if table.position}
        return PolicySnapshot(policy_fingerprint(agreements, registry, report_orders.sealed, now), positions)

    stage = release.stage(
        master_key(settings.home),
        settings.generation,
        shared=reports_shared_under(agreements, registry),
        policy_at=policy_at,
        sealed=report_orders.sealed,
        notices=notices_allowed_under(agreements, registry),
    )
    return Built(
        stage, follows={AGENCIES.name: agencies.apply, **{topic: table.apply for topic, table in tables.items()}}
    )


def own_directory(home: Path, stage: str) -> tuple[Path, FileLock]:
    """Lock the first state directory that no other worker of this stage holds, until this process ends.

    Raises: PipelineError when MOST_WORKERS run already.
    """
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
    """Run the stage `name` until SIGTERM (exit code 0), a crash (70) or a configuration fault (its own code).

    Raises: Configuration, Transient; PipelineError when MOST_WORKERS run already.
    """
    settings = Settings()
    configure_logging(name, settings.log_level, settings.log_format, settings.strict_events)
    services = endpoints(settings)
    built = build(name, settings, services)
    stage = built.stage
    group = consumer_group(name, settings.generation)
    directory, _lock = own_directory(settings.home, name)
    watchdog = Watchdog(name)
    worker = Worker(stage, services.kafka, group, directory, built.prepare, watchdog.finished)

    async def work(consumer: faust_consumer.Consumer) -> None:
        log.info("worker_started", stage=name, group=group)
        health = Health(name, worker.counts, consumer, services.kafka, settings.home, watchdog)
        ready = {topic: asyncio.Event() for topic in built.follows}

        async def work_once_ready() -> None:
            for event in ready.values():
                await event.wait()
            await worker.work(consumer)

        following = [follow_table(services.kafka, topic, apply, ready[topic]) for topic, apply in built.follows.items()]
        await asyncio.gather(work_once_ready(), health.watch(), *following)

    # Batches are made of many small records and have no cycles: collecting them by reference count is enough, and the
    # default thresholds would walk all of them again and again.
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
    app = faust_consumer.build(
        faust_consumer.Subscription(group, stage.topic, stage.pattern, transactional=stage.state is not None),
        services.kafka,
        directory / "faust",
        work,
    )
    faust_consumer.run(app)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in STAGES:
        sys.exit(f"usage: python -m streams {'|'.join(STAGES)}")
    try:
        main(sys.argv[1])
    except PipelineError as exc:
        log.critical("worker_failed", stage=sys.argv[1], error=f"{type(exc).__name__}: {exc}")
        sys.exit(exc.exit_code)
