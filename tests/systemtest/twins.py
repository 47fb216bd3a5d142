"""Worlds on real services and their twins: `python -m tests.systemtest.twins [--worlds n] [--seed n]`.

In one home all reports of some worlds are published; in a second one those of which an audience may never know anything
never were. Whatever that audience can ask must be answered alike in both: exports, searches in every order, facets,
single incidents, reasons, what is wanted, the figures, daily bulletins, look-ups, notices; document versions, and the
order in which an index got the documents of a world. Pointers, and notices that name no report, answer on purpose
whether there is something, and are not compared.

Ends 1 and says what differs when it is not.
"""

import argparse
import json
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations, zip_longest
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from schemas.agencies import BUNDLED as AGENCIES
from schemas.agreements import BUNDLED, Outcome
from schemas.records.incident import TOMBSTONE_STATES
from schemas.runtime.telemetry import configure_logging
from streams.sharing import visible
from streams.sharing.policy import Registry, grant
from tests.streams import feeds
from tests.systemtest.pipeline import Pipeline, started
from tests.systemtest.scene import Scene

SCENE = Scene("twins")
ACTT = BUNDLED["actt"]
PARTIES = ("nogales_pd", "usbp_tca", "az_dps", "c5_sonora")
AUDIENCES = ("actt-us", "actt-mx")
PURPOSE = "criminal_investigation"
HOURS_APART = 30
"""Each world has a day of its own."""
HANDLINGS: tuple[dict[str, Any] | None, ...] = (
    None,
    {"level": "GREEN", "rel_to": ["MEX", "USA"]},
    {"level": "GREEN", "rel_to": ["MEX", "USA"]},
    {"level": "GREEN", "caveats": ["NOFORN"]},
    {"level": "GREEN", "categories": ["JUVENILE"], "rel_to": ["MEX", "USA"]},
    {"level": "YELLOW", "rel_to": ["MEX", "USA"]},
    {"level": "RED"},
    {"level": "RED"},
)
NARRATIVES = ("windshield broken by rocks", "subject is undocumented", "lanzaron piedras")
MINUTES = (0, 1, 2, 20, 45, 46, 90)
"""What lies 45 minutes apart meets in no block; a report between the two meets both."""
UNTOLD = re.compile(rb'"(?:published_at|pointers)": ?(?:\d+|null|\[[^\]]*\])')

ASKED_SINGLY = 6
"""Of so many worlds each report, pair, day and look-up is asked for."""

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class World:
    """The versions of some reports in the order in which they are published."""

    number: int
    lines: Sequence[Line]

    def reports(self) -> list[str]:
        """Give their ids."""
        return sorted({f"{line['agency']}:{line['source_id']}" for line in self.lines})


def world(number: int, seed: int) -> World:
    """Make 6 to 9 reports of several parties, some in two versions that are marked otherwise."""
    chance, lines = Random(f"{seed}/{number}"), list[Line]()
    for each in range(chance.randint(6, 9)):
        agency, hour = chance.choice(PARTIES), HOURS_APART * number + chance.choice(MINUTES) / 60
        for version in range(1, chance.choice([2, 2, 3])):
            told: Line = json.loads(SCENE.report(f"x:w{number:02}-{each}", hour, version))
            told |= {"agency": agency, "handling": chance.choice(HANDLINGS)}
            told["narrative"] = chance.choice(NARRATIVES)
            if chance.random() < 0.4:
                told["vehicles"] = [{"plate": f"TST-{chance.randint(100, 101)}", "make": "NISS"}]
            if chance.random() < 0.2:
                told |= {"type_code": "ATL", "type_text": "ATTEMPT TO LOCATE"}
            lines.append(told)
    # Versions of one report come in their order, reports in any.
    place = {f"{one['source_id']}": chance.random() for one in lines}
    return World(number, sorted(lines, key=lambda one: (place[one["source_id"]] + one["version"], one["version"])))


def never_known(worlds: Sequence[World], audience: str) -> set[str]:
    """Give the reports of which an audience may know nothing in any version."""
    who = next(one for one in ACTT.audiences if one.name == audience)
    registry, known = Registry(AGENCIES.get), dict[str, bool]()
    lines = [json.dumps(line).encode() for one in worlds for line in one.lines]
    for record in feeds.enriched(feeds.of_lines(lines)):
        report = visible.read_report({"enriched": record.value, "history": []})
        outcome = grant(report.judged, who, ACTT, registry, int(time.time() * 1000)).outcome
        known[report.report_id] = known.get(report.report_id, False) or outcome is not Outcome.NONE
    return {name for name, is_known in known.items() if not is_known}


@contextmanager
def played(worlds: Sequence[World], hidden: set[str], key: bytes | None) -> Iterator[Pipeline]:
    """Publish worlds without what is hidden, one version of each at a time, so that all goes the same way each time."""
    with started("interagency-twins-", key) as pipeline:
        for step in zip_longest(*(one.lines for one in worlds)):
            lines = [line for line in step if line and f"{line['agency']}:{line['source_id']}" not in hidden]
            if lines:
                pipeline.publish([json.dumps(line).encode() for line in lines])
                pipeline.work_off()
        pipeline.rest()
        yield pipeline


