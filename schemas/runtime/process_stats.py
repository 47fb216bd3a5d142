"""Figures of a running worker, as a small file that `run`, `demo` and `status` read: `home/run/<stage>-<pid>.json`."""

import json
import os
import resource
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


def stats_path(home: Path, stage: str, pid: int) -> Path:
    """Name the figures file of a process."""
    return home / "run" / f"{stage}-{pid}.json"


def write(home: Path, stage: str, values: Mapping[str, Any]) -> None:
    """Write the figures of this process, whole or not at all; CPU in seconds, memory in MiB."""
    path = stats_path(home, stage, os.getpid())
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    own = {
        "stage": stage,
        "pid": os.getpid(),
        "at": time.time(),
        "cpu_s": round(time.process_time(), 2),
        "rss_mib": round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 1),
        "peak_rss_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }
    staged = path.with_suffix(".tmp")
    staged.write_text(json.dumps({**own, **values}))
    staged.replace(path)


def read(home: Path) -> Iterator[dict[str, Any]]:
    """Give the figures of every worker that wrote some, of ended ones too."""
    for path in sorted((home / "run").glob("*-*.json")):
        try:
            figures = json.loads(path.read_text())
        except (OSError, ValueError):
            continue
        if isinstance(figures, dict) and "stage" in figures:
            yield figures


def running(home: Path) -> list[dict[str, Any]]:
    """Give the figures of the workers that live."""
    return [found for found in read(home) if _lives(found)]


def remove_ended(home: Path) -> None:
    """Remove the figures of processes that are gone, so that those of the next run stand alone."""
    for found in read(home):
        if not _lives(found):
            stats_path(home, found["stage"], found["pid"]).unlink(missing_ok=True)


def _lives(found: Mapping[str, Any]) -> bool:
    return Path(f"/proc/{found['pid']}").exists()
