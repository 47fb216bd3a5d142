"""Who is compared with whom: the same seen from both sides, near or far back in time, in memory or from the store."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.dedupe.blocking import WITHIN_S, index_keys, query_keys
from streams.dedupe.profile import Profile, apart_s, pack, reach, unpack
from tests.streams.dedupe.profiles_of import NOON, profile

PROFILES = st.builds(
    profile,
    report_id=st.integers(0, 30).map(lambda n: f"{'ab'[n % 2]}_pd:{n}"),
    start=st.integers(NOON - 5_000, NOON + 5_000) | st.sampled_from([NOON - 86_400, NOON - 10**7]),
    width=st.sampled_from([1, 60, 300, 301, 3_600, 86_400]),
    lat=st.none() | st.sampled_from([32.6699, 32.6701, 32.68, 32.70]),
    lon=st.sampled_from([-115.4901, -115.4899, -115.48, -115.0]),
    streets=st.sampled_from([(), ("MAIN",), ("MAIN", "3")]),
    plates=st.sampled_from([(), ("4ABC123",)]),
    corridor=st.sampled_from(["", "nogales"]),
    traffic=st.sampled_from(["ACTUAL", "TEST"]),
    precision=st.sampled_from(["GPS", "CITY", "UNKNOWN"]),
    concept=st.sampled_from(["", "HOMICIDE"]),
    family=st.sampled_from(["", "PURSUIT"]),
)


@given(PROFILES)
def test_a_profile_is_kept_as_it_is(one: Profile) -> None:
    assert unpack(pack(one)) == one


@given(PROFILES, PROFILES)
def test_two_reports_see_each_other_or_neither(one: Profile, other: Profile) -> None:
    assert bool(set(query_keys(one)) & set(index_keys(other))) == bool(set(query_keys(other)) & set(index_keys(one)))


@given(PROFILES, PROFILES)
def test_every_bucket_in_which_a_near_time_lies_is_in_reach(one: Profile, other: Profile) -> None:
    if apart_s(one, other) <= WITHIN_S:
        assert other.bucket in reach(one, WITHIN_S)


@pytest.mark.parametrize(
    ("changes", "met"),
    [
        ({"lat": 32.674}, True),
        ({"lat": 32.70}, False),
        ({"lat": None, "lon": None}, True),
        ({"lat": None, "lon": None, "corridor": "nogales"}, False),
        ({"lat": 33.9, "streets": ("MAIN",)}, True),
        ({"lat": 33.9, "persons": ("prueba una",)}, True),
        ({"lat": 33.9, "persons": ("prueba una 1990",)}, True),
        ({"precision": "CITY"}, False),
        ({"lat": None, "lon": None, "width": 86_400}, False),
        ({"lat": 33.9, "family": "PURSUIT"}, False),
        ({"lat": 33.9, "references": ("a_pd:1",)}, True),
    ],
)
def test_who_meets_a_report_on_main_street(changes: dict[str, Any], met: bool) -> None:
    one = profile(streets=("MAIN",), persons=("prueba una",))

    assert bool(set(query_keys(one)) & set(index_keys(profile("b_pd:2", **changes)))) is met


def test_a_grave_offense_meets_its_like_in_the_same_city_on_a_day_that_nobody_knows_better() -> None:
    told: dict[str, Any] = {"concept": "HOMICIDE", "precision": "CITY", "width": 86_400}
    one = profile(**told)

    assert set(query_keys(one)) & set(index_keys(profile("b_pd:2", **told)))
    assert not set(query_keys(one)) & set(index_keys(profile("b_pd:2", **{**told, "concept": "ROBBERY"})))


def test_somebody_under_way_meets_all_who_are_in_the_corridor() -> None:
    one, other = profile(family="PURSUIT"), profile("b_pd:2", family="PURSUIT", lat=33.9)

    assert set(query_keys(one)) & set(index_keys(other))
