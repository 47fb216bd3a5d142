"""The writer of the dissemination log: appends to the chain in Kafka, and moves the key of the home on.

Kafka first, then the key: a writer that is killed in between leaves a line that the next one recognizes by its MAC.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from filelock import FileLock, Timeout

from schemas.errors import Configuration, Rejected, Transient
from schemas.records import codec
from schemas.records.audit import Anchor, Dissemination
from schemas.topics import DISSEMINATION, DISSEMINATION_ANCHORS
from sinks.access.dissemination_key import read_key, write_key
from sinks.access.dissemination_log import (
    KEPT_MS,
    KeyState,
    LogCut,
    anchor,
    check_end,
    gets_anchor,
    initial_state,
    is_unfinished,
    next_line,
    next_state,
)

REQUEST_TIMEOUT_MS = 30_000
_CHAIN = TopicPartition(DISSEMINATION.name, 0)


class DisseminationLog:
    """Appends to the chain, one writer at a time: the lock of the home is held by whoever appends."""

    def __init__(self, bootstrap: str, home: Path) -> None:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._bootstrap, self._home = bootstrap, home
        self._lock = FileLock(home / "dissemination.lock", timeout=REQUEST_TIMEOUT_MS / 1000)
        self._reader: Any = None
        self._producer: Any = None

    async def append(self, fields: Mapping[str, Any]) -> None:
        """Write the next line, and return when Kafka has it. Raises: Transient, LogCut, Configuration."""
        async with self._writing() as last:
            state = read_key(self._home)
            if state is None:
                raise Configuration("this home has no dissemination key, and nothing is shown: `interagency init`")
            if last is not None and is_unfinished(state, last):
                state = await self._finish(state, last)
            check_end(state, last, KEPT_MS, fields["at"])
            await self._write(state, fields)

    async def begin_key(self, key: bytes, given_at: int) -> KeyState | None:
        """Start the key of a home that has none with the next line, at UTC milliseconds; return the state of the home.

        None where the home has no key though the log has lines with one: it was lost or removed, and another must not
        take its place unseen. Raises: Transient, Configuration.
        """
        async with self._writing() as last:
            state = read_key(self._home)
            if state is None and not (last and last["mac"]):
                state = initial_state(key, last, given_at)
                write_key(self._home, state)
            return state

    async def replace_key(self, key: bytes, fields: Mapping[str, Any]) -> KeyState:
        """Start a new key with a line that says so, whatever became of the former one; return its first state.

        Raises: Transient.
        """
        async with self._writing(readable=True) as last:
            try:
                former = read_key(self._home)
            except Configuration:
                former = None
            before = last or (former.last if former and former.last["number"] else None)
            first = initial_state(key, before, fields["at"])
            await self._write(first, fields)
            return first

    @asynccontextmanager
    async def _writing(self, readable: bool = False) -> AsyncIterator[Dissemination | None]:
        """Hold the lock; yield the last line, or the last that is `readable`. Raises: Transient, LogCut."""
        try:
            with self._lock:
                await self._connect()
                yield await self._last(readable)
        except (KafkaError, Timeout, TimeoutError) as exc:
            raise Transient(f"the dissemination log cannot be written ({type(exc).__name__})") from exc

    async def _write(self, state: KeyState, fields: Mapping[str, Any]) -> None:
        line = next_line(fields, state.last if state.last["number"] else None, state.key)
        value = codec.encode("dissemination", line)
        await self._producer.send_and_wait(DISSEMINATION.name, value, line["reader"].encode(), 0)
        await self._finish(state, line)

    async def _finish(self, state: KeyState, line: Anchor) -> KeyState:
        """Anchor a line that Kafka has, where it gets an anchor, and move the key on."""
        if gets_anchor(state.last if state.last["number"] else None, line):
            # Before the key: a writer that is killed here leaves the anchor to the next one.
            value = codec.encode("dissemination_anchor", anchor(line))
            await self._producer.send_and_wait(DISSEMINATION_ANCHORS.name, value, str(line["number"]).encode(), 0)
        after = next_state(state, line)
        write_key(self._home, after)
        return after

    async def _connect(self) -> None:
        if self._producer is None:
            options = {"bootstrap_servers": self._bootstrap, "request_timeout_ms": REQUEST_TIMEOUT_MS}
            self._reader = AIOKafkaConsumer(
                **options, group_id=None, auto_offset_reset="earliest", fetch_max_wait_ms=20
            )
            await self._reader.start()
            self._reader.assign([_CHAIN])
            self._producer = AIOKafkaProducer(
                **options, acks="all", enable_idempotence=True, max_request_size=DISSEMINATION.max_message_bytes
            )
            await self._producer.start()

    async def _last(self, readable: bool = False) -> Dissemination | None:
        """Return the last line; `readable`: the last one that can be read. Raises: LogCut when it cannot be."""
        ends = await self._reader.end_offsets([_CHAIN])
        begins = await self._reader.beginning_offsets([_CHAIN])
        for offset in range(ends[_CHAIN] - 1, begins[_CHAIN] - 1, -1):
            self._reader.seek(_CHAIN, offset)
            async with asyncio.timeout(REQUEST_TIMEOUT_MS / 1000):
                record = await self._reader.getone(_CHAIN)
            line = codec.decode("dissemination", record.value)
            if not isinstance(line, Rejected):
                return cast(Dissemination, line)
            if not readable:
                raise LogCut("the last record of the dissemination log is no line of it")
        return None

    async def stop(self) -> None:
        """Close the connections."""
        for client in (self._reader, self._producer):
            if client is not None:
                await client.stop()
