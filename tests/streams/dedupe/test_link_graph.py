"""Components: links from what changed outwards."""

from streams.dedupe.adjudications import Adjudications
from streams.dedupe.block_index import Overlay, Window
from streams.dedupe.link_graph import Graph
from streams.dedupe.profile import Profile
from tests.streams.dedupe.profiles_of import NOON, profile
from tests.streams.fakes import MemoryState


def graph(profiles: list[Profile]) -> Graph:
    overlay = Overlay(Window(MemoryState()))
    for one in profiles:
        overlay.put(one)
    every = {one.report_id: (one,) for one in profiles}
    return Graph(overlay, Adjudications(), lambda name: every.get(name, ()))


def test_a_chain_of_links_is_one_component() -> None:
    chain = [profile(f"{'ab'[n % 2]}_pd:{n}", start=NOON + n * 150, lat=32.67 + n * 0.0005) for n in range(6)]

    assert graph(chain).component((chain[3],)) == {one.report_id for one in chain}
