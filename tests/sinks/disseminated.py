"""Dissemination logs as tests need them: chains with and without keys, and the topics of Kafka in memory."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from aiokafka.errors import KafkaConnectionError

from schemas.records import codec
from schemas.records.audit import Anchor, Dissemination
from schemas.topics import DISSEMINATION, DISSEMINATION_ANCHORS
from sinks.access.dissemination_log import (
    CHAINED,
    KeyState,
    digest_of,
    initial_state,
    mac_of,
    next_key,
    next_line,
    next_state,
)
from sinks.access.dissemination_writer import DisseminationLog

DAY_MS = 86_400_000
NOW = 1_800_000_000_000
KEPT_MS = 1826 * DAY_MS
FIRST_KEY = b"k" * 32


def question(at: int = NOW, asked: str = "{}") -> dict[str, Any]:
    return {"reader": "r", "audience": "a", "purpose": "p", "at": at, "asked": asked, "ids": ["v"], "outcome": "GIVEN"}


def chain(
    count: int, keyed_from: int | None = None, before: Dissemination | None = None, key: bytes = FIRST_KEY
) -> list[Dissemination]:
    """Return a chain whose lines from `keyed_from` on have a MAC."""
    lines: list[Dissemination] = []
    for _ in range(count):
        last = lines[-1] if lines else before
        signs = keyed_from is not None and (last["number"] + 1 if last else 1) >= keyed_from
        lines.append(next_line(question(NOW - DAY_MS + len(lines)), last, key if signs else None))
        key = next_key(key) if signs else key
    return lines


def rehashed(
    lines: list[Dissemination], changed: int, keys: Mapping[int, bytes] | None = None, **fields: Any
) -> list[Dissemination]:
    """Change a line and write all that follow anew, as one who can write everything, and has the MAC keys of `keys`."""
    made = lines[: changed - 1]
    for line in lines[changed - 1 :]:
        said = {name: value for name, value in line.items() if name not in CHAINED}
        said |= fields if line["number"] == changed else {}
        one: Any = next_line(said, made[-1] if made else None)
        key = (keys or {}).get(line["number"])
        made.append(cast(Dissemination, {**one, "mac": mac_of(one, key) if key else line["mac"]}))
    assert all(one["digest"] == digest_of(one) for one in made)
    return made


def state_after(lines: list[Dissemination], first: int = 1, key: bytes = FIRST_KEY) -> KeyState:
    """Return what a home keeps that wrote these lines, with its key from line `first` on."""
    before = lines[first - 2] if first > 1 else None
    state = initial_state(key, before, NOW)
    for line in lines[first - 1 :]:
        state = next_state(state, line)
    return state


@dataclass
class MemoryTopics:
    """The two topics, as consumer and producer of aiokafka; `lose` names the one of which no answer comes."""

    records: dict[str, list[bytes]] = field(
        default_factory=lambda: {DISSEMINATION.name: [], "dissemination-anchors": []}
    )
    lose: str = ""
    at: int = 0

    async def end_offsets(self, partitions: Collection[Any]) -> dict[Any, int]:
        return {one: len(self.records[one.topic]) for one in partitions}

    async def beginning_offsets(self, partitions: Collection[Any]) -> dict[Any, int]:
        return dict.fromkeys(partitions, 0)

    def seek(self, _: Any, offset: int) -> None:
        self.at = offset

    async def getone(self, partition: Any) -> Any:
        class Record:
            value = self.records[partition.topic][self.at]

        return Record

    async def send_and_wait(self, topic: str, value: bytes, key: bytes, partition: int) -> None:
        self.records[topic].append(value)
        if self.lose == topic:
            raise KafkaConnectionError

    async def stop(self) -> None:
        """Nothing is open."""

    @property
    def lines(self) -> list[Dissemination]:
        return [
            cast(Dissemination, codec.decode_trusted("dissemination", one)) for one in self.records[DISSEMINATION.name]
        ]

    @lines.setter
    def lines(self, lines: list[Dissemination]) -> None:
        self.records[DISSEMINATION.name] = [codec.encode("dissemination", line) for line in lines]

    @property
    def anchors(self) -> list[Anchor]:
        made = self.records[DISSEMINATION_ANCHORS.name]
        return [cast(Anchor, codec.decode_trusted("dissemination_anchor", one)) for one in made]

    def log(self, home: Path) -> DisseminationLog:
        """Return a writer of these topics."""
        log = DisseminationLog("nowhere", home)
        log._reader = log._producer = self
        return log


def broken(lines: Iterable[Dissemination]) -> int | None:
    """Return the number of the first line that was changed, or before which one is missing; None where the chain holds.

    The first line given is taken as it is: what stood before it may have reached the end of its retention.
    """
    before: Dissemination | None = None
    for line in lines:
        follows = before is None or (line["number"], line["previous"]) == (before["number"] + 1, before["digest"])
        if not follows or line["digest"] != digest_of(line):
            return line["number"]
        before = line
    return None
