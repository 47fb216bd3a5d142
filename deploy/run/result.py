"""What a run produced: the accounting of every published report, and what each stage did."""

import time
from dataclasses import dataclass
from typing import Any

from schemas.runtime import process_stats
from schemas.runtime.settings import Endpoints, Settings
from streams.evaluation.accounting import Accounting, read_accounting

STATS_S = 5.0
"""Seconds to wait for the workers' statistics, which they write every second."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """The accounting of the published reports, and the last statistics of each stage."""

    accounting: Accounting
    stages: dict[str, dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        """Return it as `--json` prints it."""
        return {**self.accounting.as_json(), "stages": self.stages}

    def lines(self) -> list[str]:
        """Return the last lines of `demo` and `run --until-idle`."""
        total = self.accounting.total
        balance = "adds up" if total.difference == 0 else f"DOES NOT ADD UP by {total.difference:,}"
        rows = [
            f"published    {total.published:>9,}   = current + superseded + repeated + rejected + purged: {balance}",
            f"current      {total.current:>9,}",
            f"superseded   {total.superseded:>9,}",
            f"repeated     {total.repeated:>9,}",
            f"rejected     {total.rejected:>9,}",
            f"purged       {total.purged:>9,}",
            f"incidents    {self.accounting.incidents:>9,}   searchable",
        ]
        if self.accounting.views_refused:
            rows.insert(7, f"views refused by the index: {self.accounting.views_refused:,}")
        return rows


def _wait_for_stats(settings: Settings) -> None:
    """Wait until every running worker has written its statistics once more, at most STATS_S seconds."""
    began, deadline = time.time(), time.monotonic() + STATS_S
    while any(stats["at"] < began for stats in process_stats.running(settings.home)) and time.monotonic() < deadline:
        time.sleep(0.1)


async def run_result(services: Endpoints, settings: Settings) -> RunResult:
    """Count the reports by their fates from the topics, and read the workers' statistics. Raises: Transient."""
    _wait_for_stats(settings)
    stages: dict[str, dict[str, Any]] = {}
    for stats in process_stats.read(settings.home):
        latest = stages.get(stats["stage"])
        if latest is None or latest["at"] < stats["at"]:
            stages[stats["stage"]] = stats
    return RunResult(await read_accounting(services.kafka, settings.generation), stages)
