"""The bulletins of a day: yesterday unless another day is stated, for each audience under its own rights."""

from datetime import date

import pytest

from schemas.errors import InvalidRequest
from sinks.access.orders import NoSuchAgreement
from sinks.partnership.daily_bulletins import daily_bulletins
from tests.sinks.partnership.council import CIT, at, put_agreement, see
from tests.sinks.world import World


@pytest.fixture(autouse=True)
async def seen(world: World) -> None:
    """It is shortly after midnight in Calexico, where an incident occurred yesterday."""
    world.now = at(2026, 1, 6, 0, 5)
    put_agreement(world)
    await see(world, 1, at(2026, 1, 5, 23, 30))


async def test_without_a_stated_day_it_is_yesterday_where_the_partnership_is(world: World) -> None:
    bulletins = await daily_bulletins(world.session, "cit", None)

    assert bulletins.day == date(2026, 1, 5)
    assert set(bulletins.by_audience) == {"cit-team"}
    assert "Incidents of 2026-01-05 (America/Los_Angeles)" in bulletins.by_audience["cit-team"]
    assert "| 23:30 |" in bulletins.by_audience["cit-team"]


async def test_each_audience_is_read_for_its_own_purpose_and_the_reading_is_logged(world: World) -> None:
    await daily_bulletins(world.session, "cit", None)

    assert {(line["audience"], line["purpose"], line["outcome"]) for line in world.log.lines} == {
        ("cit-team", "criminal_investigation", "GIVEN")
    }


async def test_an_audience_to_which_nothing_was_released_yet_has_a_quiet_day(world: World) -> None:
    await world.index.hide("cit-team")

    assert "No incidents" in (await daily_bulletins(world.session, "cit", None)).by_audience["cit-team"]


@pytest.mark.parametrize("day", ["2026-01-06", "2026-01-06T00:04", "2025-12-24"])
async def test_a_stated_day_that_has_begun_has_bulletins(world: World, day: str) -> None:
    assert (await daily_bulletins(world.session, "cit", day)).day == date.fromisoformat(day[:10])


@pytest.mark.parametrize("day", ["2026-01-07", "2026-01-09", "9999-12-31"])
async def test_a_day_that_has_not_begun_is_refused(world: World, day: str) -> None:
    with pytest.raises(InvalidRequest, match="in the future") as refused:
        await daily_bulletins(world.session, "cit", day)

    assert refused.value.field == "day"
    assert world.log.lines == []


@pytest.mark.parametrize("day", ["", "soon", "2026-02-30"])
async def test_what_is_no_day_is_refused(world: World, day: str) -> None:
    with pytest.raises(InvalidRequest):
        await daily_bulletins(world.session, "cit", day)


async def test_an_agreement_that_is_not_in_force_has_no_bulletins(world: World) -> None:
    with pytest.raises(NoSuchAgreement, match="nothing in force"):
        await daily_bulletins(world.session, "nothing", None)
    world.now = CIT.begins - 1
    with pytest.raises(NoSuchAgreement, match="cit in force"):
        await daily_bulletins(world.session, "cit", None)
    world.now = at(2026, 1, 6)
    put_agreement(world, ends=world.now)
    with pytest.raises(NoSuchAgreement, match="cit in force"):
        await daily_bulletins(world.session, "cit", None)
