"""A feed at its pace: no faster than a dispatch system would send it."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

LONGEST_LEAD_S = 0.05
Item = TypeVar("Item")


def paced(
    items: Iterable[Item],
    rate: float,
    monotonic: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> Iterator[Item]:
    """Yield items at `rate` a second on average: what was late is made up for."""
    began = monotonic()
    for number, item in enumerate(items):
        lead = number / rate - (monotonic() - began)
        if lead > LONGEST_LEAD_S:
            sleep(lead)
        yield item
