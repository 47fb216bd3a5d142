"""A stage: a function of a batch of records that returns what to send and what to refuse.

A stage never sees Faust, Kafka or a clock. Each input record ends in outputs, in a refusal, or in nothing because it
changes nothing; the worker delivers all of it before it acknowledges the records.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from schemas.errors import Rejected
from schemas.records.kafka_record import Record
from schemas.records.report import SourcePosition


@dataclass(frozen=True, slots=True)
class Output:
    """A record to send because of input `cause`, its place in the batch.

    `decoded` is the record, for a stage whose state is this topic; None elsewhere.
    """

    topic: str
    partition: int
    key: bytes
    value: bytes
    cause: int
    decoded: Any = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """The refusal of input `cause`, its place in the batch."""

    cause: int
    why: Rejected


@dataclass(slots=True)
class Result:
    """What a stage made of a batch."""

    outputs: list[Output] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    noticed: Counter[str] = field(default_factory=Counter)
    """Counts for an operator: for metrics, never for a decision."""


class State(Protocol):
    """The materialized state of one partition, as a stage reads it."""

    kept: dict[str, Any]
    """What a stage keeps in memory while it owns the partition; it can be rebuilt from the state at any time."""

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Return the values of `keys`, in their order; None for a key that is not there."""
        ...

    def scan(self, prefix: bytes) -> Iterable[tuple[bytes, bytes]]:
        """Yield every key that begins with `prefix`, in byte order, with its value."""
        ...


class Store(State, Protocol):
    """The state of one partition, as the worker writes it."""

    def write(self, changes: "Changes", positions: Mapping[tuple[str, int], int], erasing: bool = False) -> None:
        """Write `changes` together with the positions, (topic, partition) -> next offset, all or nothing.

        `erasing`: the former bytes of the changed keys are erased from disk as well.
        """
        ...


class NoState:
    """The state of a stage without state."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    def scan(self, prefix: bytes) -> Iterable[tuple[bytes, bytes]]:
        """Return nothing."""
        return ()

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Return None for each key."""
        return [None] * len(keys)


Process = Callable[[Sequence[Record], State, int], Result]
"""(records of one partition where the stage has state, its state, now in UTC milliseconds) -> Result."""

Written = tuple[Any, bytes]
"""A record of a stage's own output topic: as `Stateful.read` decodes it, and encoded."""

Changes = dict[bytes, bytes | None]
"""Changes of a state: key -> value, None where the key is removed."""

Materialize = Callable[[Sequence[Written], State], Changes]
"""Records of the stage's own output topic, in order, and its state -> the changes; it changes nothing itself."""


def nothing_kept(written: Sequence[Written], changes: Changes, state: State) -> None:
    """Keep nothing in memory."""


def nothing_erased(written: Sequence[Written]) -> bool:
    """Return that no record erases anything."""
    return False


class PolicySnapshot(NamedTuple):
    """What outputs depend on besides records, state and broadcast topics: its fingerprint, and how far it was read.

    `positions`: (topic, partition) -> next offset.
    """

    fingerprint: bytes
    positions: Mapping[tuple[str, int], int] = MappingProxyType({})


PolicyAt = Callable[[int], PolicySnapshot]
"""UTC milliseconds -> the policy snapshot that outputs depend on at that time."""


@dataclass(frozen=True, slots=True)
class Stateful:
    """A stage whose state is its own output topic, kept per input partition."""

    topic: str
    read: Callable[[bytes], Any]
    """Decodes a record of `topic` that this stage wrote."""
    partitions: Callable[[int], Sequence[int]]
    """Partitions of `topic` that hold the state of an input partition."""
    belongs: Callable[[Any, int], bool]
    """Whether a record of `topic` is part of the state of an input partition."""
    materialize: Materialize
    follow: Callable[[Sequence[Written], Changes, State], None] = nothing_kept
    """Applies to memory what `materialize` changed, once that is written."""
    erases: Callable[[Sequence[Written]], bool] = nothing_erased
    """Returns whether any of these records removes content permanently: its bytes are then erased from disk too."""
    broadcast: Sequence[str] = ()
    """Compacted topics of one partition that every input partition reads whole, before its first batch."""
    policy_at: PolicyAt | None = None
    """When the snapshot changes, every current record of the input partition is processed again, part by part."""


Trace = Callable[[Record], tuple[str, SourcePosition | None]]
"""An input record -> its agency and the published report behind it, as far as they can be traced."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the stream: `pattern` is a regular expression of topics, or `topic` a single one."""

    name: str
    topic: str
    process: Process
    trace: Trace
    pattern: str | None = None
    state: Stateful | None = None
