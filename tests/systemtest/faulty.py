"""A worker with a fault planted in it: `python -m tests.systemtest.faulty STAGE FAULT`. The product has no fail points.

raise     the stage raises at a record that contains POISON-<stage>
hang      a batch is never delivered
block     the event loop is blocked
kill-N    each record is sent alone, and the process killed (-9) at step N of the first transaction that writes
stop      the process is stopped (SIGSTOP) when all of the first transaction that writes is done but its commit
threads   no fault: the process ends itself, with CROSSED, when one thread calls what runs another's event loop
kills     for each line on standard input a worker with kill-1, kill-2 and so on, whose end is told on standard output

Steps of a transaction: after each record that the broker has, after the consumed offsets, and after the commit, when
the local store knows nothing of it yet.
"""

import asyncio
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import uvloop
from aiokafka import AIOKafkaProducer

from schemas.records.kafka_record import Record
from schemas.runtime import watchdog
from streams import __main__ as entry
from streams.stage import Output, Result, Stage, State
from streams.worker import delivery, faust_consumer, health, partitions

BROKERS_LEAST_SESSION_S = 6.0
CROSSED = 99
OFFSETS, COMMIT = "send_offsets_to_transaction", "commit_transaction"


def raising(stage: Stage) -> Stage:
    """A stage with a bug that one report shows."""

    def process(records: Sequence[Record], state: State, now: int) -> Result:
        if any(f"POISON-{stage.name}".encode() in (record.value or b"") for record in records):
            raise ZeroDivisionError("a bug, with the words of a person in it")
        return stage.process(records, state, now)

    return replace(stage, process=process)


class Steps:
    """Counts the steps of the first transaction that writes something; `then` is called with the name of each."""

    def __init__(self, then: Callable[[int, str], None]) -> None:
        self._then, self._done = then, 0

    def plant(self) -> None:
        """Put the steps into what sends, each output alone and one after the other."""
        send = delivery._send

        async def one_by_one(producer: Any, outputs: Sequence[Output], batch_bytes: int) -> dict[tuple[str, int], int]:
            ends: dict[tuple[str, int], int] = {}
            for output in outputs:
                ends |= await send(producer, [output], batch_bytes)
                self._step("record")
            return ends

        delivery._send = one_by_one
        for call in (OFFSETS, COMMIT):
            setattr(AIOKafkaProducer, call, self._with_step(call, getattr(AIOKafkaProducer, call)))

    def _with_step(self, name: str, call: Any) -> Any:
        async def then_step(*given: Any) -> Any:
            answer = await call(*given)
            if self._done:
                self._step(name)
            return answer

        return then_step

    def _step(self, name: str) -> None:
        self._done += 1
        self._then(self._done, name)


def stepping(fault: str) -> None:
    """Plant a kill at one step of a transaction, or a stop before its commit."""

    def then(step: int, name: str) -> None:
        if fault == f"kill-{step}":
            os.kill(os.getpid(), signal.SIGKILL)
        if fault == "stop" and name == OFFSETS:
            os.kill(os.getpid(), signal.SIGSTOP)

    faust_consumer.SESSION_S = BROKERS_LEAST_SESSION_S
    Steps(then).plant()


def kills(stage: str) -> None:
    """Fork the workers, so that Python and its modules start once."""
    for step, _ in enumerate(sys.stdin, 1):
        child = os.fork()
        if not child:
            stepping(f"kill-{step}")
            entry.main(stage)
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


class GuardedLoop(uvloop.Loop):  # type: ignore[misc]
    """An event loop that ends the process when a thread schedules on it what only its own may."""

    _runs_in: int | None = None

    def run_forever(self) -> None:
        """Run as uvloop does, and know in which thread."""
        self._runs_in = threading.get_ident()
        try:
            super().run_forever()
        finally:
            self._runs_in = None

    def call_soon(self, callback: Any, *args: Any, context: Any = None) -> Any:
        """Schedule as uvloop does; its own look at the thread costs the debug mode of everything."""
        if self._runs_in not in (None, threading.get_ident()):
            traceback.print_stack()
            os._exit(CROSSED)
        return super().call_soon(callback, *args, context=context)


class Guarded(uvloop.EventLoopPolicy):  # type: ignore[misc]
    """Gives every thread a guarded loop."""

    def _loop_factory(self) -> GuardedLoop:
        return GuardedLoop()


def main(stage: str, fault: str) -> None:
    build = entry.build

    async def hang(*_: Any) -> None:
        await asyncio.sleep(3600)

    async def block(*_: Any) -> None:
        time.sleep(3600)

    def planted(*given: Any) -> Any:
        built = build(*given)
        return replace(built, stage=raising(built.stage))

    if fault == "raise":
        entry.build = planted  # type: ignore[assignment]
    elif fault in ("hang", "block"):
        watchdog.STUCK_S = 4.0
        health.LAG_CHECK_S = 1.0
        partitions.Partitions.deliver = hang if fault == "hang" else block  # type: ignore[method-assign, assignment]
    elif fault == "threads":
        asyncio.set_event_loop_policy(Guarded())
    elif fault == "kills":
        return kills(stage)
    elif fault != "raise":
        stepping(fault)
    entry.main(stage)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
