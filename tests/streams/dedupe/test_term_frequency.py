"""Terms that everybody mentions weigh less and bring no reports together."""

from math import log2

import pytest

from streams.dedupe.blocking import index_keys, query_keys
from streams.dedupe.term_frequency import SHARES, damped, hot, hot_terms, names
from tests.streams.dedupe.profiles_of import profile


def test_an_agreement_on_a_rare_term_is_not_damped_by_a_common_one_beside_it() -> None:
    one = profile("a_pd:1", streets=("BROADWAY", "EJEMPLO"))

    assert not list(damped(one, profile("b_pd:2", streets=("BROADWAY", "EJEMPLO"))))
    assert dict(damped(one, profile("b_pd:2", streets=("BROADWAY",)))).keys() == {"address"}


def test_a_hot_term_makes_no_block() -> None:
    one = profile("a_pd:1", streets=("UNKNOWN",), plates=("TEST",), persons=("garcia",))
    other = profile("b_pd:2", streets=("UNKNOWN",), plates=("TEST",), persons=("garcia",), lat=34.0)

    assert not set(query_keys(one)) & set(index_keys(other))
    assert hot_terms(one) == 3


def test_a_full_name_makes_a_block_however_common_its_parts_are() -> None:
    one, other = profile("a_pd:1", persons=("garcia juan",)), profile("b_pd:2", persons=("garcia juan",), lat=34.0)

    assert set(query_keys(one)) & set(index_keys(other))


def test_terms_are_as_reports_have_them() -> None:
    assert all(term == term.upper() for kind in ("street", "plate") for term in SHARES[kind])
    assert all(term == term.lower() for term in SHARES["person"])
    assert not hot("street", "EJEMPLO")


def test_a_term_is_damped_by_the_bits_by_which_it_is_more_common_than_a_typical_one() -> None:
    typical = {"street": 1 / 400, "plate": 1 / 50_000, "person": 1 / 40}
    for field, kind, comparison in (
        ("streets", "street", "address"),
        ("plates", "plate", "plate"),
        ("persons", "person", "person"),
    ):
        term, share = max(SHARES[kind].items(), key=lambda each: each[1])
        both = profile("a_pd:1", **{field: (term,)}), profile("b_pd:2", **{field: (term,)})
        assert dict(damped(*both)) == pytest.approx({comparison: log2(share / typical[kind])})


def test_initials_and_dates_are_no_names() -> None:
    assert names("ana de la garcia j 19800101 jo") == ["ana", "garcia"]


def test_a_term_is_hot_from_two_percent_of_the_reports() -> None:
    for kind, shares in SHARES.items():
        assert {term for term in shares if hot(kind, term)} == {term for term, share in shares.items() if share >= 0.02}
