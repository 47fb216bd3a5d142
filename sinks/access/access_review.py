"""Unusual reads: what in the dissemination log somebody should look at, as corruption and curiosity leave marks; pure.

Each rule says why a line stands out, and accuses nobody: a surge has many reasons.
"""

from collections.abc import Collection, Iterable, Iterator
from statistics import median
from typing import NamedTuple

from schemas.records.audit import Dissemination, Exposure
from sinks.render.format import day

TIMES_MEDIAN = 5
LEAST_SHOWN = 50
DAYS_BEFORE = 5
"""A day stands out with so many times the median of at least so many earlier days on which the reader read."""
DENIED, WITHIN_MS = 3, 3_600_000
"""So often turned away within so long."""


class Unusual(NamedTuple):
    """Why a reader's reading stands out, with the first line that it is about; `at` UTC milliseconds."""

    rule: str
    reader: str
    audience: str
    at: int
    line: int
    why: str


def unusual(
    lines: Collection[Dissemination], canaries: Collection[str], exposures: Iterable[Exposure]
) -> list[Unusual]:
    """Give what stands out in the log, oldest first.

    `canaries`: ids of reports that nobody has a reason to read, such as one that its agency invented and placed.
    `exposures` tell in which views of agreements' audiences these stood.
    """
    found = [*_many(lines), *_denied(lines), *_touched(lines, canaries, exposures)]
    return sorted(found, key=lambda one: (one.at, one.line, one.rule))


def _many(lines: Iterable[Dissemination]) -> Iterator[Unusual]:
    """Find the days on which somebody was shown far more than on the days before."""
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
                yield Unusual("MANY", reader, audience, first["at"], first["number"], why)
            before.append(len(shown))


def _denied(lines: Iterable[Dissemination]) -> Iterator[Unusual]:
    """Find who was turned away again and again; told once for each run of denials."""
    runs: dict[str, list[Dissemination]] = {}
    for line in lines:
        if line["outcome"] != "DENIED":
            continue
        run = [one for one in runs.get(line["reader"], []) if line["at"] - one["at"] < WITHIN_MS]
        runs[line["reader"]] = [*run, line]
        if len(run) + 1 == DENIED:
            first = run[0]
            why = f"turned away {DENIED} times within an hour, for {line['purpose']} at last"
            yield Unusual("DENIED", line["reader"], line["audience"], first["at"], first["number"], why)


def _touched(
    lines: Iterable[Dissemination], canaries: Collection[str], exposures: Iterable[Exposure]
) -> Iterator[Unusual]:
    """Find who was shown a canary, or a view in which it stood then."""
    written: dict[tuple[str, str], list[Exposure]] = {}
    for one in exposures if canaries else ():
        written.setdefault((one["audience"], one["view_id"]), []).append(one)
    for line in lines:
        shown = set(line["ids"]).union(
            *(_stood(written.get((line["audience"], name), ()), line) for name in line["ids"])
        )
        for canary in sorted(shown.intersection(canaries)):
            yield Unusual("CANARY", line["reader"], line["audience"], line["at"], line["number"], f"was shown {canary}")


def _stood(written: Iterable[Exposure], line: Dissemination) -> set[str]:
    """Give the reports that a view had when a line was written."""
    before = [one for one in written if one["at"] <= line["at"]]
    last = max(before, key=lambda one: (one["generation"], one["revision"]), default=None)
    return {report["report_id"] for report in last["reports"]} if last else set()
