"""Publishing for the demonstration: at the pace of a day that goes fast, in a process of its own."""

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from deploy.embedded.processes import start
from producers.feeds.lines import open_feed
from schemas.errors import Transient

PUBLISHING_S = 20.0
LEAST_RATE = 100.0
"""Reports a second: the pace of a feed of fewer than 2,000."""
MOST_REFUSALS = 20


def pace(feeds: Sequence[Path]) -> tuple[int, float]:
    """Return how many lines feeds have, and how many a second make PUBLISHING_S seconds of them, or less if few."""
    lines = 0
    for feed in feeds:
        with open_feed(str(feed)) as (stream, _):
            lines += sum(not line.isspace() for line in stream)
    return lines, max(LEAST_RATE, lines / PUBLISHING_S)


def publish(feeds: Sequence[Path], rate: float, log: Path, look: Callable[[], None]) -> dict[str, Any]:
    """Publish as a dispatch system would, calling `look` meanwhile; return what `publish --json` prints.

    Raises: Transient when it does not publish.
    """
    log.write_bytes(b"")
    words = ["publish", "--new-agency", "--json", "--rate", f"{rate:.1f}", *map(str, feeds)]
    process = start([sys.executable, "-m", "interagency", *words], log, dict(os.environ), Path.cwd())
    while process.poll() is None:
        look()
        time.sleep(0.1)
    last = log.read_text().splitlines()[-1:]
    if not last or not last[0].startswith("{"):
        raise Transient(f"publishing failed with code {process.returncode}: see {log}")
    outcome: dict[str, Any] = json.loads(last[0])
    return outcome


def refusals(outcome: dict[str, Any], log: Path) -> list[str]:
    """Return a line for each of the first lines that were refused, and where the others stand."""
    refused = outcome["refusals"]
    lines = [
        f"{one['file']}:{one['line']} {one['field'] or '-'} {one['reason']} {one['detail']}"
        for one in refused[:MOST_REFUSALS]
    ]
    more = len(refused) - len(lines)
    return [*lines, f"... and {more:,} more lines were refused: see {log}"] if more else lines
