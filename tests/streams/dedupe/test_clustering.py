"""Clusters are a function of the decisions alone, and persons' words hold in them."""

from itertools import combinations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.records.incident import PairDecision
from streams.dedupe import clustering
from streams.dedupe.clustering import clusters
from tests.streams.worlds import World, decision, worlds


def home(cut: list[list[str]], name: str) -> list[str]:
    return next(names for names in cut if name in names)


def said(world: World, verdict: str) -> list[tuple[str, str]]:
    return [
        (one["left"], one["right"]) for one in world.decisions if (one["verdict"], one["decided_by"]) == (verdict, "p1")
    ]


def test_a_chain_of_weak_links_does_not_become_one_incident() -> None:
    chain = [decision("a:1", "a:2", 3.0), decision("a:2", "a:3", 2.0)]

    assert clusters(["a:1", "a:2", "a:3"], chain) == [["a:1", "a:2"], ["a:3"]]


def test_strong_links_join_a_report_that_was_never_compared_with_one_of_them() -> None:
    chain = [decision("a:1", "a:2", 9.0), decision("a:2", "a:3", 9.0)]

    assert clusters(["a:1", "a:2", "a:3"], chain) == [["a:1", "a:2", "a:3"]]


def test_two_incidents_that_two_agencies_tell_apart_stay_two_until_a_person_says_same() -> None:
    """One agency may have given one incident two numbers; two that both did saw two."""
    names = ["a:1", "a:2", "b:1", "b:2"]
    pairs = [decision(left, right, 9.0 if left[2:] == right[2:] else 3.0) for left, right in combinations(names, 2)]

    assert clusters(names, pairs) == [["a:1", "b:1"], ["a:2", "b:2"]]
    assert clusters(names[:3], pairs) == [["a:1", "a:2", "b:1"]]
    assert clusters(names, [*pairs, decision("a:1", "a:2", 6.0, "p1", "SAME")]) == [["a:1", "a:2", "b:1", "b:2"]]


def test_a_persons_same_joins_what_the_model_keeps_apart() -> None:
    assert clusters(["a:1", "a:2"], [decision("a:1", "a:2", -20.0, "p1", "SAME")]) == [["a:1", "a:2"]]


def test_a_large_incident_takes_no_further_automatic_join() -> None:
    names = [f"a:{number:03}" for number in range(clustering.MOST_MEMBERS + 1)]
    star: list[PairDecision] = [decision(names[0], name, 2_000.0) for name in names[1:]]

    assert sorted(map(len, clusters(names, star))) == [1, clustering.MOST_MEMBERS]
    words = [decision(names[0], name, -9.0, "p1", "SAME") for name in names[1:]]
    assert clusters(names, words) == [names]


@settings(max_examples=300)
@given(worlds(), st.randoms())
def test_the_order_in_which_things_are_given_changes_nothing(world: World, random: Any) -> None:
    names = random.sample(list(world.reports), len(world.reports))

    assert clusters(names, random.sample(world.decisions, len(world.decisions))) == clusters(
        world.reports, world.decisions
    )


@settings(max_examples=300)
@given(worlds())
def test_every_report_is_in_one_cluster_and_the_order_is_that_of_the_ids(world: World) -> None:
    cut = clusters(world.reports, world.decisions)

    assert sorted(name for names in cut for name in names) == sorted(world.reports)
    assert cut == sorted(sorted(names) for names in cut)


@settings(max_examples=300)
@given(worlds())
def test_a_persons_not_same_holds(world: World) -> None:
    cut = clusters(world.reports, world.decisions)

    assert all(right not in home(cut, left) for left, right in said(world, "NOT_SAME"))


@settings(max_examples=300)
@given(worlds())
def test_a_persons_same_joins_unless_a_not_same_stands_against_it(world: World) -> None:
    cut = clusters(world.reports, world.decisions)
    apart = {frozenset(pair) for pair in said(world, "NOT_SAME")}
    for left, right in said(world, "SAME"):
        one, other = home(cut, left), home(cut, right)

        assert one == other or any(frozenset((a, b)) in apart for a in one for b in other)


@settings(max_examples=300)
@given(worlds())
def test_decisions_on_other_reports_are_left_aside(world: World) -> None:
    some = sorted(world.reports)[::2]
    among = [one for one in world.decisions if one["left"] in some and one["right"] in some]

    assert clusters(some, world.decisions) == clusters(some, among)


@settings(max_examples=300)
@given(worlds())
def test_parts_that_nothing_joins_are_clustered_as_if_alone(world: World) -> None:
    whole = clusters(world.reports, world.decisions)
    parts = [clusters(names, among) for names, among in world.components().values()]

    assert sorted(names for part in parts for names in part) == whole


def test_a_cluster_joins_the_pair_whose_mean_is_highest_first() -> None:
    names = ["a:1", "a:2", "a:3"]
    pairs = [
        decision(left, right, weight)
        for (left, right), weight in zip(combinations(names, 2), (1.0, -9.0, 2.0), strict=True)
    ]

    assert clusters(names, pairs) == [["a:1"], ["a:2", "a:3"]]
