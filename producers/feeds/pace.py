"""A feed at its pace: no faster than a dispatch system would send it."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

LONGEST_LEAD_S = 0.05
LONGEST_DEBT_S = 1.0
Item = TypeVar("Item")


def paced(
    items: Iterable[Item],
    rate: float,
    monotonic: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> Iterator[Item]:
    """Yield items at `rate` a second; of what was late, LONGEST_DEBT_S seconds are made up for."""
    due = monotonic()
    for item in items:
        now = monotonic()
        due = max(due, now - LONGEST_DEBT_S)
        if due - now > LONGEST_LEAD_S:
            sleep(due - now)
        yield item
        due += 1 / rate
