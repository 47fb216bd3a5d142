"""The statistics a reader is given: an issued report for a month or quarter that has ended, else rounded totals."""

import json
from typing import Any

import pytest

from schemas.errors import Denied, InvalidRequest
from schemas.topics import DISSEMINATION
from sinks.access.orders import NoSuchAgreement
from sinks.partnership.council_statistics import CouncilStatistics, StatisticsRequest, council_statistics
from tests.sinks.disseminated import chain
from tests.sinks.partnership.council import TEXT, at, numbers, put_agreement, see
from tests.sinks.world import World

JANUARY = ("2026-01-01", "2026-01-31")
QUARTER = ("2026-01-01", "2026-03-31")
CORRECTION: dict[str, Any] = {"correct": True, "by": "clerk-1", "reason": "late reports"}


@pytest.fixture(autouse=True)
async def seen(world: World) -> None:
    """The team sees 30 incidents of January and 8 of April."""
    world.now = at(2026, 6, 1)
    world.register_agencies()
    put_agreement(world)
    await see(world, 30, at(2026, 1, 31, 23, 30))
    await see(world, 8, at(2026, 4, 10), first=30)


async def ask(world: World, since: str | None = None, until: str | None = None, **fields: Any) -> CouncilStatistics:
    return await council_statistics(world.session, StatisticsRequest("cit", since=since, until=until, **fields))


async def team(world: World, *span: str | None, **fields: Any) -> dict[str, Any]:
    return (await ask(world, *span, **fields)).by_audience["cit-team"]


async def test_a_month_that_has_ended_has_an_issued_report(world: World) -> None:
    january = await ask(world, *JANUARY)

    assert january.by_audience["cit-team"]["incidents"] == 30
    assert january.period == "in 2026-01 (America/Los_Angeles)"
    assert january.provenance == ["Edition 1, issued on 2026-06-01 07:00:00 UTC and kept unchanged."]
    assert numbers(world) == [(1, "2026-01", 1)]


async def test_whoever_is_given_a_report_is_in_the_dissemination_log(world: World) -> None:
    await ask(world, *JANUARY)

    line = world.log.lines[-1]
    assert (line["audience"], line["purpose"], line["outcome"]) == ("cit-team", "criminal_investigation", "GIVEN")
    assert json.loads(line["asked"]) == {"council_report": "cit", "period": "2026-01", "edition": 1}


async def test_a_month_has_no_report_before_its_last_millisecond(world: World) -> None:
    world.now = at(2026, 2, 1) - 1
    assert (await team(world, *JANUARY))["incidents"] == 20
    assert numbers(world) == []

    world.now += 1
    assert (await team(world, *JANUARY))["incidents"] == 30


SPANS: dict[str, tuple[str | None, str | None]] = {
    "all": (None, None),
    "no end": ("2026-01-01", None),
    "no beginning": (None, "2026-01-31"),
    "two months": ("2026-01-01", "2026-02-28"),
    "part of a month": ("2026-01-02", "2026-01-31"),
    "part of a day": ("2026-01-01", "2026-01-31T23:45"),
}


@pytest.mark.parametrize("span", SPANS)
async def test_any_other_time_has_rounded_totals_and_no_report(world: World, span: str) -> None:
    totals = await team(world, *SPANS[span])

    assert totals["incidents"] == 20
    assert not any(totals["tables"].values())
    assert numbers(world) == []


async def test_an_end_before_the_beginning_has_no_incidents(world: World) -> None:
    assert (await team(world, "2026-02-01", "2026-01-01"))["incidents"] is None


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"since": "soon"}, "from", "soon"),
        ({"until": "2026-13-01"}, "to", "2026-13-01"),
        ({"audience": "actt-us"}, "audience", "has the audiences cit-team"),
        ({"since": "2025-10-01", "until": "2025-10-31"}, "to", "begins after 2025-10-31"),
        ({"since": "2026-01-02", **CORRECTION}, "correct", "only a month or quarter"),
        ({"since": JANUARY[0], "until": JANUARY[1], **CORRECTION}, "correct", "no report of 2026-01 was issued yet"),
    ],
)
async def test_a_request_that_cannot_be_met_names_its_field(
    world: World, fields: dict[str, Any], field: str, message: str
) -> None:
    with pytest.raises(InvalidRequest, match=message) as refused:
        await ask(world, **fields)

    assert refused.value.field == field
    assert numbers(world) == []


async def test_there_are_no_statistics_of_an_agreement_that_does_not_exist(world: World) -> None:
    with pytest.raises(NoSuchAgreement):
        await council_statistics(world.session, StatisticsRequest("nothing"))


async def test_a_correction_states_its_reason(world: World) -> None:
    await ask(world, *JANUARY)
    await see(world, 9, at(2026, 1, 10), first=50)
    corrected = await ask(world, *JANUARY, **CORRECTION)

    assert corrected.by_audience["cit-team"]["report"]["correction"] == "late reports"
    assert corrected.provenance[1] == "Correction: late reports"
    assert await ask(world, *JANUARY) == corrected


async def test_an_ended_agreement_still_has_the_reports_that_were_issued_and_no_others(world: World) -> None:
    quarter = await team(world, *QUARTER)
    put_agreement(world, ends=world.now)

    assert await team(world, *QUARTER) == quarter
    assert (await team(world, *JANUARY))["incidents"] == 30, "it was counted for the quarter"
    for span in (("2026-04-01", "2026-04-30"), (None, None)):
        with pytest.raises(Denied, match="cit ended on"):
            await ask(world, *span)


async def test_an_audience_has_no_statistics_of_a_time_before_it_existed(world: World) -> None:
    await ask(world, *JANUARY)
    audience = '[[audience]]\nname = "cit-new"\ncountry = "USA"\nreaders = ["usbp_elc"]\n'
    more = 'purposes = ["criminal_investigation"]\nforeign = "explicit"\nclause = "2.3"\n\n[[role]]'
    put_agreement(world, TEXT.replace("version = 1", "version = 2").replace("[[role]]", audience + more))

    assert set((await ask(world, *JANUARY)).by_audience) == {"cit-team"}
    for span in (JANUARY, QUARTER):
        with pytest.raises(Denied, match="before there was an audience cit-new"):
            await ask(world, *span, audience="cit-new")


async def test_a_single_audience_does_not_learn_the_number_of_the_last_line_of_the_log(world: World) -> None:
    world.put(DISSEMINATION.name, "", "dissemination", chain(1)[0])

    assert (await ask(world, *JANUARY)).anchor.startswith("1:")
    single = await ask(world, *JANUARY, audience="cit-team")
    assert single.anchor == ""
    assert not [line for line in single.provenance if "verify --anchor" in line]
