"""A level holds up to its bound, the bound included."""

import pytest

from streams.dedupe.levels import level_for


@pytest.mark.parametrize(
    ("value", "level"), [(-1.0, "low"), (1.0, "low"), (1.001, "high"), (2.0, "high"), (2.001, "beyond")]
)
def test_the_first_level_whose_bound_is_not_exceeded_holds(value: float, level: str) -> None:
    assert level_for(value, ((1.0, "low"), (2.0, "high")), "beyond") == level


def test_without_levels_everything_is_beyond() -> None:
    assert level_for(0.0, (), "beyond") == "beyond"
