"""Comparison levels of a number: each level has an upper bound."""

from collections.abc import Sequence


def level_for(value: float, levels: Sequence[tuple[float, str]], beyond: str) -> str:
    """Return the first level whose upper bound is at least `value`; `beyond` where none is.

    Bounds are in the unit of `value`: seconds, meters, kilometers, or a number of blocks.
    """
    return next((name for bound, name in levels if value <= bound), beyond)
