"""What agreements share, on real services: 20 worlds of marked reports, and what each audience finds of them.

Each audience must find what the pure stages make of only those reports of which it may know something: as if the others
had never been published.
"""

import asyncio
import json
import random
from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest
from typer.testing import CliRunner

from interagency import application
from producers.delivery import agency_registry
from producers.delivery.kafka import Admin
from schemas.agreements import BUNDLED, Audience, Outcome, agreement_of
from schemas.records import codec
from schemas.records.kafka_record import Record
from schemas.runtime.audience_key import master_key
from schemas.runtime.clock import now_ms
from schemas.topics import INCIDENTS, RELEASED_INCIDENTS, agency_of, notices_topic
from sinks.index.elastic import Elastic
from streams import intake, release, resolve
from streams.sharing.notices import notices_allowed_under
from streams.sharing.policy import Registry, grant, withholdings
from streams.sharing.visible import Report, read_report
from streams.sharing.visible_reports import reports_shared_under
from tests.sinks.disseminated import broken
from tests.sinks.joined import fill
from tests.streams.fakes import MemoryState, Runner, as_records
from tests.systemtest import oracle
from tests.systemtest.pipeline import Pipeline
from tests.systemtest.scene import Scene

pytestmark = pytest.mark.services

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


@pytest.fixture(scope="module")
def lines(pipeline: Pipeline) -> list[bytes]:
    """Twenty worlds, published and worked off: what each test of this file asks about."""
    made = worlds(20)
    pipeline.publish(made)
    pipeline.work_off()
    # Hundreds of questions follow.
    pipeline.rest()
    return made


def without(pipeline: Pipeline, hidden: Callable[[Report, Registry], bool]) -> tuple[Runner, int]:
    """What the pure stages make of all but the hidden reports, as if those had never been published; and the time."""
    kafka, now = pipeline.services.kafka, now_ms()
    with Admin(kafka) as admin:
        known = Registry(agency_registry.load_rows(admin).get)
    sent = oracle.of_topics(kafka, lambda topic: agency_of(topic) in PARTIES)

    def visible(record: Record) -> bool:
        return not hidden(read_report({"enriched": record.value, "history": []}), known)

    every = BUNDLED.values()
    taking_in = intake.stage(known.agency, 1, withholdings=lambda report: withholdings(report, every, known))
    enriched = as_records(taking_in.process(sent, MemoryState(), 2**41).outputs)
    resolving = Runner(resolve.stage(1))
    resolving([record for record in enriched if visible(record)])
    stage = release.stage(
        master_key(pipeline.settings.home),
        1,
        shared=reports_shared_under(every, known),
        notices=notices_allowed_under(every, known),
    )
    releasing = Runner(stage)
    releasing(as_records(resolving.topics[INCIDENTS.name]), now)
    return releasing, now


def granted(report: Report, who: Audience, known: Registry) -> bool:
    """Tell whether an audience may know anything of a report now."""
    found = agreement_of(who.name, BUNDLED.values())
    assert found is not None
    return grant(report.judged, who, found[0], known, now_ms()).outcome is not Outcome.NONE


def expected(pipeline: Pipeline, audience: str) -> dict[str, Any]:
    """What an audience must find, had nothing else ever been published."""
    who = next(one for one in ACTT.audiences if one.name == audience)
    releasing, _ = without(pipeline, lambda report, known: not granted(report, who, known))
    return oracle.views(releasing.newest(RELEASED_INCIDENTS.name).values()).get(audience, {})


def found(pipeline: Pipeline, audience: str) -> dict[str, Any]:
    exported = pipeline.cli("export", "incidents", "--as", audience, "--purpose", AS[audience])
    lines = [json.loads(line) for line in exported.splitlines()]
    return {line.pop("id"): line for line in lines}


def test_each_audience_finds_what_it_would_find_if_hidden_reports_had_never_been(
    pipeline: Pipeline, lines: list[bytes]
) -> None:
    for audience in AS:
        indexed = found(pipeline, audience)
        assert indexed == expected(pipeline, audience)
        assert 0 < sum(len(one["report_ids"]) for one in indexed.values()) < len(lines)
    assert any("withheld" in report for one in found(pipeline, "actt-us").values() for report in one["reports"])
    assert any("pointers" in one for one in found(pipeline, "actt-mx").values())


def beside(pipeline: Pipeline, audience: str, documents: dict[str, Any]) -> None:
    """Index documents for an audience that the pipeline does not write to."""

    async def written() -> None:
        index = Elastic(pipeline.services.elasticsearch)
        await fill(index, documents, audience)
        await index.close()

    asyncio.run(written())


