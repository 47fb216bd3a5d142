"""What an intruder derives from published counts: exact values, bounds, and which counts give a secret away."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinks.partnership.disclosure import Intruder, LinearForm, value

COUNTS = (20, 3)
TOTAL: LinearForm = ((0, 1), (1, 1))
LARGE: LinearForm = ((0, 1),)
SMALL: LinearForm = ((1, 1),)


def bounds(intruder: Intruder, secret: int = 0) -> tuple[float, float]:
    intruder.widen_bounds(secret)
    return round(float(intruder.lowest[secret]), 6), round(float(intruder.highest[secret]), 6)


def test_the_value_of_a_form_counts_each_unknown_as_often_as_it_says() -> None:
    assert value((), COUNTS) == 0
    assert value(((0, 2), (1, 3)), COUNTS) == 49


def test_a_count_that_is_left_when_another_is_subtracted_is_exact() -> None:
    intruder = Intruder(COUNTS, [TOTAL, LARGE], [SMALL], [SMALL])

    assert set(intruder.widen_bounds(0)) == {TOTAL, LARGE}
    assert intruder.is_exact(0)
    assert intruder.is_below(0, 5)


def test_a_suppressed_count_is_at_least_one() -> None:
    assert bounds(Intruder(COUNTS, [TOTAL], [SMALL], [SMALL])) == (1, 23)
    assert bounds(Intruder(COUNTS, [TOTAL], [], [SMALL])) == (0, 23)
    assert bounds(Intruder(COUNTS, [TOTAL], [SMALL, LARGE], [SMALL])) == (1, 22)


def test_a_count_is_no_longer_derived_once_what_bounds_it_is_withheld() -> None:
    intruder = Intruder(COUNTS, [TOTAL, LARGE], [SMALL], [SMALL])
    intruder.withhold(LARGE)

    assert bounds(intruder) == (1, 22)
    assert not intruder.is_exact(0)
    assert not intruder.is_below(0, 5)


def test_nothing_bounds_a_count_that_is_in_no_published_sum() -> None:
    intruder = Intruder(COUNTS, [LARGE], [], [SMALL])

    assert intruder.widen_bounds(0) == []
    assert intruder.highest[0] == np.inf
    assert not intruder.is_below(0, 10**9)


@pytest.mark.parametrize(("limit", "below"), [(4, False), (5, True)])
def test_a_count_is_below_a_limit_when_its_greatest_possible_value_is(limit: int, below: bool) -> None:
    intruder = Intruder((1, 3), [TOTAL], [], [SMALL])
    intruder.widen_bounds(0)

    assert intruder.is_below(0, limit) is below


def test_one_other_possible_value_makes_a_count_inexact() -> None:
    counts = (1, 1)
    assert not Intruder(counts, [TOTAL], [], [SMALL]).is_below(0, 1)
    intruder = Intruder(counts, [TOTAL], [], [SMALL])
    intruder.widen_bounds(0)

    assert not intruder.is_exact(0)


@pytest.mark.parametrize(("counts", "expected"), [((1, 1), (1, 1)), ((1, 2), (1, 2)), ((2, 1), (1, 2))])
def test_a_count_with_one_whole_number_above_or_below_it_is_not_exact(
    counts: tuple[int, int], expected: tuple[float, float]
) -> None:
    intruder = Intruder(counts, [TOTAL], [LARGE, SMALL], [LARGE])

    assert bounds(intruder) == expected
    assert intruder.is_exact(0) is (expected == (1, 1))


def test_probing_widens_the_bounds_of_what_is_not_derived() -> None:
    intruder = Intruder(COUNTS, [TOTAL], [SMALL], [SMALL])
    assert intruder.is_exact(0)
    intruder.probe()

    assert not intruder.is_exact(0)


def test_each_published_count_can_be_withheld_by_itself() -> None:
    forms: list[LinearForm] = [((unknown, 1),) for unknown in range(6)]
    for form in forms:
        intruder = Intruder((1, 2, 3, 4, 5, 6), forms, [], forms)
        intruder.withhold(form)
        for secret in range(6):
            intruder.widen_bounds(secret)

        assert [secret for secret in range(6) if not intruder.is_exact(secret)] == [form[0][0]]


def test_without_secrets_there_is_nothing_to_probe() -> None:
    intruder = Intruder(COUNTS, [TOTAL], [], [])
    intruder.probe()

    assert intruder.truth.size == 0


_FORMS = st.frozensets(st.integers(0, 3), min_size=1).map(lambda chosen: tuple((each, 1) for each in sorted(chosen)))


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(1, 9), min_size=4, max_size=4), st.sets(_FORMS), st.sets(_FORMS))
def test_bounds_contain_the_truth_and_probing_never_narrows_them(
    counts: list[int], disclosed: set[LinearForm], suppressed: set[LinearForm]
) -> None:
    secrets = [((unknown, 1),) for unknown in range(4)]
    intruder = Intruder(counts, disclosed, suppressed, secrets)
    for secret in range(4):
        intruder.widen_bounds(secret)
    lowest, highest = intruder.lowest.copy(), intruder.highest.copy()
    intruder.probe()

    assert (intruder.lowest <= np.array(counts)).all()
    assert (intruder.highest >= np.array(counts)).all()
    assert (intruder.lowest <= lowest).all()
    assert (intruder.highest >= highest).all()
    assert all(value(secret, counts) == counts[number] for number, secret in enumerate(secrets))
