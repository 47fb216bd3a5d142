"""Council reports are issued once: the same afterwards, whoever issues another one at the same time."""

import orjson
import pytest

from schemas.agreements import bundled_text, parse
from schemas.errors import Configuration, Denied, Transient
from schemas.records.audit import CouncilReport
from schemas.topics import COUNCIL_REPORTS, DISSEMINATION
from sinks.access.dissemination_log import anchor_text
from sinks.partnership.council_report import (
    issue,
    issued_reports,
    month_snapshots,
    reporting_zone,
    require_in_force,
    span_snapshots,
)
from sinks.partnership.incident_counts import ANSWER, LINK
from sinks.partnership.periods import period_named
from tests.sinks.disseminated import chain
from tests.sinks.fakes import MemoryTopics
from tests.sinks.partnership.council import CIT, at, kept, numbers, put_agreement, see
from tests.sinks.world import World

JANUARY, FEBRUARY, QUARTER = (period_named(name) for name in ("2026-01", "2026-02", "2026-Q1"))
LATE = at(2026, 1, 31, 23, 30)


@pytest.fixture(autouse=True)
async def seen(world: World) -> None:
    """The team sees 30 incidents of January and 8 of February."""
    world.now = at(2026, 6, 1)
    put_agreement(world)
    await see(world, 30, LATE)
    await see(world, 8, at(2026, 2, 10), first=30)


async def give(world: World, period: str, correction: str = "") -> CouncilReport:
    return await issue(world.session, CIT, period_named(period), kept(world), "clerk-1", correction)


def incidents(report: CouncilReport) -> int | None:
    count: int | None = orjson.loads(report["figures"])["cit-team"]["incidents"]
    return count


async def test_a_report_is_the_same_afterwards_whatever_is_seen_later(world: World) -> None:
    first = await give(world, "2026-01")
    await see(world, 9, LATE, first=50)

    assert await give(world, "2026-01") == first
    assert (incidents(first), first["by"], first["why"], first["at"]) == (30, "clerk-1", "", world.now)
    assert numbers(world) == [(1, "2026-01", 1)]


async def test_a_report_states_the_last_line_of_the_dissemination_log(world: World) -> None:
    (line,) = chain(1)
    assert (await give(world, "2026-02"))["dissemination_anchor"] == ""
    world.put(DISSEMINATION.name, "", "dissemination", line)

    assert (await give(world, "2026-01"))["dissemination_anchor"] == anchor_text(line)


async def test_a_quarter_is_counted_from_its_months_as_they_were_issued(world: World) -> None:
    await give(world, "2026-01")
    await see(world, 9, LATE, first=50)

    assert incidents(await give(world, "2026-Q1")) == 38
    assert incidents(await give(world, "2026-02")) == 8, "it was counted for the quarter"
    assert numbers(world) == [(1, "2026-01", 1), (2, "2026-Q1", 1), (3, "2026-02", 1)]


async def test_a_correction_counts_again_and_is_a_new_edition(world: World) -> None:
    await give(world, "2026-01")
    await see(world, 9, LATE, first=50)
    corrected = await give(world, "2026-01", "late reports")

    assert (incidents(corrected), corrected["why"]) == (39, "late reports")
    assert await give(world, "2026-01") == corrected
    assert numbers(world) == [(1, "2026-01", 1), (2, "2026-01", 2)]


def write_first(monkeypatch: pytest.MonkeyPatch, world: World, other: CouncilReport, times: int = 1) -> None:
    """Let another command write a report before each of the next writes."""
    write, left = MemoryTopics.write, [*range(times)]

    async def write_beside(topics: MemoryTopics, topic: str, key: bytes, value: bytes, when: int) -> None:
        if left:
            left.pop()
            other_report = {**other, "number": len(kept(world)) + 1}
            world.put(topic, f"another {len(left)}", "council_report", other_report)
        await write(topics, topic, key, value, when)

    monkeypatch.setattr(MemoryTopics, "write", write_beside)


async def take_back(world: World, period: str) -> CouncilReport:
    """Issue a report and remove it from the topic, to be written by another command later."""
    report = await give(world, period)
    world.kafka.topics[COUNCIL_REPORTS.name] = [[]]
    return report


