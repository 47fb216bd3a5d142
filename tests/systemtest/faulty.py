"""A worker with a fault planted in it: `python -m tests.systemtest.faulty STAGE FAULT`. The product has no fail points.

raise     the stage raises at a record that contains POISON-<stage>
hang      a batch is never delivered
block     the event loop is blocked
kill-N    each record is sent alone, and the process killed (-9) at step N of the first transaction that writes
stop-N    the same, but stopped (SIGSTOP)
kills     for each line on standard input a worker with kill-1, kill-2 and so on, whose end is told on standard output

Steps of a transaction: after each record that the broker has, after the consumed offsets, and after the commit, when
the local store knows nothing of it yet.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from streams import __main__ as entry
from streams import broker, health, lane, worker
from streams.stage import Output, Record, Result, Stage, State

BROKERS_LEAST_SESSION_S = 6.0


def raising(stage: Stage) -> Stage:
    """A stage with a bug that one report shows."""

    def process(records: Sequence[Record], state: State, now: int) -> Result:
        if any(f"POISON-{stage.name}".encode() in (record.value or b"") for record in records):
            raise ZeroDivisionError("a bug, with the words of a person in it")
        return stage.process(records, state, now)

    return replace(stage, process=process)


class Steps:
    """Counts the steps of the first transaction that writes something, and sends this process a signal at one of them."""

    def __init__(self, at: int, what: signal.Signals) -> None:
        self._at, self._what, self._done = at, what, 0

    def send(self, original: Any) -> Any:
        """Send every output alone, one after the other."""

        async def one_by_one(producer: Any, outputs: Sequence[Output], batch_bytes: int) -> dict[tuple[str, int], int]:
            ends: dict[tuple[str, int], int] = {}
            for output in outputs:
                ends |= await original(producer, [output], batch_bytes)
                self._step()
            return ends

        return one_by_one

    def wrap(self, original: Any) -> Any:
        """A call of the producer that ends with a step, if anything was sent before."""

        async def then_step(*given: Any) -> Any:
            answer = await original(*given)
            if self._done:
                self._step()
            return answer

        return then_step

    def _step(self) -> None:
        self._done += 1
        if self._done == self._at:
            os.kill(os.getpid(), self._what)


def stepping(fault: str) -> None:
    """Plant a kill or a stop at one step of a transaction."""
    what, at = fault.split("-")
    steps = Steps(int(at), signal.SIGKILL if what == "kill" else signal.SIGSTOP)
    lane.SESSION_S = BROKERS_LEAST_SESSION_S
    broker._send = steps.send(broker._send)  # type: ignore[assignment]
    for call in ("send_offsets_to_transaction", "commit_transaction"):
        setattr(broker.AIOKafkaProducer, call, steps.wrap(getattr(broker.AIOKafkaProducer, call)))


def kills(stage: str) -> None:
    """Fork the workers, so that Python and its modules start once."""
    for step, _ in enumerate(sys.stdin, 1):
        child = os.fork()
        if not child:
            stepping(f"kill-{step}")
            entry.main(stage)
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def main(stage: str, fault: str) -> None:
    build = entry.build

    async def hang(*_: Any) -> None:
        await asyncio.sleep(3600)

    async def block(*_: Any) -> None:
        time.sleep(3600)

    def planted(*given: Any) -> Any:
        built, prepare = build(*given)
        return raising(built), prepare

    if fault == "raise":
        entry.build = planted  # type: ignore[assignment]
    elif fault in ("hang", "block"):
        health.STUCK_S = health.LOOP_BLOCKED_S = 4.0
        health.ASK_S = 1.0
        worker.Worker._deliver = hang if fault == "hang" else block  # type: ignore[method-assign, assignment]
    elif fault == "kills":
        return kills(stage)
    elif fault != "raise":
        stepping(fault)
    entry.main(stage)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
