"""Estimate how far each agency's clock lags its neighbors': `python -m tests.benchmarks.lags FEED`.

No labels are used: of pairs of two agencies at one spot whose offenses agree, most are of one incident, and the median
of their time differences is that of the clocks. Rows for `schemas/tables/clock_lags.csv`; a lag worth a row is one of
15 seconds and more over 50 pairs and more, and it must improve linking on the feed, or it is no lag.
"""

import argparse
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from streams.dedupe.compare import offense
from streams.dedupe.compare_place import EXACT, address_level, distance_m, uncertainty_m
from streams.dedupe.profile import LAG_S, Profile
from tests.benchmarks.observed import compared, profiles

NARROW_S = 600
NEAR_X = 1.5
ROUNDS = 60
WORTH_S, WORTH_PAIRS = 15, 50
_AGREE = frozenset({"same", "usual", "same family"})


def told(one: Profile) -> int:
    """Give the start of a report by its own clock."""
    return one.start + LAG_S.get(one.agency_id, 0)


def differences(reports: Sequence[Profile]) -> list[tuple[str, str, int]]:
    """Give agency, agency and seconds between for pairs that are most likely of one incident."""
    found = []
    for one, other in compared(reports):
        if one.agency_id == other.agency_id or one.width + other.width > NARROW_S:
            continue
        apart = distance_m(one, other)
        near = apart is not None and apart <= NEAR_X * uncertainty_m(one, other)
        if near and address_level(one, other) in EXACT | {"street"} and offense(one, other) in _AGREE:
            found.append((one.agency_id, other.agency_id, told(one) - told(other)))
    return found


def lags(pairs: Sequence[tuple[str, str, int]]) -> dict[str, tuple[int, int]]:
    """Give agency -> lag in seconds and number of pairs; the mean over all pairs is 0."""
    agencies = {name for pair in pairs for name in pair[:2]}
    found = dict.fromkeys(agencies, 0.0)
    count = {name: sum(name in pair[:2] for pair in pairs) for name in agencies}
    for _ in range(ROUNDS):
        seen: dict[str, list[float]] = defaultdict(list)
        for one, other, seconds in pairs:
            seen[one].append(seconds + found[other])
            seen[other].append(found[one] - seconds)
        # Half a step: two agencies that only know each other would swing for ever.
        found = {name: (found[name] + median(each)) / 2 for name, each in seen.items()}
        middle = sum(found[name] * count[name] for name in found) / sum(count.values())
        found = {name: lag - middle for name, lag in found.items()}
    return {name: (round(lag), count[name]) for name, lag in sorted(found.items())}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("feed", type=Path)
    for name, (seconds, pairs) in lags(differences(profiles(parser.parse_args().feed))).items():
        worth = abs(seconds) >= WORTH_S and pairs >= WORTH_PAIRS
        print(f"{name:<20}{seconds:>6} s {pairs:>7,} pairs{'  worth a row' if worth else ''}")
