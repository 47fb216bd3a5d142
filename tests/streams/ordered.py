"""Orders on reports through the real stages in one process: two writers, a topic that is compacted, workers that die.

A writer decides by what it read earlier, as a command does. The worker of resolve knows orders ahead of those that it
has been given, as the real one does, and what it writes of them comes back to it on the topic.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, cast

from schemas.agreements.report_orders import ORDER_KINDS, ReportOrderRegister, order_key, report_order
from schemas.records import codec
from schemas.records.kafka_record import Record
from schemas.records.order import OrderKind, ReportOrder
from schemas.topics import ENRICHED_REPORTS, INCIDENTS, PURGES
from streams import intake, resolve
from streams.stage import Output
from tests.streams.fakes import NOW, MemoryState, Runner, agencies, as_records, published
from tests.streams.test_resolve import at_hour, members

REPORTS = ("a_pd:1", "b_so:1", "c_mx:1")


class Effect(NamedTuple):
    """What holds of a report, by its newest records."""

    held: bool
    sealed: bool
    purged: bool


class Writer:
    """Somebody who orders, and lifts, and reads now and then what stands."""

    def __init__(self, name: str) -> None:
        self.name, self.known = name, ReportOrderRegister()


class World:
    """The topic of orders, resolve and intake, and what they make of it."""

    def __init__(self, seed: int) -> None:
        self.random, self.offset, self.now = random.Random(seed), 0, NOW
        self.topic: list[Record] = []
        self.writers = (Writer("records-1"), Writer("counsel-1"))
        self.effected: set[str] = set()
        self.accepted: set[str] = set()
        self.versions = dict.fromkeys(REPORTS, 0)
        self._intake_known = ReportOrderRegister()
        self._intake = intake.stage(agencies, 1, self._intake_known.final)
        self._start([])

    def _start(self, incidents: list[Output]) -> None:
        """Start a worker of resolve on what is left of its topic, and let it know all orders before the first."""
        self.custody, self.taken = ReportOrderRegister(), 0
        self.resolve = Runner(resolve.stage(1, report_orders=self.custody))
        self.resolve.topics[INCIDENTS.name] = incidents
        self.resolve.state.change(self.resolve.rebuilt())
        self.follow(whole=True)
        while self.take_in():
            pass

    def append(self, key: bytes, value: bytes) -> None:
        """Write a record to the topic of orders."""
        self.topic.append(Record(PURGES.name, 0, self.offset, self.now, key, value))
        self.offset += 1 + self.random.randrange(2)

    def read(self) -> None:
        """Let a writer read what stands."""
        writer = self.random.choice(self.writers)
        writer.known = custody_of(self.topic)

    def order(self) -> None:
        """Let a writer order something, or lift it, as the commands do: by what it read, which may be old."""
        writer, report_id = self.random.choice(self.writers), self.random.choice(REPORTS)
        kind: OrderKind = self.random.choice(ORDER_KINDS)
        if kind == "SEAL" or not writer.known.on(report_id).final:
            made = report_order(kind, report_id, writer.name, "test", self.now, self.random.random() < 0.6)
            self.append(order_key(made), codec.encode("report_order", made))

    def publish(self) -> None:
        """Let the next version of a report come, all about one incident."""
        name = self.random.choice(REPORTS)
        self.versions[name] += 1
        agency, number = name.split(":")
        made = at_hour(agency, number, 1, version=self.versions[name])
        result = self._intake.process([published(made, self.versions[name])], MemoryState(), self.now)
        taken = [one for one in result.outputs if one.topic == ENRICHED_REPORTS.name]
        self.accepted |= {name} if taken else set()
        self._run(as_records(taken))

    def follow(self, whole: bool = False) -> None:
        """Let the workers read orders ahead, to some place."""
        for custody in (self.custody, self._intake_known):
            end = self.offset if whole else self.random.randrange(self.offset + 1)
            learn(custody, (one for one in self.topic if one.offset < end))

    def take_in(self) -> bool:
        """Give resolve the next orders; tell whether there were any."""
        records = [one for one in self.topic if one.offset >= self.taken][: self.random.randint(1, 3)]
        if records:
            self._run(records)
            self.taken = records[-1].offset + 1
        return bool(records)

    def die(self) -> None:
        """Let the worker die in the midst of a batch, of which nothing is written, and start on an empty directory."""
        records = [one for one in self.topic if one.offset >= self.taken][:2]
        self.resolve.stage.process(records, self.resolve.state, self.now)
        self._start(self.resolve.topics[INCIDENTS.name])

    def compact(self) -> None:
        """Leave the newest record of each key on both topics; of orders, of those that resolve has read.

        `min.compaction.lag.ms` of the topic leaves it a week to read them.
        """
        self.topic = compacted(self.topic, self.taken)
        written = self.resolve.topics[INCIDENTS.name]
        last = {one.key: at for at, one in enumerate(written)}
        self.resolve.topics[INCIDENTS.name] = [one for at, one in enumerate(written) if last[one.key] == at]

    def _run(self, records: list[Record]) -> None:
        if not records:
            return
        result = self.resolve(records, self.now)
        for one in (one for one in result.outputs if one.topic == PURGES.name):
            effect = cast(ReportOrder, codec.decode_trusted("report_order", one.value))
            held = self.custody.on(effect["report_id"]).held
            assert effect["report_id"] in self.effected or not held, "erased under a hold that the stage knew of"
            self.effected.add(effect["report_id"])
            self.append(one.key, one.value)

    def settle(self) -> None:
        """Let the workers read all that there is, and what comes of it."""
        self.follow(whole=True)
        while self.take_in():
            self.follow(whole=True)

    def living(self) -> set[str]:
        """Return the reports that an incident has."""
        return set(members(self.resolve))


def learn(custody: ReportOrderRegister, records: Iterable[Record]) -> ReportOrderRegister:
    """Let records of the topic be learned."""
    for one in records:
        assert custody.apply_record(one.key, one.value, one.offset)
    return custody


def custody_of(records: Iterable[Record]) -> ReportOrderRegister:
    """Return what stands by these records."""
    return learn(ReportOrderRegister(), records)


def compacted(records: Sequence[Record], until: int | None = None) -> list[Record]:
    """Return the newest record of each key among those before the offset `until`, and all others."""
    last = {one.key: one.offset for one in records if until is None or one.offset < until}
    return [one for one in records if one.offset >= last.get(one.key, 0)]


def expected(records: Iterable[Record], report_id: str) -> Effect:
    """Return what holds by the newest record of each key: the rule, written down a second time."""
    newest = {one.key: codec.decode_trusted("report_order", one.value or b"") for one in records}

    def stands(kind: str) -> bool:
        found = newest.get(f"{kind}:{report_id}".encode())
        return found is not None and found["ordered"]

    purge = newest.get(f"purge:{report_id}".encode())
    final = purge is not None and purge["effective_at"] is not None
    return Effect(stands("hold"), stands("seal"), final or (stands("purge") and not stands("hold")))


STEPS: tuple[tuple[Callable[[World], object], int], ...] = (
    (World.order, 8),
    (World.read, 3),
    (World.publish, 4),
    (World.follow, 3),
    (World.take_in, 5),
    (World.compact, 1),
    (World.die, 1),
)
"""What may happen next, and how often."""


def played(seed: int, steps: int = 40) -> World:
    """Let things happen in an order of chance, then let the workers work off what is left."""
    world = World(seed)
    acts, weights = zip(*STEPS, strict=True)
    for _ in range(steps):
        world.now += 1000
        world.random.choices(acts, weights)[0](world)
    world.settle()
    return world