async def test_of_two_that_are_issued_at_once_the_first_is_valid_for_both(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await take_back(world, "2026-01")
    await see(world, 9, LATE, first=50)
    write_first(monkeypatch, world, other)

    assert await give(world, "2026-01") == other
    assert numbers(world) == [(1, "2026-01", 1)]


async def test_a_report_issued_beside_one_of_another_period_is_drafted_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_first(monkeypatch, world, await take_back(world, "2026-01"))

    assert incidents(await give(world, "2026-02")) == 8
    assert numbers(world) == [(1, "2026-01", 1), (2, "2026-02", 1)]


async def test_a_correction_is_not_taken_for_another_edition_that_was_issued_beside_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await give(world, "2026-01")
    write_first(monkeypatch, world, {**first, "edition": 2, "why": "another reason"})
    await see(world, 9, LATE, first=50)

    corrected = await give(world, "2026-01", "late reports")
    assert (corrected["why"], corrected["edition"], corrected["number"]) == ("late reports", 3, 3)


async def test_where_others_are_always_first_nothing_is_issued(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    write_first(monkeypatch, world, await take_back(world, "2026-01"), times=10)

    with pytest.raises(Transient, match="run the command again"):
        await give(world, "2026-02")


async def test_two_records_of_one_millisecond_have_keys_of_their_own(world: World) -> None:
    """Compaction would keep the last one, and the first is valid."""
    for _ in range(2):
        records, world.kafka.topics[COUNCIL_REPORTS.name] = world.kafka.topics[COUNCIL_REPORTS.name], [[]]
        await give(world, "2026-01")
        world.kafka.topics[COUNCIL_REPORTS.name][0][:0] = records[0]

    assert len(world.kafka.read_compacted(COUNCIL_REPORTS.name)) == 2


async def test_after_the_end_of_an_agreement_only_what_was_counted_is_issued(world: World) -> None:
    quarter = await give(world, "2026-Q1")
    ended = put_agreement(world, ends=world.now)

    async def after(period: str, correction: str = "") -> CouncilReport:
        return await issue(world.session, ended, period_named(period), kept(world), "clerk-1", correction)

    assert await after("2026-Q1") == quarter
    assert incidents(await after("2026-01")) == 30
    for words in (("2026-04",), ("2026-Q1", "late reports")):
        with pytest.raises(Denied, match="cit ended on 2026-06-01"):
            await after(*words)


def test_the_term_of_an_agreement_begins_and_ends_to_the_millisecond() -> None:
    for when in (CIT.begins, CIT.ends - 1):
        require_in_force(CIT, "2026-01", when)
    with pytest.raises(Denied, match="begins on"):
        require_in_force(CIT, "2026-01", CIT.begins - 1)
    with pytest.raises(Denied, match="ended on"):
        require_in_force(CIT, "2026-01", CIT.ends)


async def test_the_time_zone_of_the_first_report_stays_that_of_all(world: World) -> None:
    assert reporting_zone(CIT, []) == "America/Los_Angeles"
    assert reporting_zone(CIT, [{**(await give(world, "2026-01")), "time_zone": "UTC"}]) == "UTC"


async def test_a_month_ends_at_midnight_where_the_partnership_is(world: World) -> None:
    """23:30 in Calexico on the last of January is 07:30 on the first of February in UTC."""
    local = await month_snapshots(world.session, CIT, ["2026-01", "2026-02"], CIT.time_zone)
    utc = await month_snapshots(world.session, CIT, ["2026-01", "2026-02"], "UTC")

    assert [sum(snapshot.patterns.values()) for snapshot in local.values()] == [30, 8]
    assert [sum(snapshot.patterns.values()) for snapshot in utc.values()] == [0, 38]


async def test_what_occurred_before_the_term_does_not_count(world: World) -> None:
    await see(world, 7, CIT.begins - 1, first=60)
    await see(world, 6, CIT.begins, first=70)

    (snapshot,) = (await month_snapshots(world.session, CIT, ["2025-11"], CIT.time_zone)).values()
    assert sum(snapshot.patterns.values()) == 6


async def test_each_audience_is_read_for_its_own_purpose_and_one_without_an_index_sees_nothing(world: World) -> None:
    await world.index.hide("cit-team")
    (snapshot,) = (await span_snapshots(world.session, CIT, {"": (0, world.now)})).values()

    assert (snapshot.patterns, snapshot.minutes) == ({}, {"cit-team": {LINK: []}})
    (line,) = world.log.lines
    assert (line["audience"], line["purpose"], line["outcome"]) == ("cit-team", "criminal_investigation", "DENIED")


async def test_response_times_of_a_support_center_are_counted_where_the_agreement_has_one(world: World) -> None:
    agreement = parse(bundled_text("federal-local"), "federal-local.toml")
    (snapshot,) = (await span_snapshots(world.session, agreement, {"": (0, world.now)})).values()

    assert all(ANSWER in kinds for kinds in snapshot.minutes.values())


async def test_a_home_without_the_topic_is_told_how_to_create_it(world: World) -> None:
    assert await issued_reports(world.topics, "cit") == []
    del world.kafka.topics[COUNCIL_REPORTS.name]

    with pytest.raises(Configuration, match="interagency init"):
        await issued_reports(world.topics, "cit")
