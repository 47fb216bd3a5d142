"""Inquiries under each reader's rights: sent once, shown to the center while permitted, answered, and logged before."""

import json
from typing import Any

import pytest

from schemas.agreements import bundled_text
from schemas.errors import Denied, Transient
from schemas.topics import AGREEMENTS, INQUIRY_REQUESTS, INQUIRY_RESPONSES
from sinks.partnership.inquiries import InquiryState
from sinks.partnership.inquiry_exchange import (
    Question,
    Reply,
    Sent,
    answer_inquiry,
    inquiry_states,
    open_inquiries,
    send_inquiry,
)
from sinks.search.reader import NotFound
from tests.schemas.agreements.test_register import order
from tests.sinks.joined import ALONE, fill, member
from tests.sinks.world import World

OWN = "el_paso_pd:26-1"
CENTER = "support_centre"
PURPOSE = "criminal_investigation"
HOUR_MS = 3_600_000
PERSONS = [
    {"roles": ["ARRESTEE"], "name": "EJEMPLO, UNO", "dob": "1990", "injury": "M"},
    {"roles": ["VICTIM"], "name": "EJEMPLO, DOS"},
]


@pytest.fixture(autouse=True)
async def indexed(world: World) -> None:
    """The agency sees its own report of an assault; the agreement is in force."""
    fields = {"offense": {"family": "ASSAULT", "concept": "ASSAULT"}, "handling": {"owner_level": "GREEN"}}
    report = member(OWN, 0, persons=PERSONS, **fields)
    document = {**ALONE, "report_ids": [OWN], "agencies": ["el_paso_pd"], "reports": [report]}
    await fill(world.index, {"v1": document}, "el_paso_pd")
    world.register_agencies()
    put_agreement(world)


def put_agreement(world: World, ends: int | None = None) -> None:
    text = bundled_text("federal-local").replace("ends = 2028", "ends = 2098")
    new = order("federal-local", text=text, begins=0, ends=ends)
    world.put(AGREEMENTS.name, "federal-local", "agreement_order", new)


async def send(world: World, **fields: str) -> Sent:
    question = {"report_id": OWN, "person": "1@1", "service": "background", "purpose": PURPOSE}
    return await send_inquiry(world.session, Question(**{**question, "by": "d1", "reason": "at the scene", **fields}))


async def answer(world: World, name: str, outcome: Any = "HIT") -> None:
    contact = "watch desk" if outcome == "HIT" else ""
    await answer_inquiry(world.session, Reply(name, outcome, "", contact, "clerk1"))


async def state(world: World, person: str = "1@1", service: str = "background") -> dict[str, Any]:
    rows = await inquiry_states(world.session, OWN, PURPOSE)
    return next(row for row in rows if (row["person"], row["service"]) == (person, service))


def written(world: World) -> int:
    return len(world.kafka.topics[INQUIRY_REQUESTS.name][0])


async def test_an_inquiry_is_sent_once_and_not_again_while_it_waits_or_its_answer_is_valid(world: World) -> None:
    first = await send(world)
    again = await send(world)
    assert (first.new, again.new, again.state, written(world)) == (True, False, InquiryState.NO_ANSWER, 1)

    await answer(world, first.request["request_id"])
    assert ((await send(world)).state, written(world)) == (InquiryState.HIT, 1)
    world.now += 10_000 * HOUR_MS
    assert ((await send(world)).new, written(world)) == (True, 2), "the answer is no longer valid"


async def test_a_center_that_cannot_answer_is_asked_again(world: World) -> None:
    name = (await send(world)).request["request_id"]
    await answer(world, name, "UNAVAILABLE")
    assert (await state(world))["state"] == "no answer"
    world.now += 1

    assert (await send(world)).new
    await answer(world, name, "NO_RECORD")
    assert (await state(world))["state"] == "no record"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"person": "2@1"}, "victim"),
        ({"person": "9@1"}, "no such person"),
        ({"service": "biometrics"}, "reports of this offense"),
        ({"purpose": "operations"}, "does not permit inquiries for this purpose"),
    ],
)
async def test_what_is_not_permitted_is_denied_with_its_reason_and_not_sent(
    world: World, fields: dict[str, str], message: str
) -> None:
    with pytest.raises(Denied, match=message):
        await send(world, **fields)

    assert written(world) == 0


