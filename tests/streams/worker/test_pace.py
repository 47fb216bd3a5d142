"""A slice is as large as a moment lets it be."""

from hypothesis import given
from hypothesis import strategies as st

from streams.worker.pace import FIRST, MOST, Pace


def run(pace: Pace, each_s: float, slices: int) -> list[int]:
    """The sizes of slices of records that take `each_s` seconds each."""
    sizes = []
    for _ in range(slices):
        sizes.append(pace.size)
        pace.took(pace.size, pace.size * each_s)
    return sizes


def test_a_fast_stage_soon_gets_all_at_once() -> None:
    assert run(Pace(), 0.000_1, 5) == [FIRST, 500, 1_000, MOST, MOST]


def test_a_starved_stage_gets_what_it_does_in_a_second() -> None:
    """The starved machine of the issue: 6,000 records took 45 s."""
    assert run(Pace(), 45 / 6_000, 4)[1:] == [133, 133, 133]


def test_it_goes_down_at_once_and_up_again_by_doubling() -> None:
    pace = Pace()
    run(pace, 0.000_1, 6)

    pace.took(MOST, 40.0)
    assert pace.size == 50
    assert run(pace, 0.000_1, 4) == [50, 100, 200, 400]


def test_a_small_slice_does_not_shrink_what_it_does_not_fill() -> None:
    pace = Pace()
    pace.took(1, 0.02)

    assert pace.size == FIRST


@given(st.lists(st.tuples(st.integers(1, 5_000), st.floats(0, 10_000))))
def test_there_is_always_a_next_slice(took: list[tuple[int, float]]) -> None:
    pace = Pace()
    for records, seconds in took:
        pace.took(records, seconds)
        assert 1 <= pace.size <= MOST
