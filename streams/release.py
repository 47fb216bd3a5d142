"""Release: what each audience may see of the reports that decisions connect, as one view for each incident it sees.

Fail closed: an audience gets what is explicitly released to it and nothing else. Each audience, internal too, clusters
for itself the reports that it sees, and a view is named after the smallest of its reports. The state is the topic
`released-incidents`: what was last written of each view, so that a view's version rises only when its own bytes change,
and a former name leads to where its report is now.

The records of one change (a merge, a split) may come in batches of their own. So a view belongs to whoever has the
report that it is named after: the record that a report left does not end the view, the record that has it writes it.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from functools import partial
from typing import Any

from schemas.agreements import AUDIENCE
from schemas.errors import Rejected
from schemas.identity import INTERNAL, audience_secret, incident_id, view_id
from schemas.records import codec
from schemas.records.incident import LifeState, PairDecision
from schemas.records.kafka_record import Record
from schemas.topics import INCIDENTS, RELEASED_INCIDENTS, notices_topic, spread
from streams.dedupe.evidence import Explainer
from streams.incidents import incident_record
from streams.incidents.batch import whole
from streams.sharing import exposures
from streams.sharing import views as view
from streams.sharing.exposures import exposed
from streams.sharing.membership import Homes
from streams.sharing.notices import Tells, Told, nothing_told, settle
from streams.sharing.ports import Sees, Shares
from streams.sharing.view_state import Known, Made, digest, key_of, materialize
from streams.sharing.views import Report, Seen
from streams.stage import Basis, Output, Refusal, Result, Stage, State, Stateful


def nothing_shared(reports: Sequence[Report], decisions: Sequence[PairDecision], now: int) -> dict[str, Seen]:
    """Share by no agreement."""
    return {}


def audiences_of(reports: Sequence[Report]) -> dict[str, list[Report]]:
    """Give, for each agency, the reports that it may see in full: its own."""
    visible: dict[str, list[Report]] = {}
    for report in reports:
        visible.setdefault(report.agency_id, []).append(report)
    return visible


def _read(records: Sequence[Record], result: Result) -> Homes:
    """Read a batch; what cannot be read is refused."""
    batch = Homes()
    for cause, record in enumerate(records):
        incident = incident_record.read(record.value)
        if isinstance(incident, Rejected):
            result.refusals.append(Refusal(cause, incident))
        else:
            batch.add(incident, cause)
    batch.settle()
    return batch


class Views:
    """Makes the views of incidents; keeps the secrets that it derived."""

    def __init__(
        self,
        master: bytes,
        generation: int,
        sees: Sees = audiences_of,
        shares: Shares = nothing_shared,
        sealed: Set[str] = frozenset(),
        tells: Tells = nothing_told,
    ) -> None:
        self._master, self._generation, self._sees, self._shares = master, generation, sees, shares
        self._sealed, self._tells = sealed, tells
        self._secrets: dict[str, bytes] = {}

    def name(self, audience: str, report_id: str) -> str:
        """Name the view that is named after a report; internal, which sees every report, has no secret."""
        if audience == INTERNAL:
            return incident_id([report_id])
        secret = self._secrets.get(audience) or audience_secret(self._master, audience)
        self._secrets[audience] = secret
        return view_id(secret, [report_id])

    def _seen(
        self, reports: Sequence[Report], decisions: Sequence[PairDecision], now: int
    ) -> tuple[dict[str, Seen], Sequence[Told]]:
        """Tell what each audience sees, and what agencies may be told of it; none takes another audience's name."""
        internal = {INTERNAL: Seen(reports, whole(decisions))}
        if self._sealed:
            reports = [one for one in reports if one.report_id not in self._sealed]
            decisions = [one for one in decisions if self._sealed.isdisjoint((one["left"], one["right"]))]
        own = {name: Seen(visible, whole(decisions)) for name, visible in self._sees(reports).items()}
        shared = self._shares(reports, decisions, now)
        return {**shared, **internal, **own}, self._tells(reports, whole(decisions), shared, now)

    def of(
        self, incident: Mapping[str, Any], members: Sequence[Mapping[str, Any]], now: int
    ) -> tuple[list[Made], list[Made]]:
        """Make all views of an incident at revision 0, and what its other members' names would redirect to."""
        made: list[Made] = []
        redirects: list[Made] = []
        documents: dict[tuple[str, ...], list[view.Shown]] = {}
        reports = [view.read(member) for member in members]
        explain = Explainer(view.Profiles(reports))
        audiences, told = self._seen(reports, incident["decisions"], now)
        for audience, seen in audiences.items():
            # Audiences that see the same reports in full get the same bytes, made once.
            names = tuple(report.report_id for report in seen.reports)
            key = names if seen.whole else (audience, "", *names)
            if key not in documents:
                documents[key] = view.of(seen, explain)
            for shown in documents[key]:
                name = self.name(audience, shown.report_ids[0])
                one = self._made(incident, audience, name, shown.state, shown.document)
                one["published_at"], one["report_ids"] = shown.published_at, shown.report_ids
                if seen.grants:
                    one["exposed"] = exposed(seen, shown.report_ids)
                if audience == INTERNAL:
                    one["told"] = [each for each in told if each.notice["report_id"] in shown.report_ids]
                made.append(one)
                others = (self.name(audience, other) for other in shown.report_ids[1:])
                redirects += [self.stub(incident, audience, other, "MERGED", name) for other in others]
        return made, redirects

    def _made(self, incident: Mapping[str, Any], audience: str, name: str, state: LifeState, document: bytes) -> Made:
        return {
            "audience": audience,
            "view_id": name,
            "incident_id": incident["incident_id"],
            "domain": incident["domain"],
            "generation": self._generation,
            "revision": 0,
            "state": state,
            "into": None,
            "published_at": 0,
            "document": document,
        }

    def stub(
        self, incident: Mapping[str, Any], audience: str, name: str, state: LifeState, into: str | None = None
    ) -> Made:
        """Make what stays of a view that ended."""
        one = self._made(incident, audience, name, state, view.stub(state, into))
        one["into"] = into
        return one


