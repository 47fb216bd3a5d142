"""Precision, recall and F1 follow from the counts, and their intervals are those of the literature."""

import pytest

from streams.evaluation.confusion import ConfusionCounts, wilson


def test_shares_and_their_intervals() -> None:
    told = ConfusionCounts(true_positives=90, false_positives=10, false_negatives=30)

    assert (told.precision, told.recall, told.f1) == (0.9, 0.75, 180 / 220)
    assert told.as_json()["joined"] == 100
    assert ConfusionCounts().precision is ConfusionCounts().recall is ConfusionCounts().f1 is None


@pytest.mark.parametrize(
    ("hits", "of", "bounds"),
    # Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
    [
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
    ],
)
def test_wilson_intervals_are_those_of_the_literature(hits: int, of: int, bounds: tuple[float, float]) -> None:
    assert wilson(hits, of) == pytest.approx(bounds, abs=0.00005)
    assert wilson(0, 0) is None


def test_counts_add_up_one_by_one() -> None:
    counts = ConfusionCounts(1, 2, 4)
    counts.add(ConfusionCounts(10, 20, 40))

    assert counts == ConfusionCounts(11, 22, 44)
    assert (counts.total, counts.linked, counts.same) == (77, 33, 55)


@pytest.mark.parametrize(
    ("counts", "precision", "recall", "f1"),
    [
        (ConfusionCounts(0, 1, 0), 0.0, None, 0.0),
        (ConfusionCounts(0, 0, 1), None, 0.0, 0.0),
        (ConfusionCounts(1, 0, 0), 1.0, 1.0, 1.0),
    ],
)
def test_a_share_of_nothing_is_none(
    counts: ConfusionCounts, precision: float | None, recall: float | None, f1: float | None
) -> None:
    assert (counts.precision, counts.recall, counts.f1) == (precision, recall, f1)


def test_an_interval_is_the_same_seen_from_the_other_side() -> None:
    low, high = wilson(3, 20) or (0.0, 0.0)
    other = wilson(17, 20) or (0.0, 0.0)

    assert 0 < low < 3 / 20 < high < 1
    assert other == pytest.approx((1 - high, 1 - low))


def test_json_has_the_intervals_of_the_shares_beside_them() -> None:
    made = ConfusionCounts(90, 10, 30).as_json()

    assert (made["precision_95"], made["recall_95"]) == (wilson(90, 100), wilson(90, 120))
    assert (made["true_joins"], made["false_joins"], made["misses"]) == (90, 10, 30)
