"""Components: links from what changed outwards."""

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


def test_a_chain_of_links_is_one_component() -> None:
    chain = [profile(f"{'ab'[n % 2]}_pd:{n}", start=NOON + n * 150, lat=32.67 + n * 0.0005) for n in range(6)]

    assert graph(chain).component(chain[3]) == {one.report_id for one in chain}
