"""A partition's state when it is taken over: the local store, caught up from the stage's own output topic."""

import time
from collections.abc import Callable
from pathlib import Path

from schemas.runtime.kafka import read_back
from schemas.runtime.telemetry import logger
from streams.stage import Stage
from streams.worker.reprocess import FINGERPRINT
from streams.worker.state_store import PartitionStore

log = logger("streams.worker.restore")


async def restored(
    bootstrap: str, stage: Stage, partition: int, directory: Path, moved: Callable[[], None]
) -> PartitionStore:
    """Open the store of a partition and read what is missing back; `moved` is called as it goes. Raises: Transient."""
    kept = stage.state
    assert kept is not None
    began, count, erases = time.monotonic(), 0, False
    store = PartitionStore(directory)
    positions = store.positions()
    start = {(kept.topic, at): positions.get((kept.topic, at), 0) for at in kept.partitions(partition)}
    async for records, reached in read_back(bootstrap, start):
        read = [(kept.read(record.value or b""), record.value or b"") for record in records]
        mine = [written for written in read if kept.belongs(written[0], partition)]
        changes = kept.materialize(mine, store)
        store.write(changes, reached)
        kept.follow(mine, changes, store)
        count += len(mine)
        erases = erases or kept.erases(mine)
        moved()
    if count:
        # Somebody else wrote in between, on ground that we do not know.
        store.write({FINGERPRINT: None}, {})
    if erases:
        store.erase_all()
    seconds = round(time.monotonic() - began, 2)
    log.info("state_ready", stage=stage.name, partition=partition, records=count, seconds=seconds)
    return store
