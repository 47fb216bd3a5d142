"""The life of one report under orders: the command of each step, and what it prints."""

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator

from deploy.run.examples import shell_line, truncate
from schemas.runtime.settings import Settings

TITLE = "one report's life: held, sealed, unsealed, purged, and who could see it meanwhile:"
CLERK, COUNSEL = ("--by", "records-1", "--why"), ("--by", "counsel-1", "--why")
MAX_LINES = 4
"""Lines shown of each answer."""


def steps(report_id: str) -> Iterator[tuple[str, ...]]:
    """Yield the commands: a purge waits for a hold, a seal is set and lifted, the purge takes effect."""
    yield "hold", report_id, *COUNSEL, "litigation hold"
    yield "purge", report_id, *CLERK, "expungement order"
    yield "seal", report_id, *CLERK, "juvenile court"
    yield "seal", report_id, "--lift", *CLERK, "the court lifts it"
    yield "hold", report_id, "--lift", *COUNSEL, "the case is closed"
    yield "show", report_id
    yield "exposure", report_id.partition(":")[0], "--report", report_id
    yield "dissemination", "verify"


def lines(settings: Settings, report_id: str) -> list[str]:
    """Run the commands on the running services of a home, and return what a user sees; the report ends purged."""
    environment = {**os.environ, "INTERAGENCY_HOME": str(settings.home)}
    output = [TITLE]
    for step in steps(report_id):
        arguments = [sys.executable, "-m", "interagency", *step]
        done = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
        answer = (done.stdout or done.stderr).splitlines()
        output += ["", shell_line(shlex.join(step)), *truncate(answer, MAX_LINES)]
    return output
