"""Figures of joining: what counts, what does not, and the same as counting pair by pair."""

from itertools import combinations, islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.evaluation.confusion import ConfusionCounts
from streams.evaluation.ground_truth import DIFFERENT, IGNORE, LABELS, SAME, Pair, agency_of, pair_of
from streams.evaluation.pairwise import Assignments, false_links, missed_links, pairwise_score

REPORTS = [f"{agency}:{n}" for agency in ("a_pd", "b_so", "c_fd") for n in range(4)]
PAIRS = [pair_of(*two) for two in combinations(REPORTS, 2)]


def assigned(*clusters: str, languages: dict[str, str] | None = None) -> Assignments:
    """Incidents written as `a_pd:1 b_so:1`."""
    return Assignments({report: cluster for cluster in clusters for report in cluster.split()}, languages or {})


def tally(made: Assignments, truth: dict[Pair, str]) -> tuple[int, int, int]:
    found = pairwise_score(made, truth).overall
    return found.true_positives, found.false_positives, found.false_negatives


def test_a_pair_across_agencies_that_is_not_listed_is_different() -> None:
    made = assigned("a_pd:1 b_so:1", "a_pd:2 b_so:2")

    assert tally(made, {("a_pd:1", "b_so:1"): SAME}) == (1, 1, 0)


def test_a_pair_within_one_agency_counts_only_where_it_is_listed() -> None:
    made = assigned("a_pd:1 a_pd:2 a_pd:3")

    assert tally(made, {}) == (0, 0, 0)
    assert tally(made, {("a_pd:1", "a_pd:2"): SAME}) == (1, 0, 0)
    assert tally(made, {("a_pd:1", "a_pd:2"): DIFFERENT}) == (0, 1, 0)
    assert tally(made, {("a_pd:1", "a_pd:4"): SAME}) == (0, 0, 1)


@pytest.mark.parametrize("right", ["a_pd:2", "b_so:1"])
def test_an_ignored_pair_counts_nowhere_joined_or_not(right: str) -> None:
    truth = {("a_pd:1", right): IGNORE}

    assert tally(assigned(f"a_pd:1 {right}"), truth) == (0, 0, 0)
    assert tally(assigned("a_pd:1", right), truth) == (0, 0, 0)


def test_a_listed_difference_across_agencies_is_one_wrong_join_and_not_two() -> None:
    assert tally(assigned("a_pd:1 b_so:1"), {("a_pd:1", "b_so:1"): DIFFERENT}) == (0, 1, 0)


def test_a_report_that_is_not_there_is_missed_and_told() -> None:
    truth = {("a_pd:1", "b_so:1"): SAME, ("a_pd:2", "b_so:2"): DIFFERENT, ("a_pd:1", "b_so:3"): SAME}

    found = pairwise_score(assigned("a_pd:1 b_so:3"), truth)

    assert (found.overall.true_positives, found.overall.false_negatives) == (1, 1)
    assert (found.absent, found.absent_same) == (2, 1)
    assert found.labels == {SAME: 2, DIFFERENT: 1}


def test_figures_are_told_by_agencies_and_by_languages() -> None:
    languages = {"a_pd:1": "en", "b_so:1": "es-MX", "a_pd:2": "en", "b_so:2": "en"}
    made = assigned("a_pd:1 b_so:1", "a_pd:2 b_so:2", "b_so:3 c_fd:3", languages=languages)

    found = pairwise_score(made, {("a_pd:1", "b_so:1"): SAME, ("a_pd:2", "b_so:2"): SAME, ("a_pd:4", "c_fd:4"): SAME})

    assert found.grouped_by(lambda kind: kind[0]) == {
        ("a_pd", "b_so"): ConfusionCounts(2, 0, 0),
        ("a_pd", "c_fd"): ConfusionCounts(0, 0, 1),
        ("b_so", "c_fd"): ConfusionCounts(0, 1, 0),
    }
    assert found.grouped_by(lambda kind: kind[1]) == {
        ("und", "und"): ConfusionCounts(0, 1, 1),
        ("en", "en"): ConfusionCounts(1, 0, 0),
        ("en", "es"): ConfusionCounts(1, 0, 0),
    }


clusterings = st.lists(st.sampled_from("uvwxyz"), min_size=len(REPORTS), max_size=len(REPORTS)).map(
    lambda names: dict(zip(REPORTS, names, strict=True))
)
truths = st.dictionaries(st.sampled_from(PAIRS), st.sampled_from(LABELS), max_size=30)
spoken = st.dictionaries(st.sampled_from(REPORTS), st.sampled_from(["en", "es"]))


def counted(incidents: dict[str, str], truth: dict[Pair, str]) -> tuple[list[Pair], list[Pair], list[Pair]]:
    """The definition, pair by pair: right, wrong, missed."""
    right: list[Pair] = []
    wrong: list[Pair] = []
    missed: list[Pair] = []
    for pair in PAIRS:
        across = agency_of(pair[0]) != agency_of(pair[1])
        label = truth.get(pair, DIFFERENT if across else IGNORE)
        joined = incidents[pair[0]] == incidents[pair[1]]
        if label == SAME:
            (right if joined else missed).append(pair)
        elif label == DIFFERENT and joined:
            wrong.append(pair)
    return right, wrong, missed


@given(clusterings, truths, spoken)
def test_the_figures_are_those_of_counting_pair_by_pair(
    incidents: dict[str, str], truth: dict[Pair, str], languages: dict[str, str]
) -> None:
    made = Assignments(incidents, languages)
    right, wrong, missed = counted(incidents, truth)

    assert tally(made, truth) == (len(right), len(wrong), len(missed))
    assert sorted(false_links(made, truth)) == sorted(wrong)
    assert sorted(missed_links(made, truth)) == sorted(missed)


@given(clusterings, truths, spoken)
def test_parts_sum_to_the_whole(incidents: dict[str, str], truth: dict[Pair, str], languages: dict[str, str]) -> None:
    found = pairwise_score(Assignments(incidents, languages), truth)

    for part in (0, 1):
        total = ConfusionCounts()
        for one in found.grouped_by(lambda kind, part=part: kind[part]).values():  # type: ignore[misc]
            total.add(one)
        assert total == found.overall


def test_an_incident_of_thousands_of_reports_costs_no_more_than_its_groups() -> None:
    """100 million joined pairs would take minutes one by one."""
    made = assigned(" ".join(f"{agency}:{n}" for agency in ("a_pd", "b_so") for n in range(10_000)))

    assert pairwise_score(made, {}).overall.false_positives == 10_000 * 10_000
    assert list(islice(false_links(made, {}), 2)) == [("a_pd:0", "b_so:0"), ("a_pd:0", "b_so:1")]
