"""Access review: lines of the dissemination log that somebody should look at, as misuse leaves marks; pure.

Each rule says why a line is unusual, and accuses nobody: a surge has many reasons.
"""

from collections.abc import Collection, Iterable, Iterator
from statistics import median
from typing import NamedTuple

from schemas.records.audit import Dissemination, Exposure
from sinks.render.format import day

TIMES_MEDIAN = 5
LEAST_SHOWN = 50
DAYS_BEFORE = 5
"""A day is unusual with so many times the median of at least so many earlier days on which the reader read."""
DENIED, WITHIN_MS = 3, 3_600_000
"""Unusual is to be denied so often within so many milliseconds."""


class UnusualRead(NamedTuple):
    """Why a reader's reading is unusual, with the first line that it is about; `at` UTC milliseconds."""

    rule: str
    reader: str
    audience: str
    at: int
    line: int
    why: str


def unusual_reads(
    lines: Collection[Dissemination], canaries: Collection[str], exposures: Iterable[Exposure]
) -> list[UnusualRead]:
    """Return what is unusual in the log, oldest first.

    `canaries`: ids of reports that nobody has a reason to read, such as one that its agency invented and placed.
    `exposures` show which views of agreements' audiences had these.
    """
    reads = [*_many(lines), *_denied(lines), *_touched(lines, canaries, exposures)]
    return sorted(reads, key=lambda read: (read.at, read.line, read.rule))


def _many(lines: Iterable[Dissemination]) -> Iterator[UnusualRead]:
    """Yield the days on which a reader was shown far more than on the days before."""
    days: dict[tuple[str, str], dict[str, tuple[Dissemination, set[str]]]] = {}
    for line in lines:
        if line["outcome"] == "GIVEN":
            mine = days.setdefault((line["reader"], line["audience"]), {})
            mine.setdefault(day(line["at"]), (line, set()))[1].update(line["ids"])
    for (reader, audience), mine in days.items():
        before: list[int] = []
        for _, (first, shown) in sorted(mine.items()):
            usual = median(before) if len(before) >= DAYS_BEFORE else None
            if usual is not None and len(shown) >= LEAST_SHOWN and len(shown) > TIMES_MEDIAN * usual:
                why = f"{len(shown):,} incidents shown that day, {usual:,.0f} on the median day before"
                yield UnusualRead("MANY", reader, audience, first["at"], first["number"], why)
            before.append(len(shown))


def _denied(lines: Iterable[Dissemination]) -> Iterator[UnusualRead]:
    """Yield readers who were denied again and again, once for each run of denials."""
    runs: dict[str, list[Dissemination]] = {}
    for line in lines:
        if line["outcome"] != "DENIED":
            continue
        run = [denial for denial in runs.get(line["reader"], []) if line["at"] - denial["at"] < WITHIN_MS]
        runs[line["reader"]] = [*run, line]
        if len(run) + 1 == DENIED:
            first = run[0]
            why = f"denied {DENIED} times within an hour, the last time for {line['purpose']}"
            yield UnusualRead("DENIED", line["reader"], line["audience"], first["at"], first["number"], why)


def _touched(
    lines: Iterable[Dissemination], canaries: Collection[str], exposures: Iterable[Exposure]
) -> Iterator[UnusualRead]:
    """Yield readers who were shown a canary, or a view that had it then."""
    written: dict[tuple[str, str], list[Exposure]] = {}
    for exposure in exposures if canaries else ():
        written.setdefault((exposure["audience"], exposure["view_id"]), []).append(exposure)
    for line in lines:
        shown = set(line["ids"]).union(
            *(_reports_in(written.get((line["audience"], name), ()), line) for name in line["ids"])
        )
        for canary in sorted(shown.intersection(canaries)):
            yield UnusualRead(
                "CANARY", line["reader"], line["audience"], line["at"], line["number"], f"was shown {canary}"
            )


def _reports_in(written: Iterable[Exposure], line: Dissemination) -> set[str]:
    """Return the reports that a view had when a line was written."""
    before = [exposure for exposure in written if exposure["at"] <= line["at"]]
    last = max(before, key=lambda exposure: (exposure["generation"], exposure["revision"]), default=None)
    return {report["report_id"] for report in last["reports"]} if last else set()
