"""Reprocessing: when the policy changes that outputs depend on, run the stage again on every current record.

The store of a partition keeps the fingerprint of the policy snapshot under which all of its outputs were written; while
some are of the former and some of the new snapshot, it keeps none.
"""

import asyncio

from schemas.runtime.clock import now_ms
from schemas.runtime.kafka import committed, newest_records
from schemas.runtime.telemetry import logger
from schemas.topics import broadcast_group
from streams.stage import PolicyAt, PolicySnapshot
from streams.worker.faust_consumer import Consumer
from streams.worker.partitions import Partition, Partitions, Reprocessing
from streams.worker.restore import FINGERPRINT

CHECK_S = 1.0

log = logger("streams.worker.reprocess")


class Reprocessor:
    """Checks the policy each second, and reprocesses part by part the partitions that were written under another."""

    def __init__(self, partitions: Partitions, policy_at: PolicyAt) -> None:
        self._partitions, self._policy_at = partitions, policy_at

    async def run(self, consumer: Consumer) -> None:
        """Check and reprocess until cancelled; while anything is left, without a pause. Raises: Transient."""
        while True:
            busy = any(partition.reprocessing for partition in self._partitions.owned.values())
            await asyncio.sleep(0 if busy else CHECK_S)
            async with self._partitions.turn:
                policy = self._policy_at(now_ms())

                async def step(partition: Partition, policy: PolicySnapshot = policy) -> None:
                    await self.step(partition, policy)

                await self._partitions.for_each(consumer, step)

    async def step(self, partition: Partition, policy: PolicySnapshot) -> None:
        """Process the next part of a partition's current records, if its outputs depend on another policy.

        Raises: Transient, Fenced.
        """
        assert partition.store is not None
        if partition.reprocessing is None or partition.reprocessing.policy.fingerprint != policy.fingerprint:
            if partition.reprocessing is not None:
                await partition.reprocessing.parts.aclose()
                partition.reprocessing = None
            if partition.store.get_many([FINGERPRINT])[0] == policy.fingerprint:
                await self._report(partition, policy)
                return
            # From here to the end, some outputs depend on the one and some on the other.
            partition.store.write({FINGERPRINT: None}, {})
            partition.reprocessing = await self.begin(partition.number, policy)
        part = await anext(partition.reprocessing.parts, None)
        if part is None:
            log.info("run_again", stage=self._partitions.stage.name, partition=partition.number)
            partition.store.write({FINGERPRINT: policy.fingerprint}, {})
            partition.reprocessing = None
            await self._report(partition, policy)
        for records in self._partitions.runner.slices(part or ()):
            await self._partitions.deliver(partition, records, {})
        self._partitions.progress()

    async def begin(self, number: int, policy: PolicySnapshot) -> Reprocessing:
        """Open a reader of the current records of a partition that the group has processed; no batch may be in flight.

        Raises: Transient.
        """
        source, superseded = (self._partitions.stage.topic, number), set[bytes | None]()
        end = await committed(self._partitions.bootstrap, self._partitions.group, source)
        return Reprocessing(policy, newest_records(self._partitions.bootstrap, source, end, superseded), superseded)

    async def _report(self, partition: Partition, policy: PolicySnapshot) -> None:
        """Commit how far the topics behind the policy were read, so that whoever waits for an order can see it."""
        if policy != partition.policy and policy.positions:
            group = broadcast_group(self._partitions.group, partition.number)
            await partition.delivery.deliver([], policy.positions, group)
        partition.policy = policy
