"""Comparison levels of a number: each level has an upper bound."""

from collections.abc import Sequence


def level_for(value: float, levels: Sequence[tuple[float, str]], beyond: str) -> str:
    """Return the first level whose upper bound `value` does not exceed; `beyond` where it exceeds all."""
    return next((name for bound, name in levels if value <= bound), beyond)
