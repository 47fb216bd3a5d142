"""The one clock of the shells; the core takes the time as an argument."""

import time


def now_ms() -> int:
    """Return the time in UTC milliseconds since 1970."""
    return time.time_ns() // 1_000_000
