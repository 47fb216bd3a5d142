"""Orders stand over the bundled agreements, the newest of each id, and what cannot be read is closed."""

from typing import Any, cast

import pytest

from schemas.agreements import BUNDLED, bundled_text
from schemas.agreements.register import AgreementRegister
from schemas.errors import Configuration
from schemas.records.order import AgreementOrder

CIT = BUNDLED["cit"]
AT = CIT.begins + 1


def order(order_id: str, kind: str = "AGREEMENT", **changes: Any) -> AgreementOrder:
    made = {"order_id": order_id, "kind": kind, "text": "", "begins": AT, "ends": None, "by": "a", "why": "b", "at": AT}
    return cast(AgreementOrder, {**made, **changes})


def test_without_orders_the_bundled_agreements_stand() -> None:
    assert dict(AgreementRegister().agreements) == BUNDLED


def test_an_agreement_ends_before_its_term_and_never_after_it() -> None:
    orders = AgreementRegister()
    orders.apply(order("cit", text=bundled_text("cit"), ends=AT + 5))
    assert [orders.agreements["cit"].in_force(at) for at in (AT, AT + 4, AT + 5)] == [True, True, False]

    orders.apply(order("cit", text=bundled_text("cit"), ends=CIT.ends + 5))
    assert orders.agreements["cit"].ends == CIT.ends


def test_a_new_version_stands_and_what_was_given_out_sees_it() -> None:
    orders = AgreementRegister()
    seen = orders.agreements.values()
    orders.apply(order("cit", text=bundled_text("cit").replace("version = 1", "version = 2")))

    assert {one.agreement_id: one.version for one in seen} == {**dict.fromkeys(BUNDLED, 1), "cit": 2}


def test_a_new_partnership_needs_no_package() -> None:
    orders = AgreementRegister()
    text = bundled_text("cit").replace('agreement_id = "cit"', 'agreement_id = "yuma"').replace("cit-team", "yuma-team")
    orders.apply(order("yuma", text=text))

    assert [one.name for one in orders.agreements["yuma"].audiences] == ["yuma-team"]
    assert orders.agreements["cit"] == CIT


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("cit", "fields = 1", "unknown field fields"),
        ("cit", bundled_text("actt"), "its file is of actt"),
        ("cit", bundled_text("cit").replace("cit-team", "actt-us"), "actt-us is another agreement's"),
    ],
)
def test_an_agreement_that_cannot_be_read_is_closed(name: str, text: str, told: str) -> None:
    orders = AgreementRegister()
    with pytest.raises(Configuration, match=told):
        orders.apply(order(name, text=text))
    assert name not in orders.agreements
    assert len(orders.agreements) == len(BUNDLED) - 1


def test_what_an_unreadable_record_is_about_is_closed() -> None:
    orders = AgreementRegister()
    orders.apply(order("actt-mx/background_check", "VETTING", ends=AT + 5))
    for name in ("cit", "actt-mx/background_check", "never heard of"):
        orders.discard(name)
    assert "cit" not in orders.agreements
    assert not orders.levels("actt-mx", AT)


def test_a_vetting_stands_from_its_begin_to_its_end_and_the_newest_word_on_it_counts() -> None:
    orders = AgreementRegister()
    orders.apply(order("actt-mx/background_check", "VETTING", ends=AT + 5))
    assert [orders.levels("actt-mx", at) for at in (AT - 1, AT, AT + 5)] == [set(), {"background_check"}, set()]
    assert not orders.levels("actt-us", AT)

    orders.apply(order("actt-mx/background_check", "VETTING", ends=AT + 1))
    assert not orders.levels("actt-mx", AT + 1)


def test_a_vetting_without_an_end_never_stands() -> None:
    orders = AgreementRegister()
    orders.apply(order("actt-mx/background_check", "VETTING"))
    assert not orders.levels("actt-mx", AT)
