"""Bounds are charged to the agency that exceeds them: no flood of others changes what two reports are to each other."""

import random
from collections.abc import Callable, Iterable, Sequence
from functools import cache

import pytest

from schemas.records.incident import PairDecision
from streams.dedupe.adjudications import Adjudications
from streams.dedupe.block_index import PREFIX, Overlay, Window
from streams.dedupe.blocking import MOST_FOUND, MOST_FOUND_ALONG, most
from streams.dedupe.clustering import MOST_MEMBERS
from streams.dedupe.link_graph import MOST_BYTES, Graph, decisions
from streams.dedupe.profile import Profile, pack
from streams.dedupe.score import score
from tests.streams.dedupe.profiles_of import NOON, profile
from tests.streams.fakes import MemoryState

FIRST, SECOND = profile("m_pd:1"), profile("n_so:1", start=NOON + 30)
Pair = tuple[str, str]


def flood(count: int, agencies: Sequence[str], first: int = 0) -> list[Profile]:
    """One spot within a minute, by agencies in turn."""
    return [profile(f"{agencies[n % len(agencies)]}:{n:05}", start=NOON + n % 60) for n in range(first, first + count)]


def graph(profiles: Iterable[Profile], kept: Iterable[Profile] = ()) -> Graph:
    """The graph of these reports; of `kept`, the state has them already."""
    state = MemoryState()
    state.change({PREFIX + one.bucket + one.report_id.encode(): pack(one) for one in kept})
    overlay = Overlay(Window(state))
    for one in profiles:
        overlay.put(one)
    every = {one.report_id: (one,) for one in (*kept, *profiles)}
    return Graph(overlay, Adjudications(), lambda name: every.get(name, ()))


def parts(
    profiles: Sequence[Profile], of: Profile, size: Callable[[str], int] = lambda _: 0
) -> tuple[list[list[str]], Graph]:
    made = graph(profiles)
    return sorted(sorted(part) for part in made.bounded(made.component((of,)), size)), made


def between(made: Graph, names: set[str], pair: Pair) -> PairDecision:
    return next(one for one in decisions(made, names) if (one["left"], one["right"]) == pair)


@pytest.mark.parametrize("count", [199, 3_000])
@pytest.mark.parametrize(
    "agencies",
    [["a_mx"], ["m_qd"], ["z_mx"], ["a_mx", "b_mx", "m_qd", "y_mx", "z_mx"]],
    ids=["before", "between", "after", "five"],
)
def test_a_flood_of_others_leaves_two_reports_what_they_are_to_each_other(count: int, agencies: list[str]) -> None:
    (alone,), without = parts([FIRST, SECOND], FIRST)
    profiles = [FIRST, *flood(count, agencies), SECOND]
    found, beside = parts(profiles, FIRST)
    (mine,) = [set(part) for part in found if "m_pd:1" in part]

    assert {"m_pd:1", "n_so:1"} <= mine
    assert len(mine) <= MOST_MEMBERS
    pair = ("m_pd:1", "n_so:1")
    assert between(beside, mine, pair) == between(without, set(alone), pair)