async def test_an_agency_inquires_about_its_own_reports_alone(world: World) -> None:
    with pytest.raises(NotFound):
        await send(world, report_id="el_paso_pd:26-2")
    with pytest.raises(Denied):
        await send(world, report_id="nogales_pd:1")


async def test_an_inquiry_is_logged_before_it_is_sent(world: World) -> None:
    name = (await send(world)).request["request_id"]

    line = world.log.lines[-1]
    assert (line["audience"], line["purpose"], line["ids"]) == ("el_paso_pd", PURPOSE, [OWN])
    assert json.loads(line["asked"])["lookup"] == name
    world.log.down = True
    with pytest.raises(Transient):
        await send(world, service="criminal_history")
    with pytest.raises(Transient):
        await answer(world, name)
    assert (written(world), world.kafka.topics[INQUIRY_RESPONSES.name]) == (1, [[]])


async def test_a_center_is_shown_the_person_and_nothing_else_of_the_report(world: World) -> None:
    sent = await send(world)

    (inquiry,) = await open_inquiries(world.session, CENTER)
    assert inquiry == {**sent.request, "person": {"name": "EJEMPLO, UNO", "dob": "1990"}}
    assert json.loads(world.log.lines[-1]["asked"]) == {"lookup_requests": CENTER}
    assert world.log.lines[-1]["ids"] == [sent.request["request_id"]]
    assert await open_inquiries(world.session, "another_center") == []


async def test_open_inquiries_are_listed_oldest_first_until_they_are_answered(world: World) -> None:
    first = (await send(world, service="criminal_history")).request["request_id"]
    world.now += 1
    second = (await send(world)).request["request_id"]

    assert [inquiry["request_id"] for inquiry in await open_inquiries(world.session, CENTER)] == [first, second]
    await answer(world, first)
    assert [inquiry["request_id"] for inquiry in await open_inquiries(world.session, CENTER)] == [second]


async def test_an_inquiry_about_a_report_that_can_no_longer_be_read_is_left_out(world: World) -> None:
    await send(world)
    await world.index.hide("el_paso_pd")

    assert await open_inquiries(world.session, CENTER) == []


async def test_an_answer_is_shown_while_it_is_permitted_and_valid(world: World) -> None:
    name = (await send(world)).request["request_id"]
    await answer(world, name)
    row = await state(world)
    assert (row["state"], row["contact"], row["answered_at"], row["barred"]) == ("hit", "watch desk", world.now, "")

    put_agreement(world, ends=world.now)
    row = await state(world)
    assert (row["state"], row["contact"], row["answered_at"]) == ("", "", None)
    assert "no agreement in force" in row["barred"]


async def test_every_service_of_every_person_has_a_state(world: World) -> None:
    rows = {(row["person"], row["service"]): row for row in await inquiry_states(world.session, OWN, PURPOSE)}

    assert {person for person, _ in rows} == {"1@1", "2@1"}
    assert rows["1@1", "background"]["state"] == "not asked"
    assert (rows["2@1", "background"]["state"], "victim" in rows["2@1", "background"]["barred"]) == ("", True)


async def test_an_answer_names_the_version_of_the_request_that_it_answers(world: World) -> None:
    name = (await send(world)).request["request_id"]
    await answer(world, name, "UNAVAILABLE")
    assert json.loads(world.log.lines[-1]["asked"]) == {"lookup_unavailable": name, "by": "clerk1"}
    world.now += 1
    await send(world)

    assert [inquiry["request_id"] for inquiry in await open_inquiries(world.session, CENTER)] == [name]


async def test_there_is_no_answer_to_what_was_not_asked(world: World) -> None:
    with pytest.raises(Denied, match="no such request"):
        await answer(world, "l0")

    assert world.log.lines == []
