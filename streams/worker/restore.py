"""A partition's state when it is taken over: the local store, caught up from the stage's own output topic."""

import time
from collections.abc import Callable
from pathlib import Path

from schemas.runtime.kafka import read_back
from schemas.runtime.telemetry import logger
from streams.stage import Stage
from streams.worker.state_store import PartitionStore

FINGERPRINT = b"\x00ground"
"""The key under which a store keeps the fingerprint of the policy snapshot that all of its outputs depend on."""

log = logger("streams.worker.restore")


async def restored(
    bootstrap: str, stage: Stage, partition: int, directory: Path, progress: Callable[[], None]
) -> PartitionStore:
    """Open the store of a partition and read back what it lacks; call `progress` on the way. Raises: Transient."""
    stateful = stage.state
    assert stateful is not None
    began, count, erases = time.monotonic(), 0, False
    store = PartitionStore(directory)
    positions = store.positions()
    start = {(stateful.topic, at): positions.get((stateful.topic, at), 0) for at in stateful.partitions(partition)}
    async for records, reached in read_back(bootstrap, start):
        read = [(stateful.read(record.value or b""), record.value or b"") for record in records]
        mine = [written for written in read if stateful.belongs(written[0], partition)]
        changes = stateful.materialize(mine, store)
        store.write(changes, reached)
        stateful.follow(mine, changes, store)
        count += len(mine)
        erases = erases or stateful.erases(mine)
        progress()
    if count:
        # Another worker wrote in between, under a policy that is not known.
        store.write({FINGERPRINT: None}, {})
    if erases:
        store.erase_all()
    seconds = round(time.monotonic() - began, 2)
    log.info("state_ready", stage=stage.name, partition=partition, records=count, seconds=seconds)
    return store
