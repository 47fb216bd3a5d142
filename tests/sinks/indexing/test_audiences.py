"""An audience is open when an agency is registered, or while an agreement that makes it is in force."""

import pytest

from schemas.agencies import agency_row
from schemas.agreements import BUNDLED, bundled_text
from schemas.records import codec
from schemas.topics import AGENCIES, AGREEMENTS
from sinks.indexing.audiences import Audiences, is_agreement_audience
from tests.schemas.agreements.test_register import AT, CIT, order

OF_AGREEMENTS = {audience.name for one in BUNDLED.values() for audience in one.audiences}


def learned(*orders: tuple[str, bytes], agencies: tuple[bytes, ...] = ()) -> Audiences:
    audiences = Audiences()
    for name in agencies:
        value = codec.encode("agency", agency_row({"agency_id": "yuma_pd"}, "test"))
        audiences.apply_record(AGENCIES.name, name, value)
    for order_id, value in orders:
        audiences.apply_record(AGREEMENTS.name, order_id.encode(), value)
    return audiences


def ends(at: int) -> tuple[str, bytes]:
    return "cit", codec.encode("agreement_order", order("cit", text=bundled_text("cit"), ends=at))


def test_internal_and_what_the_bundled_agreements_make_are_open_from_the_beginning() -> None:
    assert learned().open(AT) == {"internal", *OF_AGREEMENTS}


def test_a_registered_agency_is_open() -> None:
    assert "yuma_pd" in learned(agencies=(b"yuma_pd",)).open(AT)


@pytest.mark.parametrize("name", [b"cit-team", b"Yuma", b"a-g1", b"\xff", b""])
def test_a_row_of_the_registry_opens_nothing_but_an_agency(name: bytes) -> None:
    assert learned(ends(AT), agencies=(name,)).open(AT + 1) == {"internal", *OF_AGREEMENTS} - {"cit-team"}


def test_an_audience_is_open_while_its_agreement_is_in_force() -> None:
    audiences = learned(ends(AT + 5))

    assert ["cit-team" in audiences.open(at) for at in (CIT.begins - 1, CIT.begins, AT + 4, AT + 5)] == [
        False,
        True,
        True,
        False,
    ]


def test_an_order_that_cannot_be_read_closes_what_it_is_about() -> None:
    assert "cit-team" not in learned(("cit", b"garbage")).open(AT)


def test_an_ended_agreement_is_opened_again_by_a_new_order() -> None:
    again = ("cit", codec.encode("agreement_order", order("cit", text=bundled_text("cit"))))

    assert "cit-team" in learned(ends(AT), again).open(AT + 1)


def test_only_audiences_of_agreements_rest_on_one() -> None:
    assert all(map(is_agreement_audience, OF_AGREEMENTS))
    assert not any(map(is_agreement_audience, ("internal", "calexico_pd")))