def _key(one: Mapping[str, Any]) -> str:
    return key_of(one["audience"], one["view_id"])


def _named(views: Views, keys: Iterable[str], reports: Iterable[str]) -> set[str]:
    """Give the names that these reports have for the audiences of these views."""
    audiences = {key.split("/", 1)[0] for key in keys}
    return {key_of(audience, views.name(audience, report)) for report in reports for audience in audiences}


def _ended(views: Views, batch: Homes, known: Known, made: Mapping[str, Made]) -> dict[str, str]:
    """Tell which views end, and the incident that ends each."""
    ended: dict[str, str] = {}
    for name in batch.incidents:
        gone = [key for key in known.owned(name) if key not in made]
        # Who has these reports now writes their views in a batch to come, and nobody may miss them until then.
        awaited = _named(views, gone, batch.awaited(name)) if gone else set()
        ended |= {key: name for key in gone if key not in awaited}
    last = batch.last()
    moved: dict[str, list[str]] = {}
    for report, former in known.former.items():
        if former != last[report]:
            moved.setdefault(former, []).append(report)
    for former, reports in moved.items():
        gone = [key for key in known.owned(former) if key not in made]
        for report in reports if gone else ():
            # Its former incident waits for us, and here this audience sees the report no longer.
            ended |= dict.fromkeys(_named(views, gone, [report]).intersection(gone), last[report])
    return ended


def _erased(views: Views, batch: Homes, known: Known, made: dict[str, Made]) -> dict[str, str]:
    """Give the reports that were erased and of which notices went out: their views, made where they are not -> them."""
    found: dict[str, str] = {}
    for report, name in batch.erased().items():
        if report in known.noticed:
            own = views.name(INTERNAL, report)
            found[key_of(INTERNAL, own)] = report
            made.setdefault(key_of(INTERNAL, own), views.stub(batch.incidents[name], INTERNAL, own, "WITHDRAWN"))
    return found


