"""Resolve: which version of a report stands, and which reports the links between them connect.

Pure in what stands: the newest version of each report and the words of persons decide, the order of arrival does not.
The state is the topic `incidents` itself: each record by its id, each report's record and bucket of time, and the block
index. A batch recomputes the components that its reports touch and writes those that changed.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, cast

from schemas.agreements.report_orders import ReportOrders, order_key
from schemas.errors import Reason, Rejected
from schemas.records import codec
from schemas.records.audit import Decision
from schemas.records.incident import Incident, PairDecision
from schemas.records.kafka_record import Record
from schemas.records.order import MODEL, Adjudication, ReportOrder
from schemas.records.report import SourcePosition
from schemas.topics import ADJUDICATIONS, DECISIONS, ENRICHED_REPORTS, INCIDENTS, PURGES, partition_for
from streams.dedupe.adjudications import Adjudications
from streams.dedupe.block_index import PREFIX as BLOCK
from streams.dedupe.block_index import Overlay, Window
from streams.dedupe.link_graph import Forms, Graph, decisions
from streams.dedupe.profile import pack, profiles
from streams.dedupe.term_frequency import hot_terms
from streams.dedupe.weights import TABLE, Table
from streams.incidents import incident_record, table_migration
from streams.incidents.batch import INCIDENT, REPORT, Batch, Home, audit, erased_by, news, versions_of
from streams.incidents.table_migration import Outdated, marks
from streams.incidents.versions import decision, member_of, purged, supersede, with_history
from streams.stage import Changes, Output, Refusal, Result, Stage, State, Stateful, Written

_BESIDE = {ADJUDICATIONS.name: "adjudication", PURGES.name: "report_order"}
"""What every partition takes in whole: topic -> schema."""
_NOBODY = Rejected(Reason.BAD_VALUE, "by", "a person's word has a person's login")


def _window(state: State) -> Window:
    return cast(Window, state.kept.get("window") or state.kept.setdefault("window", Window(state)))


def materialize(written: Sequence[Written], state: State, version: str) -> Changes:
    """Return what these records change in the state.

    Incident id -> Incident; report id -> incident id and buckets of time; bucket and form -> profile; and whether a
    decision is of another table than `version`. `profiles` of a record are those of its members that the batch changed;
    a record that was read back has none.
    """
    changes = marks((incident for incident, _ in written), version, state)
    for incident, value in written:
        name = incident["incident_id"]
        changes[INCIDENT + name.encode()] = value
        if report := erased_by(incident):
            changes |= _forgotten(report, changes, state)
        fresh: dict[str, Forms] | None = incident.get("profiles")
        keys = [REPORT + member["report_id"].encode() for member in incident["members"]]
        stored = [changes.get(key) or before for key, before in zip(keys, state.get_many(keys), strict=True)]
        for key, before, member in zip(keys, stored, incident["members"], strict=True):
            report_id = member["report_id"]
            if fresh is not None and before is not None and report_id not in fresh:
                changes[key] = Home.read(before)._replace(incident=name).written()
                continue
            enriched = None if fresh else codec.decode_trusted("enriched_report", member["enriched"])
            changes |= _kept(report_id, name, fresh[report_id] if fresh else profiles(enriched or {}), before)
    return changes


def _kept(report_id: str, incident: str, forms: Forms, before: bytes | None) -> Changes:
    """Put a report and its forms into the state, in place of what it was before."""
    home = Home(incident, tuple(one.bucket for one in forms))
    changes: Changes = {_form_key(*form): None for form in Home.read(before).forms(report_id)} if before else {}
    changes |= {_form_key(one.name, one.bucket): pack(one) for one in forms}
    return changes | {REPORT + report_id.encode(): home.written()}


def _forgotten(report_id: str, changes: Mapping[bytes, bytes | None], state: State) -> Changes:
    """Take a report and its forms out of the state."""
    key = REPORT + report_id.encode()
    before = changes[key] if key in changes else state.get_many([key])[0]
    gone: Changes = {_form_key(*form): None for form in Home.read(before).forms(report_id)} if before else {}
    return gone | {key: None} if before is not None else {}


def _form_key(name: str, bucket: bytes) -> bytes:
    return BLOCK + bucket + name.encode("utf-8", "surrogateescape")


def follow(written: Sequence[Written], changes: Changes, state: State) -> None:
    """Take into memory what was changed in the state."""
    _window(state).follow(changes)
    table_migration.follow(state)


def erases(written: Sequence[Written]) -> bool:
    """Tell whether any of these records says that a report is erased."""
    return any(erased_by(incident) is not None for incident, _ in written)


def trace(record: Record) -> tuple[str, SourcePosition | None]:
    """Tell the published report behind an enriched one."""
    enriched = codec.decode("enriched_report", record.value)
    if isinstance(enriched, Rejected):
        return "", None
    source = enriched["source"]
    return enriched["agency_id"], {name: source[name] for name in ("topic", "partition", "offset")}  # type: ignore[return-value]


class _Resolving:
    """One batch of one partition."""

    def __init__(
        self, records: Sequence[Record], state: State, generation: int, now: int, table: Table, custody: ReportOrders
    ) -> None:
        self._records, self._generation, self._now = records, generation, now
        self._domain = records[0].partition if records else 0
        overlay = Overlay(_window(state))
        self._words = cast(Adjudications, state.kept.setdefault("words", Adjudications()))
        self._custody, self._taking_effect = custody, set[str]()
        self._batch = Batch(state, overlay)
        self._graph = Graph(overlay, self._words, self._batch.find, table)
        self._causes: dict[str, int] = {}
        self._outdated = Outdated.of(state)
        self.result = Result()

    def read(self) -> None:
        """Take in what the records say: newer versions, persons' words, and orders on reports."""
        read = [(cause, self._decoded(cause, record)) for cause, record in enumerate(self._records)]
        self._batch.load(dict.fromkeys(one["report_id"] for _, one in read if "report_id" in one))
        if self._records:
            self._causes |= dict.fromkeys(self._outdated.take(len(self._records)), len(self._records) - 1)
        for cause, one in read:
            if one and self._records[cause].topic == PURGES.name:
                self._custody.apply(cast(ReportOrder, one), self._records[cause].offset)
        act = {ADJUDICATIONS.name: self._learn, PURGES.name: self._order}
        for cause, one in read:
            if one:
                act.get(self._records[cause].topic, self._settle)(cause, one)
        for name in self._batch.moved():
            self._causes.setdefault(name, len(self._records) - 1)

    def _learn(self, cause: int, word: dict[str, Any]) -> None:
        self._words.apply(cast(Adjudication, word))
        self._causes |= {word["left"]: cause, word["right"]: cause}

    def _order(self, cause: int, order: dict[str, Any]) -> None:
        """Erase the report of an order where a purge of it takes effect, all orders of the batch being known."""
        made, offset = cast(ReportOrder, order), self._records[cause].offset
        if made["cleared_at"] is not None:
            return
        if made["report_id"] in self._custody.purged:
            self._erase(made["report_id"], cause)
        elif made["kind"] == "PURGE" and self._batch.was_erased(made["report_id"]):
            # A lift was written over the effect, and compaction left that alone: what is erased stays so.
            self._take_effect(made["report_id"], cause)
        if final := self._custody.overwritten_final(made, offset):
            self._write_order(final, cause)

    def _erase(self, name: str, cause: int) -> None:
        """Erase a report; those that were with it are decided on again."""
        gone = self._batch.take_out(name)
        self._causes |= dict.fromkeys(self._batch.beside([name]), cause)
        if gone is not None:
            self._decide(purged(gone, self._now), cause)
        if gone is not None or self._batch.was_erased(name):
            self._take_effect(name, cause)

    def _take_effect(self, name: str, cause: int) -> None:
        """Write down that a purge took effect, if it is not final yet: once it is read back, nothing changes it."""
        purge = self._custody.on(name).purge
        if purge is not None and name not in self._custody.final and name not in self._taking_effect:
            self._taking_effect.add(name)
            self._write_order({**purge, "ordered": True, "effective_at": self._now}, cause)

    def _write_order(self, order: ReportOrder, cause: int) -> None:
        self.result.outputs.append(Output(PURGES.name, 0, order_key(order), codec.encode("report_order", order), cause))

    def _decoded(self, cause: int, record: Record) -> dict[str, Any]:
        schema = _BESIDE.get(record.topic, "enriched_report")
        found = codec.decode(schema, record.value)
        if isinstance(found, Rejected) or found.get("by") == MODEL:
            why = found if isinstance(found, Rejected) else _NOBODY
            self.result.refusals.append(Refusal(cause, why))
            return {}
        return found

    def _settle(self, cause: int, enriched: dict[str, Any]) -> None:
        """Let the newest version of a report stand, and write down what becomes of the other."""
        new = member_of(enriched, self._records[cause].value or b"")
        if new["report_id"] in self._custody.purged:
            self._decide(purged(new, self._now), cause)
            self._take_effect(new["report_id"], cause)
            return
        standing = self._batch.members.get(new["report_id"])
        if standing is None:
            self._batch.put(new, profiles(enriched))
            self._causes[new["report_id"]] = cause
            return
        stands, falls, kind = supersede(standing, new)
        if falls is None:
            return
        told = with_history(stands, falls)
        if told != standing:
            self._batch.put(told, profiles(enriched) if stands is new else ())
            self._causes[new["report_id"]] = cause
        self._decide(decision(kind, falls, stands, self._batch.home(new["report_id"]), self._now), cause)

    def _decide(self, made: Decision, cause: int) -> None:
        key, topic = made["decision_id"], DECISIONS.at(self._generation)
        value = codec.encode("decision", made)
        self.result.outputs.append(Output(topic, partition_for(key, DECISIONS), key.encode(), value, cause))

    def components(self) -> Iterator[tuple[set[str], int]]:
        """Give every component that the batch touches, before or after, and the record because of which."""
        waiting, done = list(self._causes.items()), set[str]()
        while waiting:
            name, cause = waiting.pop()
            report = () if name in done else self._batch.find(name)
            if not report:
                continue
            found = self._graph.component(report)
            done |= found
            self._batch.load(found)
            waiting += [(beside, cause) for beside in self._batch.beside(found) if beside not in done]
            parts = list(self._graph.bounded(found, self._batch.size))
            self.result.noticed["full_incidents"] += len(parts) > 1
            for part in parts:
                yield part, max([cause, *(self._causes[name] for name in part if name in self._causes)])

    def write(self) -> None:
        """Write every record that changed, and the decisions that are new."""
        topic = INCIDENTS.at(self._generation)
        for names, cause in list(self.components()):
            decided = decisions(self._graph, names)
            for made in self._batch.regrouped(names, decided, self._domain, self._generation):
                key, value = made["incident_id"].encode(), incident_record.write(made)
                fresh = {name: self._batch.changed[name] for name in names if name in self._batch.changed}
                self.result.outputs.append(
                    Output(topic, self._domain, key, value, cause, made={**made, "profiles": fresh})
                )
                self._tell(made, cause)
        for made in self._batch.erased():
            key, value = made["incident_id"].encode(), incident_record.write(made)
            self.result.outputs.append(Output(topic, self._domain, key, value, 0, made={**made, "profiles": {}}))
        self._tell_unsure()
        changed = [report[0] for report in self._batch.changed.values()]
        self.result.noticed.update(hot_terms=sum(map(hot_terms, changed)), comparisons=self._graph.comparisons)

    def _tell(self, made: Incident, cause: int) -> None:
        versions = versions_of(made["members"])
        for pair in news(made, self._batch.stored.get(made["incident_id"])):
            self._decide(audit(pair, versions, made["incident_id"], self._now), cause)

    def _tell_unsure(self) -> None:
        """Put the doubts about reports that this batch changed down for a person."""
        for left, right in sorted(self._graph.unsure):
            if left not in self._batch.changed and right not in self._batch.changed:
                continue
            self._batch.load((left, right))
            versions = versions_of([self._batch.members[left], self._batch.members[right]])
            pair: PairDecision = {**self._graph.decision(left, right), "verdict": "UNSURE"}
            cause = max(self._causes.get(left, 0), self._causes.get(right, 0))
            self._decide(audit(pair, versions, "", self._now), cause)


def stage(generation: int, table: Table = TABLE, custody: ReportOrders | None = None) -> Stage:
    """Build the stage of `generation`, which decides by `table`.

    `custody` may know more orders than the stage has been given as records: none is acted on that was taken back since.
    """
    known = ReportOrders() if custody is None else custody

    def process(records: Sequence[Record], state: State, now: int) -> Result:
        resolving = _Resolving(records, state, generation, now, table, known)
        resolving.read()
        resolving.write()
        return resolving.result

    kept = Stateful(
        topic=INCIDENTS.at(generation),
        read=incident_record.trusted,
        partitions=lambda domain: [domain],
        belongs=lambda _, __: True,
        materialize=partial(materialize, version=table.version),
        follow=follow,
        erases=erases,
        broadcast=(ADJUDICATIONS.name, PURGES.name),
    )
    return Stage("resolve", ENRICHED_REPORTS.at(generation), process, trace, state=kept)
