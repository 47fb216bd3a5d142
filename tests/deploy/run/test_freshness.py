"""What is asked, what counts as found, and how the seconds are told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.run.freshness import SAMPLE_EVERY, Freshness, FreshnessProbe, quantile

AT = 1_780_000_000_000


def published(count: int, every_ms: int = 10) -> FreshnessProbe:
    """A probe that saw so many reports of one agency."""
    probe = FreshnessProbe()
    for number in range(count):
        probe.publish("yuma_pd", str(number), AT + number * every_ms)
    return probe


def test_one_in_so_many_reports_is_asked_for_in_internal_and_its_agencys_own_view() -> None:
    probe = published(2 * SAMPLE_EVERY + 1)

    asked = ["yuma_pd:0", f"yuma_pd:{SAMPLE_EVERY}", f"yuma_pd:{2 * SAMPLE_EVERY}"]
    assert probe.open() == {"internal": asked, "yuma_pd": asked}
    assert (probe.published, probe.queries, probe.found) == (2 * SAMPLE_EVERY + 1, 6, 0)


def test_who_may_be_asked_can_be_chosen() -> None:
    probe = FreshnessProbe(lambda agency: ("internal",))
    probe.publish("yuma_pd", "1", AT)

    assert probe.open() == {"internal": ["yuma_pd:1"]}


def test_only_the_first_record_of_a_report_is_asked_for() -> None:
    probe = published(1)
    probe.find("internal", {"yuma_pd:0": AT}, AT + 1000)
    for _ in range(3 * SAMPLE_EVERY):
        probe.publish("yuma_pd", "0", AT + 5000)

    assert probe.published == 1 + 3 * SAMPLE_EVERY
    assert probe.open() == {"yuma_pd": ["yuma_pd:0"]}


def test_seconds_are_from_publishing_to_the_answer_in_each_audience() -> None:
    probe = published(1)
    probe.find("internal", {"yuma_pd:0": AT}, AT + 1500)
    probe.find("internal", {"yuma_pd:0": AT}, AT + 9000)
    probe.find("yuma_pd", {"other:1": AT, "yuma_pd:0": AT}, AT + 2500)

    assert probe.freshness() == Freshness(2, 0, 1.5, 2.5, 2.5)
    assert probe.open() == {}


def test_a_later_version_answers_and_one_of_an_earlier_publishing_counts_nowhere() -> None:
    probe = published(1)
    probe.find("internal", {"yuma_pd:0": AT + 400}, AT + 1000)
    probe.find("yuma_pd", {"yuma_pd:0": AT - 1}, AT + 1000)

    assert probe.freshness() == Freshness(1, 0, 1.0, 1.0, 1.0)
    assert (probe.queries, probe.found) == (1, 1)


def test_what_was_not_found_is_told() -> None:
    probe = published(SAMPLE_EVERY + 1)
    probe.find("internal", {"yuma_pd:0": AT}, AT + 1000)

    assert probe.freshness().missing == 3
    assert "3 not found" in str(probe.freshness())


def test_the_first_that_was_found_is_told_with_what_was_published_by_then() -> None:
    probe = published(10)
    assert probe.first is None
    probe.find("internal", {"yuma_pd:0": AT}, AT + 3000)
    probe.publish("yuma_pd", "x", AT + 4000)
    probe.find("yuma_pd", {"yuma_pd:0": AT}, AT + 5000)

    assert probe.first == (3.0, 10)


def test_without_questions_no_seconds_are_told() -> None:
    assert FreshnessProbe().freshness().as_json() == {
        "found": 0,
        "missing": 0,
        "p50": None,
        "p99": None,
        "longest": None,
    }
    assert "no report was asked for" in str(FreshnessProbe().freshness())


@given(st.lists(st.floats(0, 1e4), min_size=1), st.sampled_from([0.01, 0.5, 0.9, 0.99, 1.0]))
def test_a_quantile_is_one_of_the_values_and_its_share_is_not_above_it(values: list[float], share: float) -> None:
    ordered = sorted(values)
    told = quantile(ordered, share)

    assert told in ordered
    assert sum(value <= told for value in ordered) >= share * len(ordered)
    assert sum(value < told for value in ordered) < share * len(ordered)


@pytest.mark.parametrize(("count", "share", "place"), [(100, 0.5, 49), (100, 0.99, 98), (1, 0.99, 0), (3, 0.5, 1)])
def test_a_quantile_by_nearest_rank(count: int, share: float, place: int) -> None:
    assert quantile([float(number) for number in range(count)], share) == place
