"""Statistics of a running worker in a small file, `home/run/<stage>-<pid>.json`, for `run`, `demo` and `status`."""

import json
import os
import resource
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


def stats_path(home: Path, stage: str, pid: int) -> Path:
    """Return the path of the statistics of a process."""
    return home / "run" / f"{stage}-{pid}.json"


def write(home: Path, stage: str, values: Mapping[str, Any]) -> None:
    """Write `values` and the statistics of this process, atomically: CPU in seconds, memory in MiB, `at` in seconds."""
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
    """Yield the statistics of every worker that wrote any, including those that have ended."""
    for path in sorted((home / "run").glob("*-*.json")):
        try:
            stats = json.loads(path.read_text())
        except (OSError, ValueError):
            continue
        if isinstance(stats, dict) and "stage" in stats:
            yield stats


def running(home: Path) -> list[dict[str, Any]]:
    """Return the statistics of the workers that are running."""
    return [stats for stats in read(home) if _is_running(stats)]


def remove_ended(home: Path) -> None:
    """Remove the statistics of processes that have ended, so that only those of the next run remain."""
    for stats in read(home):
        if not _is_running(stats):
            stats_path(home, stats["stage"], stats["pid"]).unlink(missing_ok=True)


def _is_running(stats: Mapping[str, Any]) -> bool:
    return Path(f"/proc/{stats['pid']}").exists()
