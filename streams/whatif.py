"""What another table of weights or another threshold would make of the history: links made, lost, changed; pure."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from streams.history import Decided, Pair

KINDS = ("made", "lost", "changed")


class Difference(NamedTuple):
    """What would be otherwise: (agency, agency) -> how many of each kind, and the incidents whose reports change."""

    by_agencies: dict[Pair, Counter[str]]
    links: tuple[int, int]
    made: list[Pair]
    lost: list[Pair]
    changed: list[Pair]
    incidents: list[str]

    def total(self) -> Counter[str]:
        """Sum over all agencies."""
        return sum(self.by_agencies.values(), Counter[str]())


def _agencies(pair: Pair) -> Pair:
    left, right = sorted(report.partition(":")[0] for report in pair)
    return left, right


def _changed(before: Decided, after: Decided, joined: set[Pair]) -> Iterator[Pair]:
    """Give the pairs on which the verdict would be another one, though both are where they were."""
    for pair in before.verdicts.keys() | after.verdicts.keys():
        if pair not in joined and before.verdicts.get(pair, "NOT_SAME") != after.verdicts.get(pair, "NOT_SAME"):
            yield pair


def _incidents(before: Decided, after: Decided) -> Iterator[str]:
    """Give the incidents of now that would have other reports, or another name."""
    members: list[dict[str, set[str]]] = [{}, {}]
    for found, decided in zip(members, (before, after), strict=True):
        for report, incident in decided.incidents.items():
            found.setdefault(incident, set()).add(report)
    yield from (incident for incident, reports in members[0].items() if members[1].get(incident) != reports)


def difference(before: Decided, after: Decided) -> Difference:
    """Compare two decisions on the same reports."""
    some, others = before.joined(), after.joined()
    made, lost = sorted(others - some), sorted(some - others)
    changed = sorted(_changed(before, after, {*made, *lost}))
    by_agencies: dict[Pair, Counter[str]] = {}
    for kind, pairs in zip(KINDS, (made, lost, changed), strict=True):
        for pair in pairs:
            by_agencies.setdefault(_agencies(pair), Counter())[kind] += 1
    ordered = dict(sorted(by_agencies.items(), key=lambda item: (-item[1].total(), item[0])))
    return Difference(ordered, (len(some), len(others)), made, lost, changed, sorted(_incidents(before, after)))


def lines(found: Difference, names: tuple[str, str], listed: Iterable[str] = ()) -> list[str]:
    """Tell a difference for people: counts by agencies, and the ids in `listed` below."""
    total, width = found.total(), max([len(" ".join(pair)) for pair in found.by_agencies] + [3])
    rows = [("all", total), *((" ".join(pair), counts) for pair, counts in found.by_agencies.items())]
    told = [f"tables   {names[0]} now, {names[1]} asked", f"links    {found.links[0]:,} now, {found.links[1]:,} asked"]
    told += ["", f"{'':{width}}" + "".join(f"{kind:>9}" for kind in KINDS)]
    told += [f"{name:{width}}" + "".join(f"{counts[kind]:>9,}" for kind in KINDS) for name, counts in rows]
    told += ["", f"{len(found.incidents):,} incidents would have other reports; nothing was changed"]
    return [*told, *(f"  {one}" for one in listed)]
