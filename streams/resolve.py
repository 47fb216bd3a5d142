"""Resolve: decide which version of each report is current, and which reports the links between them connect.

The result is a function of the newest version of each report and the adjudications, whatever the order of arrival. The
state is the topic `incidents` itself: each record by its id, where each report is, and the block index. A batch
recomputes the components that its reports touch and writes the records that changed.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, cast

from schemas.agreements.report_orders import ReportOrderRegister, order_key
from schemas.errors import Reason, Rejected
from schemas.records import codec
from schemas.records.audit import Decision
from schemas.records.incident import Incident, PairDecision
from schemas.records.kafka_record import Record
from schemas.records.order import MODEL, Adjudication, ReportOrder
from schemas.records.report import SourcePosition
from schemas.topics import ADJUDICATIONS, DECISIONS, ENRICHED_REPORTS, INCIDENTS, PURGES, partition_for
from streams.dedupe.adjudications import Adjudications
from streams.dedupe.block_index import Overlay
from streams.dedupe.link_graph import Forms, Graph, decisions
from streams.dedupe.profile import profiles
from streams.dedupe.term_frequency import hot_terms
from streams.dedupe.weights import TABLE, Table
from streams.incidents import incident_record
from streams.incidents.batch import Batch, audit_record, new_decisions, versions_of
from streams.incidents.incident_state import erases, follow, materialize, window_of
from streams.incidents.table_migration import Migration
from streams.incidents.versions import member_of, purged, supersede, version_decision, with_history
from streams.stage import Output, Refusal, Result, Stage, State, Stateful

_BROADCAST = {ADJUDICATIONS.name: "adjudication", PURGES.name: "report_order"}
"""Broadcast topic -> schema."""
_RESERVED = Rejected(Reason.BAD_VALUE, "by", "`by` must name a person; `model` is reserved")


def trace(record: Record) -> tuple[str, SourcePosition | None]:
    """Return the agency of an enriched report, and where the report behind it was published."""
    enriched = codec.decode("enriched_report", record.value)
    if isinstance(enriched, Rejected):
        return "", None
    source = enriched["source"]
    return enriched["agency_id"], {name: source[name] for name in ("topic", "partition", "offset")}  # type: ignore[return-value]


class _BatchResolution:
    """The resolution of one batch of one partition."""

    def __init__(
        self,
        records: Sequence[Record],
        state: State,
        generation: int,
        now: int,
        table: Table,
        orders: ReportOrderRegister,
    ) -> None:
        self._records, self._generation, self._now = records, generation, now
        self._domain = records[0].partition if records else 0
        overlay = Overlay(window_of(state))
        self._adjudications = cast(Adjudications, state.kept.setdefault("words", Adjudications()))
        self._orders, self._taking_effect = orders, set[str]()
        self._batch = Batch(state, overlay)
        self._graph = Graph(overlay, self._adjudications, self._batch.find, table)
        self._causes: dict[str, int] = {}
        """Report to resolve -> the place of the record because of which."""
        self._migration = Migration.of(state)
        self.result = Result()

    def read(self) -> None:
        """Apply the records: new versions, adjudications, and orders on reports."""
        decoded = [(cause, self._decoded(cause, record)) for cause, record in enumerate(self._records)]
        self._batch.load(dict.fromkeys(record["report_id"] for _, record in decoded if "report_id" in record))
        if self._records:
            self._causes |= dict.fromkeys(self._migration.take(len(self._records)), len(self._records) - 1)
        for cause, record in decoded:
            if record and self._records[cause].topic == PURGES.name:
                self._orders.apply(cast(ReportOrder, record), self._records[cause].offset)
        apply = {ADJUDICATIONS.name: self._apply_adjudication, PURGES.name: self._apply_order}
        for cause, record in decoded:
            if record:
                apply.get(self._records[cause].topic, self._apply_version)(cause, record)
        for name in self._batch.admitted_or_crowded_out():
            self._causes.setdefault(name, len(self._records) - 1)

    def _decoded(self, cause: int, record: Record) -> dict[str, Any]:
        """Return a decoded record, {} for one that is refused."""
        decoded = codec.decode(_BROADCAST.get(record.topic, "enriched_report"), record.value)
        if isinstance(decoded, Rejected) or decoded.get("by") == MODEL:
            self.result.refusals.append(Refusal(cause, decoded if isinstance(decoded, Rejected) else _RESERVED))
            return {}
        return decoded

    def _apply_adjudication(self, cause: int, adjudication: dict[str, Any]) -> None:
        self._adjudications.apply(cast(Adjudication, adjudication))
        self._causes |= {adjudication["left"]: cause, adjudication["right"]: cause}

    def _apply_order(self, cause: int, record: dict[str, Any]) -> None:
        """Erase the report of an order where a purge of it takes effect, after all orders of the batch are applied."""
        order, offset = cast(ReportOrder, record), self._records[cause].offset
        if order["cleared_at"] is not None:
            return
        if order["report_id"] in self._orders.purged:
            self._erase(order["report_id"], cause)
        elif order["kind"] == "PURGE" and self._batch.was_erased(order["report_id"]):
            # A lift was written over the effect, and compaction left only that: what is erased stays erased.
            self._record_effect(order["report_id"], cause)
        if final := self._orders.overwritten_final(order, offset):
            self._write_order(final, cause)

    def _erase(self, report_id: str, cause: int) -> None:
        """Erase a report, and resolve again the reports that were in one incident with it."""
        erased = self._batch.erase(report_id)
        self._causes |= dict.fromkeys(self._batch.stored_with([report_id]), cause)
        if erased is not None:
            self._write_decision(purged(erased, self._now), cause)
        if erased is not None or self._batch.was_erased(report_id):
            self._record_effect(report_id, cause)

    def _record_effect(self, report_id: str, cause: int) -> None:
        """Write that a purge took effect, unless it is final already: once that is read back, nothing changes it."""
        purge = self._orders.on(report_id).purge
        if purge is not None and report_id not in self._orders.final and report_id not in self._taking_effect:
            self._taking_effect.add(report_id)
            self._write_order({**purge, "ordered": True, "effective_at": self._now}, cause)

    def _write_order(self, order: ReportOrder, cause: int) -> None:
        self.result.outputs.append(Output(PURGES.name, 0, order_key(order), codec.encode("report_order", order), cause))

    def _apply_version(self, cause: int, enriched: dict[str, Any]) -> None:
        """Make the newest version of a report current, and write what became of the other one."""
        new = member_of(enriched, self._records[cause].value or b"")
        report_id = new["report_id"]
        if report_id in self._orders.purged:
            self._write_decision(purged(new, self._now), cause)
            self._record_effect(report_id, cause)
            return
        before = self._batch.members.get(report_id)
        if before is None:
            self._batch.put(new, profiles(enriched))
            self._causes[report_id] = cause
            return
        current, superseded, kind = supersede(before, new)
        if superseded is None:
            return
        member = with_history(current, superseded)
        if member != before:
            self._batch.put(member, profiles(enriched) if current is new else ())
            self._causes[report_id] = cause
        incident = self._batch.incident_of(report_id)
        self._write_decision(version_decision(kind, superseded, current, incident, self._now), cause)

    def _write_decision(self, decision: Decision, cause: int) -> None:
        key, topic = decision["decision_id"], DECISIONS.at(self._generation)
        value = codec.encode("decision", decision)
        self.result.outputs.append(Output(topic, partition_for(key, DECISIONS), key.encode(), value, cause))

    def components(self) -> Iterator[tuple[set[str], int]]:
        """Yield every component that the batch touches, before or after, and the place in the batch of its cause."""
        waiting, done = list(self._causes.items()), set[str]()
        while waiting:
            name, cause = waiting.pop()
            report = () if name in done else self._batch.find(name)
            if not report:
                continue
            component = self._graph.component(report)
            done |= component
            self._batch.load(component)
            waiting += [(other, cause) for other in self._batch.stored_with(component) if other not in done]
            parts = list(self._graph.bounded(component, self._batch.size))
            self.result.noticed["full_incidents"] += len(parts) > 1
            for part in parts:
                yield part, max([cause, *(self._causes[name] for name in part if name in self._causes)])

    def write(self) -> None:
        """Write every record that changed, and the decisions that are new."""
        for names, cause in list(self.components()):
            decided = decisions(self._graph, names)
            fresh = {name: self._batch.changed[name] for name in names if name in self._batch.changed}
            for incident in self._batch.changed_records(names, decided, self._domain, self._generation):
                self._write_incident(incident, fresh, cause)
                self._write_new_decisions(incident, cause)
        for incident in self._batch.erasures():
            self._write_incident(incident, {}, 0)
        self._write_unsure()
        changed = [report[0] for report in self._batch.changed.values()]
        self.result.noticed.update(hot_terms=sum(map(hot_terms, changed)), comparisons=self._graph.comparisons)

    def _write_incident(self, incident: Incident, fresh: Mapping[str, Forms], cause: int) -> None:
        topic, key = INCIDENTS.at(self._generation), incident["incident_id"].encode()
        value, kept = incident_record.write(incident), {**incident, "profiles": fresh}
        self.result.outputs.append(Output(topic, self._domain, key, value, cause, decoded=kept))

    def _write_new_decisions(self, incident: Incident, cause: int) -> None:
        versions = versions_of(incident["members"])
        for pair in new_decisions(incident, self._batch.stored.get(incident["incident_id"])):
            self._write_decision(audit_record(pair, versions, incident["incident_id"], self._now), cause)

    def _write_unsure(self) -> None:
        """Write the pairs of changed reports that wait for adjudication."""
        for left, right in sorted(self._graph.unsure):
            if left not in self._batch.changed and right not in self._batch.changed:
                continue
            self._batch.load((left, right))
            versions = versions_of([self._batch.members[left], self._batch.members[right]])
            pair: PairDecision = {**self._graph.decision(left, right), "verdict": "UNSURE"}
            cause = max(self._causes.get(left, 0), self._causes.get(right, 0))
            self._write_decision(audit_record(pair, versions, "", self._now), cause)


def stage(generation: int, table: Table = TABLE, report_orders: ReportOrderRegister | None = None) -> Stage:
    """Build the resolve stage of `generation`, which decides by `table`.

    `report_orders` may hold more orders than the stage was given as records, so that an order that was lifted since is
    never acted on.
    """
    orders = ReportOrderRegister() if report_orders is None else report_orders

    def process(records: Sequence[Record], state: State, now: int) -> Result:
        resolution = _BatchResolution(records, state, generation, now, table, orders)
        resolution.read()
        resolution.write()
        return resolution.result

    state = Stateful(
        topic=INCIDENTS.at(generation),
        read=incident_record.trusted,
        partitions=lambda domain: [domain],
        belongs=lambda _, __: True,
        materialize=partial(materialize, version=table.version),
        follow=follow,
        erases=erases,
        broadcast=(ADJUDICATIONS.name, PURGES.name),
    )
    return Stage("resolve", ENRICHED_REPORTS.at(generation), process, trace, state=state)
