"""Counts and percentiles of one sink."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinks.figures import STEP, Figures, Histogram


@given(st.lists(st.floats(0.001, 3600), min_size=1, max_size=200), st.sampled_from([0.5, 0.9, 0.99, 1.0]))
def test_a_percentile_is_told_at_most_one_step_too_high_and_never_too_low(durations: list[float], share: float) -> None:
    histogram = Histogram()
    for duration in durations:
        histogram.add(duration)

    true = sorted(durations)[max(0, -(-len(durations) * int(share * 100) // 100) - 1)]

    told = histogram.quantile(share)
    assert told is not None
    assert true * 0.999 <= told <= true * STEP * 1.001


def test_without_durations_nothing_is_told() -> None:
    assert Histogram().quantile(0.5) is None
    assert Figures().told()["latency_s"] == {"p50": None, "p99": None, "max": None}


@pytest.mark.parametrize("seconds", [-5.0, 0.0, 1e-9, 1e9])
def test_a_clock_that_runs_backwards_and_an_age_are_counted(seconds: float) -> None:
    histogram = Histogram()

    histogram.add(seconds)

    assert histogram.count == sum(histogram.buckets) == 1


def test_the_time_until_searchable_is_from_publication() -> None:
    figures = Figures()

    figures.found(3, [1_000_000, 1_001_000], now=1002.0)

    assert figures.searchable == 3
    assert figures.latency.count == 2
    assert figures.latency.longest == 2.0
