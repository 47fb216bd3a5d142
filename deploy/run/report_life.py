"""What orders make of one report: each step with the command it takes, and what that prints."""

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator

from deploy.run.examples import command, cut
from schemas.runtime.settings import Settings

TITLE = "one report's life: held, sealed, shown again, purged, and who could see it meanwhile:"
CLERK, COUNSEL = ("--by", "records-1", "--why"), ("--by", "counsel-1", "--why")
MOST_LINES = 4
"""Lines of an answer that are shown."""


def steps(report_id: str) -> Iterator[tuple[str, ...]]:
    """Yield the commands: a purge waits for a hold, a seal comes and goes, the purge takes effect."""
    yield "hold", report_id, *COUNSEL, "litigation hold"
    yield "purge", report_id, *CLERK, "expungement order"
    yield "seal", report_id, *CLERK, "juvenile court"
    yield "seal", report_id, "--lift", *CLERK, "the court lifts it"
    yield "hold", report_id, "--lift", *COUNSEL, "the case is closed"
    yield "show", report_id
    yield "exposure", report_id.partition(":")[0], "--report", report_id
    yield "dissemination", "verify"


def lines(settings: Settings, report_id: str) -> list[str]:
    """Go through the life of a report on the running services of a home, and return what a user sees.

    The report is purged by it.
    """
    environment = {**os.environ, "INTERAGENCY_HOME": str(settings.home)}
    found = [TITLE]
    for step in steps(report_id):
        words = [sys.executable, "-m", "interagency", *step]
        done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
        answer = (done.stdout or done.stderr).splitlines()
        found += ["", command(shlex.join(step)), *cut(answer, MOST_LINES)]
    return found
