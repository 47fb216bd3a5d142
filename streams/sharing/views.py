"""The incidents that somebody sees who sees certain reports, and the search document of each.

Pure, and told nothing but the visible reports and the decisions on incidents: what is hidden cannot leave a trace.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import orjson

from schemas.agreements import Outcome
from schemas.agreements.judged import Judged, judged, unpacked
from schemas.records import codec
from schemas.records.incident import LINKS, ExplainedDecision, PairDecision, VersionSeen
from schemas.records.order import MODEL
from streams.dedupe.clustering import clusters
from streams.dedupe.profile import Profile, profiles
from streams.sharing.incident_fields import gathered, led
from streams.sharing.person_roles import found_by, looked_for


class Report(NamedTuple):
    """A report as release reads it, decoded once: its JSON as bytes and parsed, its search tokens, its history.

    `enriched` is the whole envelope; `published_at` its time in Kafka, UTC milliseconds. `form` is which of its forms
    this is: 0 the whole one, None one that links nothing.
    """

    report_id: str
    agency_id: str
    traffic: str
    cancelled: bool
    published_at: int
    document: bytes
    told: Mapping[str, Any]
    text: str
    history: Sequence[VersionSeen]
    enriched: Mapping[str, Any]
    judged: Judged
    form: int | None = 0


class Grant(NamedTuple):
    """What an audience gets of a report: the outcome, the field groups withheld, and the rules that said so.

    `vettings` are the levels without which it would get less.
    """

    outcome: Outcome
    withheld: frozenset[str]
    rules: tuple[str, ...]
    vettings: frozenset[str] = frozenset()


Explain = Callable[[PairDecision], ExplainedDecision]
"""Spells a decision out."""

Pointer = Mapping[str, Any]
"""{agency, contact, cautions}: whom to call about a report of which nothing else is told."""


class Seen(NamedTuple):
    """What an audience sees of reports that decisions connect.

    `decisions` are on the forms in which it sees them. `pointers`: seen report -> report linked to it -> whom to call
    about that. `grants` by report, where an agreement lets it see them; `altered`: not all of a report is shown.
    """

    reports: Sequence[Report]
    decisions: Sequence[PairDecision]
    pointers: Mapping[str, Mapping[str, Pointer]] = MappingProxyType({})
    grants: Mapping[str, Grant] = MappingProxyType({})
    altered: bool = False

    @property
    def whole(self) -> bool:
        """Whether all who see these reports in full see the same."""
        granted = [self.grants[one.report_id] for one in self.reports] if self.grants else ()
        return not self.pointers and not self.altered and not any(one.vettings for one in granted)


class Shown(NamedTuple):
    """One incident as all those see it who see the same reports; `report_ids` are sorted, the first names it."""

    report_ids: Sequence[str]
    state: Literal["ACTIVE", "CANCELLED"]
    published_at: int
    document: bytes


_VERDICTS = ("SAME", "CONTINUES", "RELATED", "UNSURE", "NOT_SAME")
MOST_DECISIONS = 500
"""A view of more decisions tells those that say most: 200 reports have 19,900 pairs, 12 MB of evidence."""


def read(member: Mapping[str, Any]) -> Report:
    """Read a member of an Incident. Raises: Configuration when its EnrichedReport cannot be read."""
    enriched = codec.trusted("enriched_report", member["enriched"])
    told = orjson.loads(enriched["document"])
    return Report(
        enriched["report_id"],
        enriched["agency_id"],
        enriched["traffic"],
        enriched["cancelled"],
        enriched["source"]["timestamp"],
        enriched["document"],
        told,
        enriched["search_text"],
        member["history"],
        enriched,
        unpacked(enriched["judged"]) if enriched["judged"] else judged(enriched["agency_id"], told),
    )


def _pointed(reports: Sequence[Report], pointers: Mapping[str, Mapping[str, Pointer]]) -> list[Pointer]:
    """Give the pointers of a cluster, each once, in an order that tells nothing of where they came from."""
    found = {orjson.dumps(one): one for report in reports for one in pointers.get(report.report_id, {}).values()}
    return [found[key] for key in sorted(found)]


def _rests_on(reports: Sequence[Report], grants: Mapping[str, Grant]) -> list[str]:
    """Name the levels of vetting without which less would be shown."""
    return sorted(set().union(*(grants[one.report_id].vettings for one in reports))) if grants else []


def _shown(reports: Sequence[Report], decisions: Sequence[orjson.Fragment], seen: Seen) -> Shown:
    """Make the document of `search_document.FIELDS` of one cluster.

    A cancelled report stays among `reports` and `report_ids` but gives no values and no counts. The history of a
    report of one version is that report and is left out.
    """
    counted = [report for report in reports if not report.cancelled]
    told = [report.told for report in counted]
    state: Literal["ACTIVE", "CANCELLED"] = "ACTIVE" if counted else "CANCELLED"
    made = {
        "state": state,
        "traffic": reports[0].traffic,
        "updated_at": max(report.told["updated_at"] for report in reports),
        "report_ids": [report.report_id for report in reports],
        "report_count": len(counted),
        **led(told),
        **gathered(told),
        **found_by(told),
        **looked_for(told),
        "text": " ".join(report.text for report in counted if report.text),
        "decisions": decisions,
        "history": {report.report_id: _lines(report.history) for report in reports if len(report.history) > 1},
        "pointers": _pointed(reports, seen.pointers),
        "vetting": _rests_on(reports, seen.grants),
    }
    document = {name: value for name, value in made.items() if value or value == 0}
    document["reports"] = [orjson.Fragment(report.document) for report in reports]
    published_at = max(report.published_at for report in reports)
    return Shown(made["report_ids"], state, published_at, orjson.dumps(document))


class Profiles(Mapping[str, tuple[Profile, ...]]):
    """What the forms of reports are compared by, made when it is asked for: most incidents have one report."""

    def __init__(self, reports: Iterable[Report]) -> None:
        self._reports = {report.report_id: report for report in reports}
        self._made: dict[str, tuple[Profile, ...]] = {}

    def __getitem__(self, report_id: str) -> tuple[Profile, ...]:
        if report_id not in self._made:
            self._made[report_id] = profiles(self._reports[report_id].enriched)
        return self._made[report_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._reports)

    def __len__(self) -> int:
        return len(self._reports)


def _lines(history: Sequence[VersionSeen]) -> list[dict[str, Any]]:
    """Write a history as it is shown: what it was judged by is for those who judge."""
    return [{name: value for name, value in line.items() if name != "judged"} for line in history]


def _rounded(decision: ExplainedDecision) -> orjson.Fragment:
    """Write a decision with weights of 2 decimals, more would be noise; what rounds to nothing has no sign."""
    evidence = [{**row, "weight": round(row["weight"], 2) + 0.0} for row in decision["evidence"]]
    weight, threshold = round(decision["weight"], 2) + 0.0, round(decision["threshold"], 2) + 0.0
    return orjson.Fragment(orjson.dumps({**decision, "weight": weight, "threshold": threshold, "evidence": evidence}))


def _worth(decision: PairDecision) -> tuple[bool, int, float, str, str]:
    """Order decisions by what they tell: persons' words, then links, then doubts, the strongest first."""
    weak = _VERDICTS.index(decision["verdict"])
    return decision["decided_by"] == MODEL, weak, -decision["weight"], decision["left"], decision["right"]


