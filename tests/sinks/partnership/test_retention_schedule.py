"""A home's retention schedule: read from its file, applied to what is indexed, and ordered except under a hold."""

from pathlib import Path

import pytest

from schemas.agreements.report_orders import report_order
from schemas.errors import Configuration, Transient
from schemas.records import codec
from schemas.topics import PURGES
from sinks.access.report_orders import report_orders
from sinks.partnership.retention_schedule import purge_expired, read_schedule, reports_past_retention, schedule_path
from tests.sinks.joined import ALONE, BP, DOCUMENT, OTHER, PD, SSP, Document, fill
from tests.sinks.partnership.council import at, put_agreement
from tests.sinks.world import Searchable, World

HEAD = "agreement,agency,family,years,source\n"
OLD = 315_532_800_000  # 1980
BY = ("records-1", "schedule of 2026")


@pytest.fixture(autouse=True)
async def indexed(world: World) -> None:
    """All reports of both incidents are of 1980, except that of the Border Patrol."""
    world.now = at(2026, 1, 6)
    documents = dict[str, Document]()
    for view, document in {"i1": DOCUMENT, "i2": ALONE}.items():
        reports = [
            report if report["report_id"] == BP else {**report, "occurred_at": OLD, "updated_at": OLD}
            for report in document["reports"]
        ]
        documents[view] = {**document, "reports": reports}
    world.index = Searchable()
    world.session.index = world.index
    await fill(world.index, documents, "internal")


def schedule(world: World, *rules: str) -> None:
    schedule_path(world.session.settings.home).write_text(HEAD + "".join(f"{rule}\n" for rule in rules))


def hold(world: World, report_id: str, ordered: bool = True) -> None:
    order = report_order("HOLD", report_id, "counsel-1", "litigation", world.now, ordered)
    world.kafka.send(PURGES.name, f"hold:{report_id}".encode(), codec.encode("report_order", order))


async def expired(world: World) -> list[tuple[str, bool]]:
    return [(report.report_id, report.held) for report in await reports_past_retention(world.session)]


def test_a_home_without_a_schedule_has_no_rules(tmp_path: Path) -> None:
    assert read_schedule(tmp_path) == []


def test_a_schedule_that_is_not_utf_8_is_an_error(tmp_path: Path) -> None:
    schedule_path(tmp_path).write_bytes(HEAD.encode() + b"\xff")

    with pytest.raises(Configuration, match="not UTF-8"):
        read_schedule(tmp_path)


async def test_without_rules_nothing_is_read(world: World) -> None:
    assert await expired(world) == []
    schedule(world)
    assert await expired(world) == []
    assert world.log.lines == []


async def test_only_reports_past_their_retention_are_listed_and_logged(world: World) -> None:
    schedule(world, ",calexico_pd,,10,s", ",imperial_so,,10,s", ",usbp_elc,,10,s")

    assert await expired(world) == [(PD, False), (OTHER, False)]
    assert [line["ids"] for line in world.log.lines] == [[PD, OTHER]]


async def test_a_report_under_a_hold_is_listed_as_held_until_the_hold_is_lifted(world: World) -> None:
    schedule(world, ",calexico_pd,,10,s")
    hold(world, PD)
    assert await expired(world) == [(PD, True)]

    hold(world, PD, ordered=False)
    assert await expired(world) == [(PD, False)]


async def test_a_rule_of_an_agreement_is_applied_to_what_its_audiences_see(world: World) -> None:
    schedule(world, "cit,,,5,clause 6")
    put_agreement(world)
    assert await expired(world) == [], "the team has no index yet"
    await fill(world.index, {"v1": {**DOCUMENT, "reports": DOCUMENT["reports"][1:2]}}, "cit-team")

    assert await expired(world) == [(SSP, False)]
    assert ("cit-team", "criminal_investigation") in {(line["audience"], line["purpose"]) for line in world.log.lines}
    put_agreement(world, ends=world.now)
    assert await expired(world) == [], "an ended agreement shares nothing"


async def test_a_rule_of_an_agreement_that_does_not_exist_stops_before_anything_is_read(world: World) -> None:
    schedule(world, "nothing,,,5,s")

    with pytest.raises(Configuration, match="nothing"):
        await expired(world)
    assert world.log.lines == []


async def test_without_a_line_in_the_log_nothing_is_listed(world: World) -> None:
    schedule(world, ",calexico_pd,,10,s")
    world.log.down = True

    with pytest.raises(Transient):
        await expired(world)


async def test_expired_reports_are_purged_except_those_that_a_hold_keeps_by_then(world: World) -> None:
    schedule(world, ",calexico_pd,,10,s", ",imperial_so,,10,s", ",ssp_mexicali,,10,s")
    hold(world, SSP)
    listed = await reports_past_retention(world.session)
    hold(world, PD)

    kept = await purge_expired(world.session, listed, *BY)
    assert {(report.report_id, report.held) for report in kept} == {(PD, True), (SSP, True)}
    assert (await report_orders(world.topics)).purged == {OTHER}


async def test_a_report_that_was_listed_as_held_is_kept_although_its_hold_was_lifted_since(world: World) -> None:
    schedule(world, ",calexico_pd,,10,s")
    hold(world, PD)
    listed = await reports_past_retention(world.session)
    hold(world, PD, ordered=False)

    assert await purge_expired(world.session, listed, *BY) == listed
    assert await purge_expired(world.session, [], *BY) == []
    assert not (await report_orders(world.topics)).purged