def questions(worlds: Sequence[World]) -> list[tuple[str, ...]]:
    """All that a reader can ask; single reports and pairs of the first worlds."""
    filters = ["", "--offense ASSAULT", "--side US", "--corridor calexico-mexicali", "--cancelled", "--limit 3"]
    filters += [f"--agency {agency}" for agency in PARTIES] + ["--plate TST-100", "--near 32.67,-115.49 --within 5km"]
    filters += [f"--sort {order}" for order in ("newest", "oldest")]
    asked: list[tuple[str, ...]] = [("search", *line.split()) for line in filters]
    asked += [("search", word, "--sort", "best") for word in ("rocks", "piedras", "undocumented", "nothing")]
    for one in worlds[:ASKED_SINGLY]:
        asked += [("show", report) for report in one.reports()]
        asked += [("why", *pair) for pair in list(combinations(one.reports(), 2))[:8]]
    asked.append(("wanted",))
    return [*((*one, "--json") for one in asked), ("export", "incidents"), ("export", "assignments")]


def answers(pipeline: Pipeline, audience: str, asked: Sequence[tuple[str, ...]]) -> list[tuple[int, bytes]]:
    """Give exit code and output of each question, without the times at which Kafka got the reports."""
    given = []
    for words in asked:
        code, output, _ = pipeline.typed(*words, "--as", audience, "--purpose", PURPOSE)
        given.append((code, UNTOLD.sub(b"", output)))
    code, output, _ = pipeline.typed("report", "actt", "--audience", audience)
    return [*given, (code, output)]


def own(pipeline: Pipeline, audience: str, worlds: Sequence[World], hidden: set[str]) -> Iterator[tuple[str, Any]]:
    """Yield what the agencies of an audience are given besides: bulletins, look-ups, and notices that name a report."""
    who = next(one for one in ACTT.audiences if one.name == audience)
    for one in worlds[:ASKED_SINGLY]:
        day = SCENE.report_time(HOURS_APART * one.number)[:10]
        with TemporaryDirectory(prefix="interagency-twins-") as folder:
            code, _, _ = pipeline.typed("digest", "actt", "--day", day, "--out", folder)
            yield f"digest {day}", (code, (Path(folder) / f"{day}-{audience}.md").read_text())
        for report in sorted(set(one.reports()) - hidden):
            if report.partition(":")[0] in who.readers:
                yield f"lookup {report}", pipeline.typed("lookup", "show", report, "--purpose", PURPOSE, "--json")[:2]
    for agency in sorted(set(who.readers) & set(PARTIES)):
        code, output, _ = pipeline.typed("notices", agency, "--purpose", PURPOSE, "--json")
        told = [one for one in json.loads(output) if one["audience"] == audience and one["other_report_id"]]
        named = [one for one in told if hidden.isdisjoint((one["report_id"], one["other_report_id"]))]
        # Those of several worlds come in any order.
        named.sort(key=lambda one: str(one["notice_id"]))
        yield f"notices {agency}", (code, [{**one, "at": None} for one in named])


def written(pipeline: Pipeline, audience: str, worlds: Sequence[World]) -> dict[str, Any]:
    """Give the versions of the documents of an index, and for each world the order in which it got them."""
    body = {"size": 10_000, "version": True, "seq_no_primary_term": True, "sort": ["_seq_no"]}
    client = httpx.Client(base_url=pipeline.services.elasticsearch, trust_env=False, timeout=60)
    client.post(f"/incidents-{audience}-g1/_refresh")
    hits = client.post(f"/incidents-{audience}-g1/_search", json=body).json()["hits"]["hits"]
    place = {report: one.number for one in worlds for report in one.reports()}
    order: dict[int, list[str]] = {}
    for hit in hits:
        if hit["_source"]["state"] not in TOMBSTONE_STATES:
            order.setdefault(place[hit["_source"]["report_ids"][0]], []).append(hit["_id"])
    return {"versions": {hit["_id"]: hit["_version"] for hit in hits}, "order": order}


def compare(whole: Pipeline, worlds: Sequence[World], audience: str, tell: Callable[[str], None]) -> int:
    """Play the twin of an audience; gives how many answers differ."""
    hidden, asked = never_known(worlds, audience), questions(worlds)
    every = {report for one in worlds for report in one.reports()}
    tell(f"{audience}: {len(every)} reports, {len(hidden)} of them hidden, {len(asked) + 2} questions and more")
    mine: list[Any] = [*answers(whole, audience, asked), written(whole, audience, worlds)]
    more = dict(own(whole, audience, worlds, hidden))
    mine += more.values()
    key = (whole.settings.home / "secrets" / "audiences.key").read_bytes()
    with played(worlds, hidden, key) as twin:
        theirs: list[Any] = [*answers(twin, audience, asked), written(twin, audience, worlds)]
        theirs += dict(own(twin, audience, worlds, hidden)).values()
    different = 0
    names = [*map(" ".join, asked), "report", "versions and order", *more]
    for name, one, other in zip(names, mine, theirs, strict=True):
        if one != other:
            different += 1
            tell(f"DIFFERENT for {audience}: {name}\n  {str(one)[:2000]}\n  {str(other)[:2000]}")
    told = sum(bool(one[1]) for one in mine if isinstance(one, tuple))
    tell(f"{audience}: {len(mine)} answers, {told} of which tell something, {different} different")
    return different


def main() -> int:
    """Play some worlds and the twins of each audience; gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    configure_logging("twins", level="error")
    worlds = [world(number, given.seed) for number in range(given.worlds)]
    began = time.monotonic()

    def tell(text: str) -> None:
        print(f"[{time.monotonic() - began:6.0f} s] {text}", flush=True)

    with played(worlds, set(), None) as whole:
        return min(1, sum(compare(whole, worlds, audience, tell) for audience in AUDIENCES))


if __name__ == "__main__":
    sys.exit(main())
