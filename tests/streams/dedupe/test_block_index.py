"""Candidates are found in memory, in the store and in a batch alike, where they are now and nowhere else."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.dedupe.block_index import PREFIX, Bucket, Overlay, Window
from streams.dedupe.blocking import MOST_FOUND, WITHIN_S, index_keys, query_keys
from streams.dedupe.profile import Profile, apart_s, pack
from tests.streams.dedupe.profiles_of import NOON, profile
from tests.streams.dedupe.test_blocking import PROFILES
from tests.streams.fakes import MemoryState


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


def test_memory_holds_as_many_buckets_as_the_horizon_has() -> None:
    profiles = [profile(f"a_pd:{n}", start=NOON + n * 1_800) for n in range(30)]
    window = Window(stored(profiles), most=10)
    for one, _ in combinations(profiles, 2):
        window.bucket(one.bucket)

    assert len(window._buckets) == 10


def found(overlay: Overlay, one: Profile) -> list[str]:
    return [other.report_id for other in overlay.candidates(one)]


def test_a_bucket_has_each_form_once_and_nothing_of_a_former_profile() -> None:
    bucket, before, after = Bucket(), profile("b_pd:1", plates=("4ABC123",)), profile("b_pd:1", plates=("9XYZ777",))
    for one in (before, after, after):
        bucket.put(one)

    assert bucket.profiles == {"b_pd:1": after}
    assert {key for key, names in bucket.blocks.items() if names} == set(index_keys(after))
    assert all(len(names) < 2 for names in bucket.blocks.values())

    bucket.remove("b_pd:1")
    bucket.remove("b_pd:1")
    assert not bucket.profiles
    assert not any(bucket.blocks.values())


def test_the_bucket_that_was_used_least_recently_leaves_memory_and_is_read_again() -> None:
    profiles = [profile(f"a_pd:{n}", start=NOON + n * 1_800) for n in range(3)]
    first, second, third = (one.bucket for one in profiles)
    window = Window(stored(profiles), most=2)
    kept = window.bucket(first)
    dropped = window.bucket(second)
    assert window.bucket(first) is kept
    window.bucket(third)

    assert window.bucket(first) is kept
    assert window.bucket(second) is not dropped
    assert window.bucket(second).profiles == {"a_pd:1": profiles[1]}


def test_what_is_written_beside_the_block_index_changes_no_bucket() -> None:
    window, one = Window(stored([profile()])), profile("b_pd:1")
    before = dict(window.bucket(one.bucket).profiles)
    window.follow({b"i" + one.bucket + b"b_pd:1": pack(one), b"r": None})

    assert window.bucket(one.bucket).profiles == before


def test_a_report_that_a_batch_removes_is_found_no_more() -> None:
    one, overlay = profile(), Overlay(Window(stored([profile("b_pd:1"), profile("c_pd:1")])))
    overlay.remove("b_pd:1")
    overlay.remove("c_pd:1")
    overlay.put(profile("c_pd:1"))

    assert found(overlay, one) == ["c_pd:1"]
    assert overlay.get("b_pd:1", one.bucket) is None
    assert overlay.get("c_pd:1", one.bucket) == profile("c_pd:1")


def test_two_reports_meet_up_to_the_longest_time_apart() -> None:
    one = profile(width=60)
    last = [profile("b_pd:1", start=one.start + 60 + WITHIN_S + late) for late in (0, 1)]

    for other, met in zip(last, ([other.report_id for other in last[:1]], []), strict=True):
        overlay = Overlay(Window(stored([one, other])))
        assert found(overlay, one) == met
        assert bool(found(overlay, other)) is bool(met)


def test_a_report_meets_neither_itself_nor_its_other_forms() -> None:
    whole, redacted = profile(), profile(form=1)
    overlay = Overlay(Window(MemoryState()))
    overlay.put(whole)
    overlay.put(redacted)

    assert found(overlay, whole) == found(overlay, redacted) == []


@pytest.mark.parametrize("in_store", [0, 1, MOST_FOUND, MOST_FOUND + 1])
def test_a_block_holds_so_many_reports_of_one_agency_wherever_they_are(in_store: int) -> None:
    crowd = [profile(f"z_mx:{n:03}") for n in range(MOST_FOUND + 1)]
    overlay = Overlay(Window(stored(crowd[:in_store])))
    for one in [*crowd[in_store:], profile("a_pd:1")]:
        overlay.put(one)
    names = [one.report_id for one in crowd]

    assert sorted(found(overlay, profile("a_pd:1"))) == names[:MOST_FOUND]
    assert found(overlay, crowd[-1]) == []
    overlay.remove(names[0])
    assert sorted(found(overlay, profile("a_pd:1"))) == names[1:]


def test_a_block_that_is_exactly_full_crowds_nobody_out() -> None:
    crowd = [profile(f"z_mx:{n:03}") for n in range(MOST_FOUND)]
    overlay = Overlay(Window(stored(crowd)))

    assert len(found(overlay, profile("a_pd:1"))) == MOST_FOUND
    overlay.put(profile("b_pd:1"))
    assert overlay.admitted_or_crowded_out({}) == set()


def test_a_batch_that_changes_nothing_admits_and_crowds_out_nobody() -> None:
    assert Overlay(Window(MemoryState())).admitted_or_crowded_out({}) == set()
