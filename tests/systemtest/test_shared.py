"""What agreements share, on real services: 20 worlds of marked reports, and what each audience finds of them.

Each audience must find what the pure stages make of only those reports of which it may know something: as if the others
had never been published.
"""

import json
import random
import time
from typing import Any

import pytest

from producers import registry
from producers.broker import Admin
from schemas.agreements import BUNDLED, Outcome
from schemas.audiences import master_key
from schemas.topics import INCIDENTS, RELEASED_INCIDENTS, agency_of
from sinks.dissemination import broken
from streams import intake, release, resolve, view
from streams.shares import shares
from streams.sharing import Registry, grant
from streams.stage import Record
from tests.streams.fakes import MemoryState, Runner, as_records
from tests.systemtest import oracle
from tests.systemtest.pipeline import Pipeline
from tests.systemtest.scene import Scene

pytestmark = [pytest.mark.services, pytest.mark.timeout(400)]

SCENE = Scene("shared")
ACTT = BUNDLED["actt"]
PARTIES = ("nogales_pd", "usbp_tca", "az_dps", "c5_sonora")
HANDLINGS: tuple[dict[str, Any] | None, ...] = (
    None,
    {"level": "GREEN", "rel_to": ["MEX", "USA"]},
    {"level": "GREEN", "caveats": ["NOFORN"]},
    {"level": "GREEN", "categories": ["JUVENILE"], "rel_to": ["MEX", "USA"]},
    {"level": "YELLOW", "rel_to": ["MEX", "USA"]},
    {"level": "RED"},
    {"level": "GREEN", "purposes": ["victim_services"]},
)
AS = {"actt-us": "criminal_investigation", "actt-mx": "criminal_investigation"}


def worlds(count: int) -> list[bytes]:
    """Reports of several parties in hours of their own, marked in any way; the same ones each time."""
    chance = random.Random(6)
    lines = []
    for world in range(count):
        for agency in chance.sample(PARTIES, chance.randint(2, 4)):
            told = json.loads(SCENE.report(f"x:{world}-{agency}", 3 * world))
            narrative = chance.choice(["windshield broken by rocks", "subject is undocumented", "lanzaron piedras"])
            lines.append({**told, "agency": agency, "narrative": narrative, "handling": chance.choice(HANDLINGS)})
    return [json.dumps(line).encode() for line in lines]


def expected(pipeline: Pipeline, audience: str) -> dict[str, Any]:
    """What an audience must find, had nothing else ever been published."""
    kafka, now = pipeline.services.kafka, time.time_ns() // 1_000_000
    with Admin(kafka) as admin:
        known = Registry(registry.load(admin).get)
    who = next(one for one in ACTT.audiences if one.name == audience)
    sent = oracle.of_topics(kafka, lambda topic: agency_of(topic) in PARTIES)

    def visible(record: Record) -> bool:
        report = view.read({"enriched": record.value, "history": []})
        return grant(report, who, ACTT, known, now).outcome is not Outcome.NONE

    enriched = as_records(intake.stage(known.agency, 1).process(sent, MemoryState(), 2**41).outputs)
    resolving = Runner(resolve.stage(1))
    resolving([record for record in enriched if visible(record)])
    shared = shares(BUNDLED.values(), known)
    releasing = Runner(release.stage(master_key(pipeline.settings.home), 1, shares=shared))
    releasing(as_records(resolving.topics[INCIDENTS.name]), now)
    return oracle.views(releasing.newest(RELEASED_INCIDENTS.name).values()).get(audience, {})


def found(pipeline: Pipeline, audience: str) -> dict[str, Any]:
    exported = pipeline.cli("export", "incidents", "--as", audience, "--purpose", AS[audience])
    lines = [json.loads(line) for line in exported.splitlines()]
    return {line.pop("id"): line for line in lines}


def test_each_audience_finds_what_it_would_find_if_hidden_reports_had_never_been(pipeline: Pipeline) -> None:
    lines = worlds(20)
    pipeline.publish(lines)
    pipeline.run()

    for audience in AS:
        indexed = found(pipeline, audience)
        assert indexed == expected(pipeline, audience)
        assert 0 < sum(len(one["report_ids"]) for one in indexed.values()) < len(lines)
    assert any("withheld" in report for one in found(pipeline, "actt-us").values() for report in one["reports"])
    assert any("pointers" in one for one in found(pipeline, "actt-mx").values())


def test_who_was_shown_what_stands_in_the_log_and_who_was_turned_away(pipeline: Pipeline) -> None:
    before = len(pipeline.told("dissemination", "list", "--as", "actt-us"))
    shown = pipeline.told("search", "--as", "actt-us", "--purpose", "criminal_investigation", "--limit", "3")
    pipeline.cli("search", "--as", "actt-us", "--purpose", "immigration_enforcement", expect=77)
    given, denied = pipeline.told("dissemination", "list", "--as", "actt-us")[before:]

    assert given["ids"] == [hit["id"] for hit in shown["hits"]]
    assert (given["outcome"], given["reader"], given["purpose"]) == (
        "GIVEN",
        "local-operator",
        "criminal_investigation",
    )
    assert (denied["outcome"], denied["ids"], denied["purpose"]) == ("DENIED", [], "immigration_enforcement")
    assert pipeline.told("dissemination", "verify")["broken_at"] is None


def test_a_changed_line_of_the_log_is_found(pipeline: Pipeline) -> None:
    lines: list[Any] = pipeline.told("dissemination", "list")

    changed: Any = {**lines[-1], "ids": ["v"]}
    assert broken([*lines[:-1], changed]) == lines[-1]["number"]


def test_an_audience_is_read_for_its_own_purpose_alone(pipeline: Pipeline) -> None:
    for purpose in ("operations", "immigration_enforcement"):
        pipeline.cli("search", "--as", "actt-us", "--purpose", purpose, expect=77)
    pipeline.cli("search", "--as", "actt-nobody", "--purpose", "criminal_investigation", expect=77)