def questions(reports: list[str]) -> list[tuple[str, ...]]:
    """All that a reader can ask: words, filters, orders, counts; each report and each pair, seen or hidden."""
    filters = ["--offense ASSAULT", "--side US", "--corridor calexico-mexicali", "--county Imperial", "--cancelled"]
    filters += [f"--agency {agency}" for agency in PARTIES] + ["--sort oldest", "--limit 3", "--traffic test"]
    filters += ["--near 32.67,-115.49 --within 5km --sort nearest", "--from 2026-01-03"]
    words = ["rocks", "piedras", "undocumented", "windshield -piedras", "nothing"]
    asked = [("search", *line.split()) for line in ["", *filters]] + [
        ("search", one, "--sort", "best") for one in words
    ]
    asked += [("show", one) for one in [*reports, "nogales_pd:never"]]
    pairs = [pair for pair in combinations(reports, 2) if len({one.split(":")[1].split("-")[0] for one in pair}) == 1]
    asked += [("why", *pair) for pair in pairs]
    return [*((*one, "--json") for one in asked), *asked[:3], ("export", "incidents"), ("unmapped",), ("wanted",)]


def test_no_answer_of_any_command_tells_that_there_are_hidden_reports(
    pipeline: Pipeline, lines: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in pipeline.environment.items():
        monkeypatch.setenv(name, value)
    app = application()
    reports = [f"{line['agency']}:{line['source_id']}" for line in map(json.loads, lines[:24])]

    def answer(words: tuple[str, ...], audience: str) -> tuple[Any, ...]:
        done = CliRunner().invoke(app, [*words, "--as", audience, "--purpose", AS.get(audience, "operations")])
        return done.output, getattr(done.exception, "exit_code", done.exit_code), str(done.exception)

    given: list[tuple[Any, ...]] = []
    for audience in AS:
        never = f"never_{audience.replace('-', '_')}"
        beside(pipeline, never, expected(pipeline, audience))
        for words in questions(reports):
            given.append(answer(words, audience))
            assert given[-1] == answer(words, never), words
    refused = [one for one in given if one[1] == 1]
    assert min(len(refused), len(given) - len(refused)) > 20, "some is shown, and some is not"
    assert len(set(refused)) == 1, "what is hidden is refused in the words of what never was"


def test_no_notice_tells_that_there_are_hidden_reports(pipeline: Pipeline, lines: list[bytes]) -> None:
    every = []
    for agency in PARTIES:
        reading = [who for one in BUNDLED.values() for who in one.audiences if agency in who.readers]

        def hidden(report: Report, known: Registry, agency: str = agency, reading: Any = reading) -> bool:
            return report.agency_id != agency and not any(granted(report, who, known) for who in reading)

        releasing, now = without(pipeline, hidden)
        sent = releasing.topics.get(notices_topic(agency), [])
        newest = {one["notice_id"]: one for one in (codec.decode_trusted("notice", each.value or b"") for each in sent)}
        told = [{**one, "at": now} for one in newest.values() if one["kind"] != "WITHDRAWN"]
        purposes = {purpose for who in reading for purpose in who.purposes}
        listed = [one for each in purposes for one in pipeline.told("notices", agency, "--purpose", each)]
        got = list({one["notice_id"]: {**one, "at": now} for one in listed}.values())
        assert sorted(got, key=str) == sorted(told, key=str)
        every += got
    assert {one["kind"] for one in every} == {"JOINED", "DECONFLICTION"}


def test_who_was_shown_what_stands_in_the_log_and_who_was_turned_away(pipeline: Pipeline, lines: list[bytes]) -> None:
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


def test_a_changed_line_of_the_log_is_found(pipeline: Pipeline, lines: list[bytes]) -> None:
    for _ in range(2):
        pipeline.cli("search", "--as", "actt-us", "--purpose", "criminal_investigation", "--limit", "3")
    told: list[Any] = pipeline.told("dissemination", "list")

    changed: Any = {**told[-1], "ids": ["v"]}
    assert broken([*told[:-1], changed]) == told[-1]["number"]


def test_an_audience_is_read_for_its_own_purpose_alone(pipeline: Pipeline) -> None:
    for purpose in ("operations", "immigration_enforcement"):
        pipeline.cli("search", "--as", "actt-us", "--purpose", purpose, expect=77)
    pipeline.cli("search", "--as", "actt-nobody", "--purpose", "criminal_investigation", expect=77)
