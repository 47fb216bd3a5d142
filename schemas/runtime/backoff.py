"""How long to wait before trying again: longer each time, up to a bound, for as long as it takes; pure."""

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0


def pause_s(attempt: int, first_s: float = FIRST_PAUSE_S, longest_s: float = LONGEST_PAUSE_S) -> float:
    """Give the pause after failed attempt number `attempt` (from 0), in seconds."""
    return float(min(first_s * 2 ** min(attempt, 16), longest_s))
