"""Identifiers are the same for the same reports in any order, and differ for different ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import identity
from schemas.identity import incident_uid, inquiry_id, pair_key, report_id

REPORT_IDS = st.lists(st.text(min_size=1, max_size=10), min_size=1, max_size=5, unique=True)


@given(REPORT_IDS, st.randoms())
def test_an_incident_is_named_by_its_members_in_any_order(report_ids: list[str], random: object) -> None:
    shuffled = list(report_ids)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert identity.incident_id(shuffled) == identity.incident_id(report_ids)
    assert identity.incident_id(report_ids) == identity.incident_id([min(report_ids, key=str.encode)])


@given(REPORT_IDS)
def test_two_audiences_cannot_compare_the_names_of_their_views(report_ids: list[str]) -> None:
    one, two = (identity.audience_secret(b"m" * 32, audience) for audience in ("a_pd", "b_pd"))

    assert identity.view_id(one, report_ids) != identity.view_id(two, report_ids)
    assert identity.view_id(one, report_ids) != identity.view_id(
        identity.audience_secret(b"n" * 32, "a_pd"), report_ids
    )


@given(st.integers(1, 1000), st.integers(1, 2**40 - 1), st.integers(1, 2**40 - 1))
def test_a_later_generation_is_always_newer(generation: int, early: int, late: int) -> None:
    assert identity.document_version(generation + 1, early) > identity.document_version(generation, late)
    assert identity.document_version(generation + 1, early) < 2**63


@pytest.mark.parametrize(("generation", "revision"), [(0, 1), (1, 0), (1, 2**40)])
def test_a_version_out_of_bounds_is_refused(generation: int, revision: int) -> None:
    with pytest.raises(ValueError, match="no document version"):
        identity.document_version(generation, revision)


IDS = st.text(min_size=1)


@given(IDS, IDS, IDS, IDS)
def test_two_pairs_never_have_one_key_and_one_pair_never_two(a: str, b: str, c: str, d: str) -> None:
    assert pair_key(a, b) == pair_key(b, a)
    assert (pair_key(a, b) == pair_key(c, d)) == (sorted((a, b)) == sorted((c, d)))


def test_ids_that_hold_a_separator_do_not_share_a_key() -> None:
    assert pair_key("a:1|b:2", "c:3") != pair_key("a:1", "b:2|c:3")


def test_a_report_is_named_by_its_agency_and_the_agencys_number() -> None:
    assert report_id("a_pd", "26:1") == "a_pd:26:1"
    assert incident_uid("USA", "a_pd", "26-1") == "urn:incident:USA:a_pd:26-1"
    assert incident_uid("", "a_pd", "26-1") == "urn:incident:ZZZ:a_pd:26-1"


def test_ids_never_change() -> None:
    """They are in topics, in the index and in documents that readers keep."""
    secret = identity.audience_secret(b"m" * 32, "a_pd")

    assert identity.incident_id(["b_so:1", "a_pd:1"]) == "ir6qwg7a33ebluwnhc3n3hsiu3d"
    assert identity.view_id(secret, ["b_so:1", "a_pd:1"]) == "v7ffhrgtffk6hncodcv5qeiukuh"
    assert inquiry_id("a_pd:1", "0", "background") == "l3hkbkucypyannezjrwp53iljnt"


def test_inquiries_that_differ_in_any_part_have_different_ids() -> None:
    parts = [("a_pd:1", "0", "background"), ("a_pd:2", "0", "background"), ("a_pd:1", "1", "background"),
             ("a_pd:1", "0", "biometrics"), ("a_pd:1", "", "0background")]  # fmt: skip

    assert len({inquiry_id(*each) for each in parts}) == len(parts)


def test_the_smallest_id_is_the_first_in_byte_order() -> None:
    """Not in the order of UTF-16, in which some other systems sort."""
    ids = ["a:\uffff", "a:\U00010000"]

    assert identity.incident_id(ids) == identity.incident_id(ids[:1])
    assert pair_key(*reversed(ids)) == '["a:\uffff","a:\U00010000"]'.encode()


def test_an_incident_without_reports_has_no_id() -> None:
    with pytest.raises(ValueError, match="empty"):
        identity.incident_id([])
