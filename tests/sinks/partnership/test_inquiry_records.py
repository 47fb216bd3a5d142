"""Inquiries are read with the agreements and the registry that they depend on."""

from schemas.agencies import BUNDLED as AGENCIES
from schemas.agreements import BUNDLED
from schemas.topics import AGREEMENTS, INQUIRY_REQUESTS, INQUIRY_RESPONSES
from sinks.partnership.inquiries import InquiryState
from sinks.partnership.inquiry_records import inquiry_records
from tests.schemas.agreements.test_register import order
from tests.sinks.world import NOW, World

REQUEST = {
    "request_id": "l1",
    "agreement_id": "federal-local",
    "clause": "6.2",
    "centre": "support_centre",
    "service": "background",
    "agency_id": "el_paso_pd",
    "report_id": "el_paso_pd:26-1",
    "version": 1,
    "subject": "1@1",
    "purpose": "criminal_investigation",
    "by": "detective1",
    "why": "arrested at the scene",
    "at": NOW,
}
ANSWER = {"request_id": "l1", "asked_at": NOW, "outcome": "HIT", "reference": "", "contact": "", "by": "c", "at": NOW}


async def test_a_new_home_has_the_bundled_agreements_and_no_inquiries(world: World) -> None:
    records = await inquiry_records(world.topics)

    assert (records.inquiries.requests, records.inquiries.answers, records.rows) == ({}, {}, {})
    assert dict(records.agreements) == BUNDLED


async def test_requests_answers_agencies_and_orders_are_read_each_from_its_topic(world: World) -> None:
    world.register_agencies()
    world.put(INQUIRY_REQUESTS.name, "l1", "lookup_request", REQUEST)
    world.put(AGREEMENTS.name, "cit", "agreement_order", order("cit", "VETTING"))

    records = await inquiry_records(world.topics)
    assert records.inquiries.state("l1", 1, NOW) is InquiryState.NO_ANSWER
    assert records.rows == AGENCIES
    world.put(INQUIRY_RESPONSES.name, "l1", "lookup_answer", ANSWER)
    assert (await inquiry_records(world.topics)).inquiries.state("l1", 1, NOW) is InquiryState.HIT


async def test_what_cannot_be_decoded_is_no_inquiry(world: World) -> None:
    world.put(INQUIRY_REQUESTS.name, "l1", "lookup_request", REQUEST)
    world.kafka.send(INQUIRY_REQUESTS.name, b"l2", b"\x00")
    world.kafka.send(INQUIRY_RESPONSES.name, b"l1", None)

    records = await inquiry_records(world.topics)
    assert list(records.inquiries.requests) == ["l1"]
    assert records.inquiries.answers == {}