def _cut(reports: Mapping[str, Report], decisions: Sequence[PairDecision], seen: Seen, explain: Explain) -> list[Shown]:
    """Cluster reports that links connect, by the decisions among them."""
    cut = clusters(reports, decisions)
    place = {name: number for number, names in enumerate(cut) for name in names}
    touching: list[list[PairDecision]] = [[] for _ in cut]
    for one in sorted(decisions, key=_worth):
        for number in {place[one["left"]], place[one["right"]]}:
            if len(touching[number]) < MOST_DECISIONS:
                touching[number].append(one)
    shown = []
    for names, told in zip(cut, touching, strict=True):
        fragments = [_rounded(explain(one)) for one in sorted(told, key=_pair)]
        shown.append(_shown([reports[name] for name in names], fragments, seen))
    return shown


def _pair(decision: PairDecision) -> tuple[str, str]:
    return decision["left"], decision["right"]


def _linked(names: Iterable[str], decisions: Sequence[PairDecision]) -> Iterator[tuple[list[str], list[PairDecision]]]:
    """Give the reports that links and words connect, and the decisions among them."""
    connected = {name: [name] for name in names}
    for left, right in (_pair(one) for one in decisions if one["verdict"] in LINKS or one["decided_by"] != MODEL):
        if connected[left] is not connected[right]:
            connected[left] += connected[right]
            connected |= dict.fromkeys(connected[right], connected[left])
    among: dict[int, list[PairDecision]] = {id(each): [] for each in connected.values()}
    for one in decisions:
        if connected[one["left"]] is connected[one["right"]]:
            among[id(connected[one["left"]])].append(one)
    for key, each in {id(each): each for each in connected.values()}.items():
        yield sorted(each), among[key]


def of(seen: Seen, explain: Explain) -> list[Shown]:
    """Give the incidents that these reports tell, each report in exactly one; `explain` spells decisions out.

    Decisions count between reports that visible links connect: others are only known because a hidden report brought
    the two together. Reports of different traffic never meet, whatever a decision says of them.
    """
    if len(seen.reports) == 1:
        return [_shown(seen.reports, (), seen)]
    by_id = {report.report_id: report for report in seen.reports}
    traffic = {name: report.traffic for name, report in by_id.items()}
    known = [one for one in seen.decisions if traffic.get(one["left"], "") == traffic.get(one["right"])]
    linked = _linked(by_id, known)
    return [s for names, among in linked for s in _cut({name: by_id[name] for name in names}, among, seen, explain)]


def stub(state: str, into: str | None) -> bytes:
    """Make the document of a view that ended: no data, and found by no query."""
    return orjson.dumps({"state": state, "into": into} if into else {"state": state})
