"""Read reports with ground truth: the profile of each, and the pairs that share a block."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from schemas.records import codec
from schemas.runtime.files import open_input
from streams import intake
from streams.dedupe.block_index import Overlay, Window
from streams.dedupe.compare import COMPARISONS
from streams.dedupe.profile import Profile, profile
from streams.dedupe.score import score
from streams.evaluation.confusion import ConfusionCounts
from streams.evaluation.ground_truth import DIFFERENT, IGNORE, SAME, Pair, agency_of, pair_of, parse
from streams.incidents.versions import member_of, supersede
from tests.streams.fakes import MemoryState, as_records
from tests.streams.feeds import PUBLISHED_AT, agency, published

UNLISTED = "unknown"
"""What is known of a pair within one agency that no truth lists."""

Level = tuple[str, str]
"""A comparison and its level."""


class Observed(NamedTuple):
    """A pair that was compared: the levels that hold, bits taken off for common terms, 1.0 same or 0.0 different."""

    levels: tuple[Level, ...]
    off: float
    same: float


@dataclass
class Set:
    """The pairs of one feed that are known to be the same or different."""

    name: str
    pairs: list[Observed]
    against: float = 1.0


def profiles(feed: Path) -> list[Profile]:
    """Give what each report of a feed is compared by in its newest version."""
    records, newest = published(feed=feed), dict[str, Any]()
    for at in range(0, len(records), 2000):
        outputs = intake.stage(agency, 1).process(records[at : at + 2000], MemoryState(), PUBLISHED_AT).outputs
        for record in as_records(outputs):
            enriched = codec.decode_trusted("enriched_report", record.value or b"")
            new = member_of(enriched, b""), profile(enriched)
            before = newest.get(enriched["report_id"])
            if before is None or supersede(before[0], new[0])[0] is new[0]:
                newest[enriched["report_id"]] = new
    return [one for _, one in newest.values()]


def label(pair: Pair, truth: Mapping[Pair, str]) -> str:
    """Give what is known of a pair: across agencies, what is not listed is different."""
    unlisted = UNLISTED if agency_of(pair[0]) == agency_of(pair[1]) else DIFFERENT
    return truth.get(pair, unlisted)


def compared(reports: Iterable[Profile]) -> Iterator[tuple[Profile, Profile]]:
    """Give each pair of reports that share a block once, the smaller id first."""
    overlay, every = Overlay(Window(MemoryState())), list(reports)
    for one in every:
        overlay.put(one)
    for one in every:
        yield from ((one, other) for other in overlay.candidates(one) if one.report_id < other.report_id)


def observed(name: str, some: Sequence[Profile], truth: Mapping[Pair, str]) -> Set:
    """Compare all pairs of these reports that share a block."""
    pairs = []
    for one, other in compared(some):
        known = label(pair_of(one.report_id, other.report_id), truth)
        if known not in (IGNORE, UNLISTED):
            found = score(one, other)
            levels = tuple(pair for pair in zip(COMPARISONS, found.levels, strict=True) if pair[1])
            pairs.append(Observed(levels, sum(bits for _, bits in found.deductions), float(known == SAME)))
    return Set(name, pairs)


def truth_of(path: str) -> dict[Pair, str]:
    """Read a truth; it has to be right."""
    with open_input(path) as lines:
        known, bad = parse(lines)
    assert not bad, bad[0]
    return known


def known_sets(words: Sequence[str]) -> list[tuple[str, list[Profile], dict[Pair, str]]]:
    """Read FEED TRUTH FEED TRUTH ...: the name of each feed, its reports, and what is known of their pairs."""
    return [
        (Path(feed).name, profiles(Path(feed)), truth_of(known))
        for feed, known in zip(words[::2], words[1::2], strict=True)
    ]


def figures(tally: ConfusionCounts) -> str:
    """Tell precision, recall and F1."""
    return f"{tally.precision or 0:.3f}  {tally.recall or 0:.3f}  {tally.f1 or 0:.3f}"
