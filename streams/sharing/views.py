"""The incidents that an audience sees: visible reports clustered by the visible decisions among them.

Pure, and given nothing but visible reports and decisions, so that what is hidden cannot leave a trace.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from schemas.disjoint_set import DisjointSet
from schemas.records.incident import LINKING_VERDICTS, ExplainedDecision, PairDecision
from schemas.records.order import MODEL
from streams.dedupe.clustering import clusters
from streams.dedupe.profile import Profile, profiles
from streams.sharing.document import View, decision_fragment, view_of
from streams.sharing.visible import Report, Visible

Explain = Callable[[PairDecision], ExplainedDecision]
"""Adds the evidence to a decision."""

MOST_DECISIONS = 500
"""Decisions in one view; the most telling are kept. 200 reports have 19,900 pairs, which is 12 MB of evidence."""
_VERDICTS = ("SAME", "CONTINUES", "RELATED", "UNSURE", "NOT_SAME")


def build(visible: Visible, explain: Explain) -> list[View]:
    """Return the incidents among these reports, each report in exactly one.

    Decisions count only between reports that visible links connect: any other pair was compared because a hidden report
    brought the two together. Reports of different traffic are never merged, whatever a decision says.
    """
    if len(visible.reports) == 1:
        return [view_of(visible.reports, (), visible)]
    by_id = {report.report_id: report for report in visible.reports}
    traffic = {name: report.traffic for name, report in by_id.items()}
    same_traffic = [
        decision
        for decision in visible.decisions
        if traffic.get(decision["left"], "") == traffic.get(decision["right"])
    ]
    return [
        view
        for names, among in _connected(by_id, same_traffic)
        for view in _clustered({name: by_id[name] for name in names}, among, visible, explain)
    ]


class LazyProfiles(Mapping[str, tuple[Profile, ...]]):
    """Report id -> the profile of each of its forms, computed on first use: most incidents have one report."""

    def __init__(self, reports: Iterable[Report]) -> None:
        self._reports = {report.report_id: report for report in reports}
        self._profiles: dict[str, tuple[Profile, ...]] = {}

    def __getitem__(self, report_id: str) -> tuple[Profile, ...]:
        if report_id not in self._profiles:
            self._profiles[report_id] = profiles(self._reports[report_id].enriched)
        return self._profiles[report_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._reports)

    def __len__(self) -> int:
        return len(self._reports)


def _connected(
    names: Iterable[str], decisions: Sequence[PairDecision]
) -> Iterator[tuple[list[str], list[PairDecision]]]:
    """Yield each set of reports that links and adjudications connect, with the decisions among them."""
    connected = DisjointSet(names)
    for decision in decisions:
        if decision["verdict"] in LINKING_VERDICTS or decision["decided_by"] != MODEL:
            connected.union(decision["left"], decision["right"])
    among: dict[str, list[PairDecision]] = {}
    for decision in decisions:
        representative = connected.find(decision["left"])
        if representative == connected.find(decision["right"]):
            among.setdefault(representative, []).append(decision)
    for members in connected.sets():
        yield members, among.get(members[0], [])


def _clustered(
    reports: Mapping[str, Report], decisions: Sequence[PairDecision], visible: Visible, explain: Explain
) -> list[View]:
    """Cluster connected reports by the decisions among them; each view keeps the MOST_DECISIONS most telling ones."""
    cut = clusters(reports, decisions)
    cluster_of = {name: number for number, names in enumerate(cut) for name in names}
    kept: list[list[PairDecision]] = [[] for _ in cut]
    for decision in sorted(decisions, key=_strongest_first):
        for number in {cluster_of[decision["left"]], cluster_of[decision["right"]]}:
            if len(kept[number]) < MOST_DECISIONS:
                kept[number].append(decision)
    views = []
    for names, touching in zip(cut, kept, strict=True):
        fragments = [decision_fragment(explain(decision)) for decision in sorted(touching, key=_pair)]
        views.append(view_of([reports[name] for name in names], fragments, visible))
    return views


def _strongest_first(decision: PairDecision) -> tuple[bool, int, float, str, str]:
    """Sort adjudications before the model's decisions, then by verdict, then the strongest first."""
    weakness = _VERDICTS.index(decision["verdict"])
    return decision["decided_by"] == MODEL, weakness, -decision["weight"], decision["left"], decision["right"]


def _pair(decision: PairDecision) -> tuple[str, str]:
    return decision["left"], decision["right"]
