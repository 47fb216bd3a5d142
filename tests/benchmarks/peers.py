"""Measure other methods on the same reports: `python -m tests.benchmarks.peers FEED TRUTH`.

In batch, on the newest version of every report, across agencies, with the fields that this project parses:

window  the rule of meltt (Donnay, Dunford, McGrath, Backer, Cunningham: Integrating Conflict Event Data, Journal of
        Conflict Resolution 63, 2019): a window of time and one of distance, the best agreement in the taxonomy, each
        event matched to one of the other agency. Its R package is in no registry that this project builds from, so the
        published rule is implemented here.
splink  Fellegi-Sunter with expectation maximization, on DuckDB; the threshold is the best for this very ground truth,
        which flatters it. `make peers` makes the environment with its packages.
"""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from streams.dedupe.compare_place import distance_m
from streams.dedupe.profile import Profile
from streams.evaluation.ground_truth import Pair, pair_of
from streams.evaluation.pairwise import Assignments, pairwise_score
from tests.benchmarks.observed import compared, figures, profiles, truth_of

WINDOW_S, WINDOW_M = 900, 500.0
THRESHOLDS = range(-4, 24, 2)
"""Match weights in bits that are tried."""
_HALF_HOUR_S = 1_800
_CELL = 0.02

Scored = tuple[float, str, str]


def taxonomy(one: Profile, other: Profile) -> float:
    """Score the agreement of two offenses: concept, family, nothing told, or neither."""
    if not one.concept or not other.concept:
        return 0.25
    return 1.0 if one.concept == other.concept else 0.5 if one.family == other.family else 0.0


def window_rule(reports: Sequence[Profile]) -> list[Pair]:
    """Match each report to one of every other agency within the window, the best taxonomic agreement first."""
    offers: list[tuple[float, float, str, str]] = []
    for one, other in compared(reports):
        apart = distance_m(one, other)
        near = apart is not None and apart <= WINDOW_M and abs(one.start - other.start) <= WINDOW_S
        if near and one.agency_id != other.agency_id:
            offers.append((-taxonomy(one, other), apart or 0.0, one.report_id, other.report_id))
    agency = {one.report_id: one.agency_id for one in reports}
    taken, pairs = set[tuple[str, str]](), []
    for _, _, left, right in sorted(offers):
        wanted = {(left, agency[right]), (right, agency[left])}
        if not wanted & taken:
            taken |= wanted
            pairs.append(pair_of(left, right))
    return pairs


def frame(reports: Iterable[Profile]) -> Any:
    """Give the reports as a table of what Splink compares."""
    return import_module("pandas").DataFrame(
        {
            "unique_id": one.report_id,
            "agency": one.agency_id,
            "at": one.start,
            "half_hour": one.start // _HALF_HOUR_S,
            "next_half_hour": (one.start + _HALF_HOUR_S // 2) // _HALF_HOUR_S,
            "lat": one.lat,
            "lon": one.lon,
            "cell": None if one.lat is None or one.lon is None else f"{one.lat // _CELL} {one.lon // _CELL}",
            "street": " / ".join(one.streets) or None,
            "block": one.number // 100 if one.number >= 0 else None,
            "concept": one.concept or None,
            "family": one.family or None,
            "plate": one.plates[0] if one.plates else None,
        }
        for one in reports
    )


def _levels(name: str, *steps: str) -> Any:
    """Make a comparison of SQL conditions, each a level, and of everything else."""
    library = import_module("splink.comparison_library")
    null = {
        "sql_condition": f'"{name}_l" IS NULL OR "{name}_r" IS NULL',
        "label_for_charts": "null",
        "is_null_level": True,
    }
    told = [{"sql_condition": level_for, "label_for_charts": level_for} for level_for in steps]
    return library.CustomComparison([null, *told, {"sql_condition": "ELSE", "label_for_charts": "else"}], name)


def splink(reports: Sequence[Profile]) -> Iterator[Scored]:
    """Give the pairs that Splink scores: match weight in bits and the two reports."""
    made, library = import_module("splink"), import_module("splink.comparison_library")
    rules = [
        f"l.{place} = r.{place} and l.{time} = r.{time} and l.agency <> r.agency"
        for place in ("cell", "street")
        for time in ("half_hour", "next_half_hour")
    ]
    steps = (60, 180, 360, 600, 960)
    settings = made.SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            _levels("at", *(f'abs("at_l" - "at_r") <= {level_for}' for level_for in steps)),
            library.DistanceInKMAtThresholds("lat", "lon", [0.05, 0.15, 0.4, 1.0]),
            _levels("street", '"street_l" = "street_r" and "block_l" = "block_r"', '"street_l" = "street_r"'),
            _levels("concept", '"concept_l" = "concept_r"', '"family_l" = "family_r"'),
            library.ExactMatch("plate"),
        ],
        blocking_rules_to_generate_predictions=rules,
        additional_columns_to_retain=["block", "family"],
    )
    database = import_module("splink.backends.duckdb").DuckDBAPI()
    linker = made.Linker(database.register(frame(reports)), settings, log_level="ERROR")
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=7)
    for rule in (rules[0], rules[2]):
        linker.training.estimate_parameters_using_expectation_maximization(rule)
    found = linker.inference.predict(threshold_match_weight=min(THRESHOLDS)).as_pandas_dataframe()
    yield from zip(found["match_weight"], found["unique_id_l"], found["unique_id_r"], strict=True)


def joined(reports: Iterable[Profile], pairs: Iterable[tuple[str, str]]) -> Assignments:
    """Make incidents of what pairs connect."""
    of = {one.report_id: [one.report_id] for one in reports}
    for left, right in pairs:
        if of[left] is not of[right]:
            of[left] += of[right]
            of |= dict.fromkeys(of[right], of[left])
    return Assignments({report: each[0] for report, each in of.items()}, {})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("feed", type=Path)
    parser.add_argument("truth")
    given = parser.parse_args()
    every, truth = profiles(given.feed), truth_of(given.truth)
    print(f"{'':<24}P      R      F1")
    print(f"{'window':<24}{figures(pairwise_score(joined(every, window_rule(every)), truth).overall)}", flush=True)
    pairs = list(splink(every))
    tallies = {
        bits: pairwise_score(joined(every, [(a, b) for weight, a, b in pairs if weight >= bits]), truth).overall
        for bits in THRESHOLDS
    }
    best = max(tallies, key=lambda bits: tallies[bits].f1 or 0.0)
    print(f"{f'splink, from {best} bits':<24}{figures(tallies[best])}")
