"""Exponential back-off without a limit on attempts; pure."""

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0


def pause_s(attempt: int, first_s: float = FIRST_PAUSE_S, longest_s: float = LONGEST_PAUSE_S) -> float:
    """Return the pause in seconds after failed attempt `attempt`, from 0: doubled each time, up to `longest_s`."""
    return float(min(first_s * 2 ** min(attempt, 16), longest_s))
