"""A worker with a fault planted in it: `python -m tests.systemtest.faulty STAGE FAULT`. The product has no fail points.

raise   the stage raises at a record that contains POISON-<stage>
hang    a batch is never delivered
block   the event loop is blocked
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from streams import __main__ as entry
from streams import health, worker
from streams.stage import Record, Result, Stage, State


def raising(stage: Stage) -> Stage:
    """A stage with a bug that one report shows."""

    def process(records: Sequence[Record], state: State, now: int) -> Result:
        if any(f"POISON-{stage.name}".encode() in (record.value or b"") for record in records):
            raise ZeroDivisionError("a bug, with the words of a person in it")
        return stage.process(records, state, now)

    return replace(stage, process=process)


def main(stage: str, fault: str) -> None:
    build = entry.build
    health.STUCK_S = health.LOOP_BLOCKED_S = 4.0
    health.ASK_S = 1.0

    async def hang(*_: Any) -> None:
        import asyncio

        await asyncio.sleep(3600)

    async def block(*_: Any) -> None:
        time.sleep(3600)

    def planted(*given: Any) -> Any:
        built, prepare = build(*given)
        return raising(built), prepare

    if fault == "raise":
        entry.build = planted  # type: ignore[assignment]
    if fault == "hang":
        worker.Worker._deliver = hang  # type: ignore[method-assign, assignment]
    if fault == "block":
        worker.Worker._deliver = block  # type: ignore[method-assign, assignment]
    entry.main(stage)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
