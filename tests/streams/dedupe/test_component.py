"""Components: links from what changed outwards, cut where an incident would be too large."""

import random

from streams.dedupe.cluster import MOST_MEMBERS
from streams.dedupe.component import Graph
from streams.dedupe.profiles import Profile
from streams.dedupe.window import Overlay, Window
from streams.dedupe.words import Words
from tests.streams.dedupe.profiles_of import NOON, profile
from tests.streams.fakes import MemoryState


def graph(profiles: list[Profile]) -> Graph:
    overlay = Overlay(Window(MemoryState()))
    for one in profiles:
        overlay.put(one)
    return Graph(overlay, Words(), {one.report_id: one for one in profiles}.get)


def flood(count: int) -> list[Profile]:
    """One spot within a minute, by two agencies in turn."""
    return [profile(f"{'ab'[n % 2]}_pd:{n}", start=NOON + n % 60) for n in range(count)]


def parts(profiles: list[Profile]) -> tuple[list[list[str]], set[tuple[str, str]]]:
    made = graph(profiles)
    found = made.component(profiles[0])
    return sorted(sorted(part) for part in made.bounded(found)), made.unsure


def test_a_chain_of_links_is_one_component() -> None:
    chain = [profile(f"{'ab'[n % 2]}_pd:{n}", start=NOON + n * 150, lat=32.67 + n * 0.0005) for n in range(6)]

    assert graph(chain).component(chain[3]) == {one.report_id for one in chain}


def test_a_component_within_the_bound_is_left_whole_and_nothing_waits() -> None:
    found, waiting = parts(flood(MOST_MEMBERS))

    assert [len(part) for part in found] == [MOST_MEMBERS]
    assert waiting == set()


def test_a_flood_is_cut_the_same_whatever_came_first_and_its_cut_links_wait_for_a_person() -> None:
    profiles = flood(MOST_MEMBERS + 40)
    shuffled = random.Random(3).sample(profiles, len(profiles))
    found, waiting = parts(profiles)

    assert max(len(part) for part in found) <= MOST_MEMBERS
    assert sum(len(part) for part in found) == len(profiles)
    assert waiting
    assert parts(shuffled) == (found, waiting)
