"""Publish the demonstration's feeds at a steady rate, in a process of its own."""

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from deploy.embedded.processes import start_process
from producers.feeds.lines import open_feed
from schemas.errors import Transient

PUBLISHING_S = 20.0
MIN_RATE = 100.0
"""Reports per second, the rate of a feed of fewer than 2,000 reports."""
MAX_REFUSALS = 20


def feed_rate(feeds: Sequence[Path]) -> tuple[int, float]:
    """Return the number of lines of the feeds, and the rate per second that publishes them in PUBLISHING_S seconds.

    Raises: OSError when a feed cannot be opened.
    """
    lines = 0
    for feed in feeds:
        with open_feed(str(feed)) as (stream, _):
            lines += sum(not line.isspace() for line in stream)
    return lines, max(MIN_RATE, lines / PUBLISHING_S)


def publish(feeds: Sequence[Path], rate: float, log: Path, check: Callable[[], None]) -> dict[str, Any]:
    """Publish at `rate` reports per second, calling `check` meanwhile; return what `publish --json` prints.

    Raises: Transient when publishing fails.
    """
    log.write_bytes(b"")
    arguments = ["publish", "--new-agency", "--json", "--rate", f"{rate:.1f}", *map(str, feeds)]
    process = start_process([sys.executable, "-m", "interagency", *arguments], log, dict(os.environ), Path.cwd())
    while process.poll() is None:
        check()
        time.sleep(0.1)
    last = log.read_text().splitlines()[-1:]
    if not last or not last[0].startswith("{"):
        raise Transient(f"publishing failed with code {process.returncode}: see {log}")
    result: dict[str, Any] = json.loads(last[0])
    return result


def refusal_lines(result: dict[str, Any], log: Path) -> list[str]:
    """Return a line for each of the first MAX_REFUSALS refused lines, and where to find the others."""
    refused = result["refusals"]
    lines = [
        f"{refusal['file']}:{refusal['line']} {refusal['field'] or '-'} {refusal['reason']} {refusal['detail']}"
        for refusal in refused[:MAX_REFUSALS]
    ]
    more = len(refused) - len(lines)
    return [*lines, f"... and {more:,} more lines were refused: see {log}"] if more else lines
