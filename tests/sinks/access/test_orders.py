"""Orders on agreements and vettings: what may be ordered, how it is read back, and what is then in force."""

from dataclasses import replace
from typing import Any

import pytest

from schemas.agreements import BUNDLED, bundled_text
from schemas.errors import Configuration, Denied
from schemas.topics import AGREEMENTS
from sinks.access.orders import (
    NoSuchAgreement,
    application,
    audiences_of,
    current,
    current_agreement,
    current_agreements,
    ending,
    newest_orders,
    vetting,
    write_order,
)
from tests.schemas.agreements.test_register import order
from tests.sinks.world import NOW, World

BY = ("clerk-1", "signed", NOW)
TEXT = bundled_text("cit")


def version(number: int) -> str:
    return TEXT.replace("version = 1", f"version = {number}")


async def test_without_orders_the_bundled_agreements_are_current(world: World) -> None:
    assert await newest_orders(world.topics) == {}
    assert dict(await current_agreements(world.topics)) == BUNDLED
    with pytest.raises(NoSuchAgreement, match="no agreement nothing"):
        await current_agreement(world.topics, "nothing")


async def test_the_newest_order_of_each_id_is_read_in_the_order_in_which_they_were_given(world: World) -> None:
    for name, at in (("b", 3), ("a", 3), ("c", 1), ("c", 2)):
        await write_order(world.topics, order(name, text=TEXT, at=at))
    world.kafka.send(AGREEMENTS.name, b"deleted", None)

    orders = await newest_orders(world.topics)
    assert [(name, each["at"]) for name, each in orders.items()] == [("c", 2), ("a", 3), ("b", 3)]


async def test_an_ended_agreement_is_no_longer_in_force_and_a_higher_version_is_again(world: World) -> None:
    await write_order(world.topics, ending("cit", {}, *BY))
    ended = await current_agreement(world.topics, "cit")
    assert [ended.in_force(at) for at in (NOW - 1, NOW)] == [True, False]

    new, agreement = application(version(2), {"cit": ended}, *BY)
    await write_order(world.topics, new)
    assert await current_agreement(world.topics, "cit") == agreement
    assert (agreement.version, agreement.in_force(NOW), new["ends"]) == (2, True, None)


@pytest.mark.parametrize("number", [1, 2])
def test_a_change_needs_a_version_above_the_current_one(number: int) -> None:
    held = {"cit": replace(BUNDLED["cit"], version=2)}

    with pytest.raises(Denied, match="version 2 of cit is current"):
        application(version(number), held, *BY)
    assert application(version(3), held, *BY)[1].version == 3


def test_a_new_agreement_needs_no_higher_version_but_audiences_of_its_own() -> None:
    text = TEXT.replace('agreement_id = "cit"', 'agreement_id = "yuma"')

    with pytest.raises(Configuration, match="cit-team is another agreement's"):
        application(text, BUNDLED, *BY)
    assert application(text.replace("cit-team", "yuma-team"), BUNDLED, *BY)[0]["order_id"] == "yuma"


def test_an_agreement_ends_even_where_this_release_cannot_read_its_file() -> None:
    odd = order("odd", text="fields = 1")

    end = ending("odd", {"odd": odd}, *BY)
    assert (end["text"], end["ends"], end["by"], end["why"]) == ("fields = 1", NOW, "clerk-1", "signed")
    assert audiences_of(end) == []
    with pytest.raises(NoSuchAgreement):
        ending("nothing", {"odd": odd}, *BY)


def test_an_order_to_end_keeps_the_text_of_the_newest_order() -> None:
    newest = order("cit", text=version(2))

    assert ending("cit", {"cit": newest}, *BY)["text"] == version(2)
    assert ending("cit", {}, *BY)["text"] == TEXT


def test_the_audiences_of_an_order_are_those_of_its_file() -> None:
    assert audiences_of(order("cit", text=TEXT)) == ["cit-team"]


@pytest.mark.parametrize(
    ("audience", "level", "message"),
    [
        ("actt-mx", "interview", "background_check"),
        ("actt-us", "background_check", "no levels"),
        ("nobody", "background_check", "no levels"),
    ],
)
def test_a_vetting_is_denied_where_no_rule_asks_for_its_level(audience: str, level: str, message: str) -> None:
    with pytest.raises(Denied, match=message):
        vetting(audience, level, NOW + 1, BUNDLED, *BY)


async def test_a_vetting_is_written_under_its_audience_and_level(world: World) -> None:
    await write_order(world.topics, vetting("actt-mx", "background_check", NOW + 1, BUNDLED, *BY))

    ((name, vetted),) = (await newest_orders(world.topics)).items()
    fields: dict[str, Any] = {"kind": "VETTING", "begins": NOW, "ends": NOW + 1, "by": "clerk-1"}
    assert {field: value for field, value in vetted.items() if field in fields} == fields
    assert name == "actt-mx/background_check"
    register = current({name: vetted})
    assert [register.levels("actt-mx", at) for at in (NOW, NOW + 1)] == [{"background_check"}, set()]


def test_an_agreement_that_cannot_be_read_is_an_error_to_whoever_orders() -> None:
    with pytest.raises(Configuration):
        current({"cit": order("cit", text="fields = 1")})