@pytest.mark.parametrize("agencies", [["a_mx"], ["a_mx", "b_mx", "m_qd", "y_mx", "z_mx"]], ids=["one", "five"])
def test_the_parts_are_a_function_of_the_reports_whatever_came_first(
    agencies: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Twenty orders ask for the scores of the same pairs.
    scored = cache(score)
    monkeypatch.setattr("streams.dedupe.link_graph.score", lambda left, right, _: scored(left, right))
    profiles = [FIRST, SECOND, *flood(400, agencies)]
    found, made = parts(profiles, FIRST)
    for seed in range(20):
        shuffled = random.Random(seed).sample(profiles, len(profiles))
        again, other = parts(shuffled, FIRST)
        assert (again, other.unsure) == (found, made.unsure)


def test_of_one_agency_the_first_reports_of_a_block_are_found_there() -> None:
    made = graph([FIRST, *flood(MOST_FOUND + 10, ["z_mx"])])

    assert made.links((FIRST,)) == {f"z_mx:{n:05}" for n in range(MOST_FOUND)}
    crowded_out = profile(f"z_mx:{MOST_FOUND:05}", start=NOON + MOST_FOUND % 60)
    assert made.links((crowded_out,)) == set()


def test_two_reports_see_each_other_or_neither_in_crowded_blocks() -> None:
    """A report that is crowded out at its corner is still found by its plate."""
    crowd = flood(200, ["a_mx", "b_mx"])
    marked = [one._replace(plates=("0TEST01",)) if n % 9 == 0 else one for n, one in enumerate(crowd)]
    made = graph([FIRST._replace(plates=("0TEST01",)), *marked])
    found = {one.report_id: {other.report_id for other in made._overlay.candidates(one)} for one in marked}

    assert any(found.values())
    for name, others in found.items():
        assert all(name in found[other] for other in others if other in found)


def test_a_block_that_a_corridor_shares_takes_more() -> None:
    assert most(("located", "nogales", 0)) == most(("moving", "nogales", 0)) == MOST_FOUND_ALONG
    assert most(("cell", 1, 2)) == most(("street", "MAIN", 0)) == MOST_FOUND


@pytest.mark.parametrize("comes", ["z_mx:-1", "z_mx:99999"])
def test_who_is_crowded_out_or_let_in_counts_as_changed(comes: str) -> None:
    """Of the crowd in the state, the last one that is found gives way to one whose id is before it."""
    crowd = flood(MOST_FOUND + 5, ["z_mx"])
    state = MemoryState()
    state.change({PREFIX + one.bucket + one.report_id.encode(): pack(one) for one in crowd})
    overlay, gone = Overlay(Window(state)), crowd[3]
    overlay.put(profile(comes))
    last = f"z_mx:{MOST_FOUND - 1:05}"
    assert overlay.admitted_or_crowded_out({}) == ({last} if comes == "z_mx:-1" else set())

    overlay.remove(gone.report_id)
    back = {f"z_mx:{MOST_FOUND:05}"} if comes != "z_mx:-1" else set()
    assert overlay.admitted_or_crowded_out({gone.report_id: gone.bucket}) == back


def test_a_component_within_the_bounds_is_left_whole_and_nothing_waits() -> None:
    five = [f"{name}_pd" for name in "abcde"]
    found, made = parts(flood(MOST_MEMBERS, five), flood(1, five)[0], lambda _: MOST_BYTES // MOST_MEMBERS)

    assert [len(part) for part in found] == [MOST_MEMBERS]
    assert made.unsure == set()


def test_who_has_most_of_it_sets_its_weakest_linked_aside() -> None:
    """Four agencies of 44 reports each and one of 49, which gives up as many as are too many, the farthest first."""
    four, most = [f"{name}_pd" for name in "abcd"], "m_so"
    crowd = [*flood(176, four), *flood(49, [most])]
    far = {one.report_id for one in crowd[-25:]}
    profiles = [one._replace(lat=32.6703) if one.report_id in far else one for one in crowd]
    found, made = parts(profiles, profiles[0])

    assert sorted(map(len, found)) == [*[1] * 25, MOST_MEMBERS]
    assert {part[0] for part in found if len(part) == 1} == far
    assert made.unsure, "the links that were cut wait for a person"


def test_a_flood_costs_nothing_of_what_a_large_agency_links_with_others() -> None:
    """An agency of 128 reports, and a flood of more beside it: the flood alone is cut."""
    large = [profile(f"g_pd:{n:03}", start=NOON + 240 * (n // 8)) for n in range(128)]
    flooding = [profile(f"f_mx:{n:03}", start=NOON + 240 * (n // 8)) for n in range(192)]
    other = profile("h_so:1", start=NOON + 60)

    def links(profiles: Sequence[Profile]) -> set[Pair]:
        found, made = parts(profiles, other)
        kept = {one: number for number, part in enumerate(found) for one in part}
        return {
            (one, "h_so:1") for one in made.links((other,)) if one.startswith("g_pd") and kept[one] == kept["h_so:1"]
        }

    assert links([*large, other]) == links([*large, *flooding, other]) != set()


def test_bytes_are_charged_like_numbers() -> None:
    few = [FIRST, SECOND, *flood(6, ["z_mx"])]

    def size(name: str) -> int:
        return MOST_BYTES // 4 if name.startswith("z_mx") else 1_000

    found, _ = parts(few, FIRST, size)

    assert [part for part in found if len(part) > 1] == [["m_pd:1", "n_so:1", "z_mx:00000", "z_mx:00001", "z_mx:00002"]]
    assert len(found) == 4


def test_a_decision_exists_only_where_blocks_bring_two_together() -> None:
    """Three reports 25 minutes apart are linked one to the next; the first and the last were never compared."""
    chain = [
        profile(f"{name}_pd:1", start=NOON + minutes * 60, plates=("0TEST01",), persons=("prueba una 1990",))
        for name, minutes in (("a", 0), ("b", 25), ("c", 50))
    ]
    made = graph(chain)
    names = made.component((chain[0],))

    assert names == {"a_pd:1", "b_pd:1", "c_pd:1"}
    assert [(one["left"], one["right"]) for one in decisions(made, names)] == [
        ("a_pd:1", "b_pd:1"),
        ("b_pd:1", "c_pd:1"),
    ]
