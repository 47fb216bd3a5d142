"""Play a history to the real stages: intake, resolve and release, one step after the other, as workers do."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from random import Random
from typing import Any, cast

from schemas.agencies import BUNDLED as AGENCIES
from schemas.agreements import BUNDLED
from schemas.agreements.criteria import SharingCriteria, criteria_from_json, criteria_of
from schemas.agreements.register import AgreementRegister
from schemas.agreements.report_orders import ReportOrderRegister, order_key, report_order
from schemas.records import codec
from schemas.records.incident import PairDecision
from schemas.records.kafka_record import Record
from schemas.records.order import AgreementOrder, OrderKind
from schemas.records.report import Place
from schemas.topics import INCIDENTS, PURGES, RELEASED_INCIDENTS
from streams import intake, release, resolve
from streams.sharing.forms import area_of
from streams.sharing.policy import Registry, grant, withholdings
from streams.sharing.visible import Grant, Report, Visible
from streams.sharing.visible_reports import policy_fingerprint, reports_shared_under
from streams.stage import Output
from tests.streams.fakes import MemoryState, Runner, as_records, published
from tests.streams.history import History, Step
from tests.streams.marked import NOW
from tests.streams.test_resolve import word

MASTER = b"m" * 32
Version = tuple[str, int, str]
"""Report id, version, what it is judged by."""
Views = dict[str, dict[int, Mapping[str, Any]]]
"""View -> revision -> what was written."""


class Played:
    """A history gone through, as these audiences see it; `seed` cuts what release gets.

    `pointers` are shown. `noting`: all that partnerships among these audiences are granted is written down.
    """

    def __init__(
        self, history: History, audiences: Collection[str], seed: int, pointers: bool = True, noting: bool = False
    ) -> None:
        self._audiences, self._random = frozenset(audiences), Random(seed)
        self._pointers, self._noting = pointers, noting
        self._orders, self._custody = (
            AgreementRegister(BUNDLED[name] for name in history.agreements),
            ReportOrderRegister(),
        )
        agreements = self._orders.agreements.values()
        self._registry = Registry(AGENCIES.get, self._orders.vettings.values())
        self._shares = reports_shared_under(agreements, self._registry)

        def withheld(report: SharingCriteria) -> set[frozenset[str]]:
            return withholdings(report, agreements, self._registry)

        self._intake = intake.stage(AGENCIES.get, 1, self._custody.final, withheld)
        self._resolve = Runner(resolve.stage(1))
        shown = release.stage(MASTER, 1, self._sees, self._share, sealed=self._custody.sealed)
        self._release = Runner(shown)
        self._ground, self._offset = b"", 0
        self._written: dict[tuple[str, int], bool] = {}
        self.versions: dict[int, Version] = {}
        """Published report, by the identity of its dictionary -> its version."""
        self.granted: dict[tuple[str, Version], list[Grant]] = {}
        """Audience of an agreement and version -> all that it was ever granted of that."""
        for step in history.steps:
            self._take(step)

    def _sees(self, reports: Sequence[Report]) -> Mapping[str, Sequence[Report]]:
        return {name: own for name, own in release.reports_by_owner(reports).items() if name in self._audiences}

    def _share(self, reports: Sequence[Report], decided: Sequence[PairDecision], now: int) -> Mapping[str, Visible]:
        found = {name: seen for name, seen in self._shares(reports, decided, now).items() if name in self._audiences}
        return found if self._pointers else {name: seen._replace(pointers={}) for name, seen in found.items()}

    def _take(self, step: Step) -> None:
        """Take a step: what is ordered, then what stands on other ground now, then what is published."""
        for agreed in step.agreements:
            self._orders.apply(cast(AgreementOrder, {**agreed, "by": "x", "why": "y", "at": step.now}))
        orders = [self._order(*one, step.now) for one in step.orders]
        ground = policy_fingerprint(self._orders.agreements.values(), self._registry, self._custody.sealed, step.now)
        if ground != self._ground:
            self._ground = ground
            self._judge(self.versions.values(), step.now)
            standing = list(self.incidents().items())
            self._show([Record(INCIDENTS.name, 0, 0, step.now, *one) for one in standing], step.now, together=False)
        enriched = self._enriched(step)
        said = [word(left, right, verdict) for left, right, verdict in step.words]
        for records in (orders, said, enriched):
            made = self._resolve(records, step.now).outputs if records else []
            changed = [one for one in made if one.topic == INCIDENTS.name]
            self._show(as_records(changed), step.now, step.together)

    def _order(self, report_id: str, what: Mapping[str, bool], now: int) -> Record:
        ((flag, ordered),) = what.items()
        kinds: dict[str, OrderKind] = {"held": "HOLD", "sealed": "SEAL", "purged": "PURGE"}
        made = report_order(kinds[flag], report_id, "x", "y", now, ordered)
        self._custody.apply(made)
        return Record(PURGES.name, 0, 0, now, order_key(made), codec.encode("report_order", made))

    def _enriched(self, step: Step) -> list[Record]:
        """Take reports in, one by one: who is refused here would be missed below."""
        made: list[Output] = []
        for one in step.reports:
            self._offset += 1
            record = published(one, self._offset)._replace(timestamp=step.now)
            result = self._intake.process([record], MemoryState(), step.now)
            assert not result.refusals, f"an invented report is refused: {result.refusals[0].why}"
            some = [each for each in result.outputs if each.topic != "decisions"]
            made += some
            fresh = [self._version(one, each) for each in some]
            self._judge(fresh, step.now)
        return as_records(made)

    def _version(self, published_: dict[str, Any], output: Output) -> Version:
        enriched = codec.decode_trusted("enriched_report", output.value)
        made = (enriched["report_id"], enriched["version"], enriched["judged"])
        self.versions[id(published_)] = made
        return made

    def judged(self, one: dict[str, Any]) -> tuple[SharingCriteria, Place]:
        """Return what agreements judge a report by, and the area in which it lies."""
        agency = AGENCIES[one["agency"]["agency_id"]]
        found = intake.enrichment(one, agency, NOW)
        return criteria_of(agency["agency_id"], intake._judged_by(one, found)), area_of(found["place"])

    def _judge(self, versions: Iterable[Version], now: int) -> None:
        """Write down what every audience is granted of versions on the ground that there is now."""
        for one in set(versions) if self._noting else ():
            by = criteria_from_json(one[2])
            every = ((one_, who) for one_ in self._orders.agreements.values() for who in one_.audiences)
            for agreement, audience in (each for each in every if each[1].name in self._audiences):
                told = grant(by, audience, agreement, self._registry, now)
                self.granted.setdefault((audience.name, one), []).append(told)

    def _show(self, records: list[Record], now: int, together: bool) -> None:
        """Release records: those of one change in any order and any batches."""
        if not records:
            return
        if together:
            self._write(records, now, in_order=True)
            return
        self._random.shuffle(records)
        places = {self._random.randrange(len(records) + 1) for _ in range(2)}
        bounds = sorted({0, len(records), *places})
        for start, end in pairwise(bounds):
            self._write(records[start:end], now, in_order=False)

    def _write(self, records: list[Record], now: int, in_order: bool) -> None:
        for one in (output.decoded for output in self._release(records, now).outputs if output.decoded):
            self._written.setdefault((one.key, one.revision), in_order)

    def incidents(self) -> dict[bytes, bytes]:
        """Return the incidents as they stand: id -> record."""
        return self._resolve.newest(INCIDENTS.name)

    def order(self, audience: str) -> list[str]:
        """Return the views of an audience as they were written in batches: an index tells their order."""
        # What is written again in its old revision is stale: no index takes it.
        return [key for (key, _), in_order in self._written.items() if in_order and key.startswith(f"{audience}/")]

    def told(self, audience: str) -> Views:
        """Return all that an audience ever got; the incident behind a view is bookkeeping and never indexed."""
        found: Views = {}
        for one in self._release.topics.get(RELEASED_INCIDENTS.name, []):
            if one.decoded.audience == audience:
                shown = {name: getattr(one.decoded, name) for name in ("state", "into", "published_at", "document")}
                found.setdefault(one.key.decode(), {})[one.decoded.revision] = shown
        return found
