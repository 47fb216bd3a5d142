"""How fast this machine runs Python, measured by one small loop."""

import time
from collections.abc import Callable
from dataclasses import dataclass

NUMBERS = 10_000_000
REFERENCE_S = 0.5
"""Seconds for the sum of NUMBERS integers on the idle reference machine."""
_PART = 20
# at module level, where names are slower than in a function
_LOOP = compile("total = 0\nfor number in range(count): total += number", "loop", "exec")


@dataclass(frozen=True, slots=True)
class Speed:
    """Seconds for the sum of NUMBERS integers: CPU time, and clock time, which other programs lengthen."""

    cpu_s: float
    clock_s: float

    @property
    def slower(self) -> float:
        """Return how many times as much CPU time as the reference machine this one takes."""
        return self.cpu_s / REFERENCE_S

    @property
    def share(self) -> float:
        """Return the share of a processor that the loop got, at most 1."""
        return min(1.0, self.cpu_s / self.clock_s)


def measure(
    parts: int = 3, cpu: Callable[[], float] = time.thread_time, clock: Callable[[], float] = time.monotonic
) -> Speed:
    """Run `parts` twentieths of the loop; return how long the whole loop would take, by two clocks in seconds."""
    cpu_began, clock_began = cpu(), clock()
    for _ in range(parts):
        exec(_LOOP, {"count": NUMBERS // _PART})  # noqa: S102 (the two lines above)
    factor = _PART / parts
    return Speed(max(1e-9, cpu() - cpu_began) * factor, max(1e-9, clock() - clock_began) * factor)
