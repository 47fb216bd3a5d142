"""Whether a start makes progress, judged by what the process does and never by the time it takes; pure.

On a starved machine a start takes twenty times as long as on an idle one, so time alone is no measure. A start is
given up when nothing happens: no line in the log, no port opened, no processor used or waited for; or when much CPU
time is used without a result. CPU time is the same on a starved machine.
"""

from dataclasses import dataclass, field, replace

QUIET_S = 120.0
"""A start that does nothing for this many seconds waits in vain."""
BUSY_CPU_S = 300.0
"""CPU seconds used without a line in the log: ten times what the slowest service takes for its whole start."""
MAX_CPU_S = 1800.0
"""CPU seconds used without an answer, whatever is logged."""
WINDOW_S = 20.0
DEMAND = 0.1
"""Share of a processor that a start uses or waits for, over WINDOW_S seconds; an idle Java needs 0.02."""
MAX_PATIENCE = 8.0
RECENT_S = 2 * WINDOW_S


@dataclass(frozen=True, slots=True)
class Sample:
    """What a process and its children did so far: CPU seconds used and waited for, bytes logged, port open."""

    cpu_s: float = 0.0
    waited_s: float = 0.0
    log_bytes: int = 0
    port_open: bool = False


def patience(failures: int) -> float:
    """Return the factor for all limits after `failures` stalled starts in a row."""
    return min(2.0**failures, MAX_PATIENCE)


@dataclass(slots=True)
class Progress:
    """Judge one start from samples. Times are in seconds of a monotonic clock; `patience` multiplies every limit."""

    began: float
    patience: float = 1.0
    _last: Sample = field(default_factory=Sample)
    _first_cpu_s: float | None = None
    _sign: str = ""
    _sign_at: float = field(default=float("-inf"))
    _sign_cpu_s: float = 0.0
    _wanted_at: float = field(default=float("-inf"))
    _window: tuple[float, float] = (float("-inf"), 0.0)

    def record(self, sample: Sample, now: float) -> None:
        """Add the sample taken at `now`, in seconds."""
        if self._first_cpu_s is None:
            self._first_cpu_s = self._sign_cpu_s = sample.cpu_s
            self._window = (now, sample.cpu_s + sample.waited_s)
            # the former start logged to the same file
            self._last = replace(sample, port_open=False)
        opened = sample.port_open and not self._last.port_open
        if opened or sample.log_bytes > self._last.log_bytes:
            self._sign = "port is open" if opened else "log grows"
            self._sign_at, self._sign_cpu_s = now, sample.cpu_s
        begun, wanted_s = self._window
        if now - begun >= WINDOW_S:
            if sample.cpu_s + sample.waited_s - wanted_s >= DEMAND * (now - begun):
                self._wanted_at = now
            self._window = (now, sample.cpu_s + sample.waited_s)
        self._last = sample

    def quiet_s(self, now: float) -> float:
        """Return for how many seconds nothing has happened."""
        return now - max(self.began, self._sign_at, self._wanted_at)

    def doing(self, now: float) -> str:
        """Return in a few words what the start does at `now`, in seconds."""
        if self._sign and now - self._sign_at < RECENT_S:
            return self._sign
        if now - self._wanted_at < RECENT_S:
            return "at work"
        return "nothing happens" if now - self.began >= RECENT_S else "begins"

    def stuck(self, now: float) -> str:
        """Return why to give the start up at `now` (seconds), as a phrase after its name; "" while it progresses."""
        if (quiet_s := self.quiet_s(now)) > QUIET_S * self.patience:
            return f"did not answer, and did nothing for {quiet_s:.0f} s"
        cpu_s, first = self._last.cpu_s, self._first_cpu_s or 0.0
        if cpu_s - self._sign_cpu_s > BUSY_CPU_S * self.patience:
            return f"did not answer, and used {cpu_s - self._sign_cpu_s:.0f} s of CPU time without a line in its log"
        if cpu_s - first > MAX_CPU_S * self.patience:
            return f"did not answer after {cpu_s - first:.0f} s of CPU time"
        return ""
