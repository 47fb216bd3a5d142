"""Release: what each audience may see of connected reports, as one view per incident that it sees.

Fail closed: an audience gets what is explicitly released to it and nothing else. Each audience, internal included, has
its visible reports clustered on their own, and a view is named after the smallest of its report ids. The state is the
topic `released-incidents`: what was last written of each view, so that a view's revision rises only when its own bytes
change, and a former name redirects to where its report is now.

The records of one change (a merge, a split) may come in different batches. So a view belongs to the incident that has
the report it is named after: the record that a report left does not end the view; the record that has it writes it.
"""

from collections.abc import Sequence, Set

from schemas.agreements import AUDIENCE
from schemas.errors import Rejected
from schemas.records import codec
from schemas.records.incident import PairDecision
from schemas.records.kafka_record import Record
from schemas.topics import INCIDENTS, RELEASED_INCIDENTS, notices_topic, partition_for
from streams.incidents import incident_record
from streams.sharing import exposures
from streams.sharing.membership import Membership
from streams.sharing.notices import no_notices
from streams.sharing.ports import AllowedNotices, OwnReports, SharedReports
from streams.sharing.view_builder import ViewBuilder
from streams.sharing.view_changes import changed_views
from streams.sharing.view_state import ViewRecord, materialize, read_record
from streams.sharing.visible import Report, Visible
from streams.stage import Output, PolicyAt, Refusal, Result, Stage, State, Stateful


def nothing_shared(reports: Sequence[Report], decisions: Sequence[PairDecision], now: int) -> dict[str, Visible]:
    """Share nothing, since no agreement applies; `now` in UTC milliseconds."""
    return {}


def reports_by_owner(reports: Sequence[Report]) -> dict[str, list[Report]]:
    """Return the reports of each agency: every agency sees its own in full."""
    owned: dict[str, list[Report]] = {}
    for report in reports:
        owned.setdefault(report.agency_id, []).append(report)
    return owned


def _read(records: Sequence[Record], result: Result) -> Membership:
    """Read a batch of Incident records; refuse those that cannot be read."""
    batch = Membership()
    for cause, record in enumerate(records):
        incident = incident_record.read(record.value)
        if isinstance(incident, Rejected):
            result.refusals.append(Refusal(cause, incident))
        else:
            batch.add(incident, cause)
    batch.settle()
    return batch


def _notice_outputs(record: ViewRecord, cause: int, now: int) -> list[Output]:
    """Return the notices of a view, and an exposure for each that is about a report its reader cannot see."""
    on_record = {notice["notice_id"]: notice for notice in record.noticed}
    outputs = []
    for notice in record.notices or ():
        topic, key = notices_topic(notice["agency_id"]), notice["report_id"].encode()
        outputs.append(Output(topic, 0, key, codec.encode("notice", notice), cause))
        sent = on_record.get(notice["notice_id"])
        if sent is not None and sent["limited"]:
            outputs.append(exposures.of_notice(sent, record.generation, now, cause))
    return outputs


def trace(record: Record) -> tuple[str, None]:
    """Return the agency that owns all reports of an incident; '' when several do."""
    incident = incident_record.read(record.value)
    agencies = set() if isinstance(incident, Rejected) else {member["agency_id"] for member in incident["members"]}
    return (agencies.pop() if len(agencies) == 1 else ""), None


def stage(
    master: bytes,
    generation: int,
    own: OwnReports = reports_by_owner,
    shared: SharedReports = nothing_shared,
    policy_at: PolicyAt | None = None,
    sealed: Set[str] = frozenset(),
    notices: AllowedNotices = no_notices,
) -> Stage:
    """Build the release stage of `generation`; `master` is the key from which the audiences' secrets are derived.

    `own` returns what agencies see because they own it, `shared` what agreements add, `notices` the notices that
    agreements allow; `policy_at` returns the policy snapshot that all of these depend on. Reports that are `sealed` are
    visible to internal alone.
    """
    topic = RELEASED_INCIDENTS.at(generation)
    builder = ViewBuilder(master, generation, own, shared, sealed, notices)

    def process(records: Sequence[Record], state: State, now: int) -> Result:
        result = Result()
        batch = _read(records, result)
        for record in changed_views(builder, batch, state, now):
            target, cause = partition_for(record.audience, RELEASED_INCIDENTS), batch.causes[record.incident_id]
            result.outputs.append(Output(topic, target, record.key.encode(), record.encoded(), cause, decoded=record))
            if AUDIENCE.fullmatch(record.audience):
                result.outputs.append(exposures.of_view(record, now, cause))
            result.outputs += _notice_outputs(record, cause, now)
        return result

    state = Stateful(
        topic=topic,
        read=read_record,
        partitions=lambda _: range(RELEASED_INCIDENTS.partitions),
        belongs=lambda record, domain: bool(record.domain == domain),
        materialize=materialize,
        policy_at=policy_at,
    )
    return Stage("release", INCIDENTS.at(generation), process, trace, state=state)