def _changes(views: Views, batch: Homes, state: State, now: int) -> Iterable[tuple[str, Made]]:
    """Give the views that are to be written under their keys, each with its revision."""
    made: dict[str, Made] = {}
    redirects: dict[str, Made] = {}
    for incident in batch.incidents.values():
        living, merged = views.of(incident, batch.members(incident), now)
        made.update({_key(one): one for one in living})
        redirects.update({_key(one): one for one in merged})
    known = Known.read(state, batch, [*made, *redirects])
    # Nobody ever saw a name that is not known: it needs to lead nowhere.
    made.update({key: one for key, one in redirects.items() if key in known.entries and key not in made})
    for key, name in _ended(views, batch, known, made).items():
        audience, view_name = key.split("/", 1)
        made[key] = views.stub(batch.incidents[name], audience, view_name, "WITHDRAWN")
    _settle_notices(made, known, _erased(views, batch, known, made), now)
    # In the order of names, which is the same whatever incidents hidden reports make: an index tells what came first.
    for key, one in sorted(made.items()):
        owner, revision, shown, _ = known.entries.get(key, ("", 0, "", ""))
        one["shown"] = digest(one)
        changed = shown != one["shown"]
        # A view whose reports moved to another incident is written for the bookkeeping alone: in its old revision,
        # which the index takes for stale, so that a hidden change leaves no trace in a version. So is one whose notices
        # alone changed.
        if changed or owner != one["incident_id"] or "notices" in one:
            one["revision"] = revision + changed
            yield key, one


def _settle_notices(made: Mapping[str, Made], known: Known, erased: Mapping[str, str], now: int) -> None:
    """Note in the views of internal what is to be sent about their reports; `erased`: key of a view -> report."""
    for key, one in made.items():
        if one["audience"] != INTERNAL:
            continue
        told: dict[str, list[Told]] = {}
        for each in one.get("told", ()):
            told.setdefault(each.notice["report_id"], []).append(each)
        names = [*one.get("report_ids", ()), *([erased[key]] if key in erased else ())]
        if not told and known.noticed.keys().isdisjoint(names):
            continue
        before = {name: known.noticed.get(name, []) for name in names}
        settled = {name: settle(told.get(name, ()), past, now) for name, past in before.items()}
        if any(sent or after != before[name] for name, (sent, after) in settled.items()):
            one["notices"] = [notice for sent, _ in settled.values() for notice in sent]
        if any(after for _, after in settled.values()):
            one["noticed"] = [noticed for _, after in settled.values() for noticed in after]


def _told(one: Made, cause: int, now: int) -> Iterable[Output]:
    """Send the notices of a view, and write down as exposures those on reports that their readers do not see."""
    noticed = {each["notice_id"]: each for each in one.get("noticed", ())}
    for notice in one.get("notices", ()):
        to, key = notices_topic(notice["agency_id"]), notice["report_id"].encode()
        yield Output(to, 0, key, codec.encode("notice", notice), cause)
        past = noticed.get(notice["notice_id"])
        if past is not None and past["limited"]:
            yield exposures.of_notice(past, one["generation"], now, cause)


def trace(record: Record) -> tuple[str, None]:
    """Return the agency whose reports alone an incident has; '' for those of several."""
    incident = incident_record.read(record.value)
    agencies = set() if isinstance(incident, Rejected) else {one["agency_id"] for one in incident["members"]}
    return (agencies.pop() if len(agencies) == 1 else ""), None


def stage(
    master: bytes,
    generation: int,
    sees: Sees = audiences_of,
    shares: Shares = nothing_shared,
    basis: Basis | None = None,
    sealed: Set[str] = frozenset(),
    tells: Tells = nothing_told,
) -> Stage:
    """Build the stage of `generation`; `master` is the key of the audiences' secrets.

    `sees` tells who sees what as its own, `shares` what agreements add, `basis` what these rest on, `tells` what
    agencies are told of joined reports. Only internal sees reports that are `sealed`.
    """
    topic, views = RELEASED_INCIDENTS.at(generation), Views(master, generation, sees, shares, sealed, tells)

    def process(records: Sequence[Record], state: State, now: int) -> Result:
        result = Result()
        batch = _read(records, result)
        for key, one in _changes(views, batch, state, now):
            target = spread(one["audience"], RELEASED_INCIDENTS)
            value = codec.encode("released_incident", one)
            cause = batch.causes[one["incident_id"]]
            result.outputs.append(Output(topic, target, key.encode(), value, cause, made=one))
            if AUDIENCE.fullmatch(one["audience"]):
                result.outputs.append(exposures.output(one, key.encode(), now, cause))
            result.outputs += _told(one, cause, now)
        return result

    kept = Stateful(
        topic=topic,
        read=partial(codec.trusted, "released_incident"),
        partitions=lambda _: range(RELEASED_INCIDENTS.partitions),
        belongs=lambda record, domain: bool(record["domain"] == domain),
        materialize=materialize,
        basis=basis,
    )
    return Stage("release", INCIDENTS.at(generation), process, trace, state=kept)
