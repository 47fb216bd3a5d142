"""Steps: the name of the first bound that a number does not exceed."""

from collections.abc import Sequence


def step(value: float, steps: Sequence[tuple[float, str]], beyond: str) -> str:
    """Name the first step that `value` does not exceed; `beyond` where it exceeds all."""
    return next((name for most, name in steps if value <= most), beyond)
