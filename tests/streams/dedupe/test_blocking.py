"""Who is compared with whom: the same seen from both sides, near or far back in time, in memory or from the store."""

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.dedupe.block_index import PREFIX, Overlay, Window
from streams.dedupe.blocking import WITHIN_S, index_keys, query_keys
from streams.dedupe.profile import Profile, apart_s, pack, reach, unpack
from tests.streams.dedupe.profiles_of import NOON, profile
from tests.streams.fakes import MemoryState

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


def stored(profiles: list[Profile]) -> MemoryState:
    state = MemoryState()
    for one in profiles:
        state.values[PREFIX + one.bucket + one.report_id.encode()] = pack(one)
    return state


def expected(one: Profile, others: list[Profile]) -> set[str]:
    """What the rules say, by comparing everything with everything."""
    return {
        other.report_id
        for other in others
        if other.report_id != one.report_id
        and other.traffic == one.traffic
        and apart_s(one, other) <= WITHIN_S
        and set(query_keys(one)) & set(index_keys(other))
    }


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


@given(st.lists(PROFILES, max_size=14, unique_by=lambda p: p.report_id), st.integers(0, 14), st.sampled_from([1, 144]))
def test_candidates_are_those_of_the_rules_wherever_they_are(profiles: list[Profile], cut: int, most: int) -> None:
    """In the store, in memory or of this batch; with room in memory for one bucket as for all."""
    overlay = Overlay(Window(stored(profiles[:cut]), most))
    for one in profiles[cut:]:
        overlay.put(one)

    for one in profiles:
        assert {other.report_id for other in overlay.candidates(one)} == expected(one, profiles)


def test_a_report_that_moved_is_found_where_it_is_and_not_where_it_was() -> None:
    before, after = profile("b_pd:1"), profile("b_pd:1", lat=33.9)
    overlay = Overlay(Window(stored([before])))
    overlay.put(after)

    assert list(overlay.candidates(profile())) == []
    assert [one.report_id for one in overlay.candidates(profile(lat=33.9))] == ["b_pd:1"]


def test_buckets_in_memory_follow_what_is_written() -> None:
    before, after = profile("b_pd:1"), profile("b_pd:1", start=NOON + 7_200)
    window = Window(stored([before]))
    assert window.bucket(before.bucket).profiles
    assert not window.bucket(after.bucket).profiles
    window.follow({PREFIX + before.bucket + b"b_pd:1": None, PREFIX + after.bucket + b"b_pd:1": pack(after)})

    assert not window.bucket(before.bucket).profiles
    assert window.bucket(after.bucket).profiles == {"b_pd:1": after}


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


def test_memory_holds_as_many_buckets_as_the_horizon_has() -> None:
    profiles = [profile(f"a_pd:{n}", start=NOON + n * 1_800) for n in range(30)]
    window = Window(stored(profiles), most=10)
    for one, _ in combinations(profiles, 2):
        window.bucket(one.bucket)

    assert len(window._buckets) == 10
