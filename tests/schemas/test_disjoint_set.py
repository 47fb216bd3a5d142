"""Union-find."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.disjoint_set import DisjointSet

NAMES = st.sampled_from("abcdefgh")
PAIRS = st.lists(st.tuples(NAMES, NAMES), max_size=12)


def test_names_are_connected_through_others_and_the_smallest_represents_them() -> None:
    connected = DisjointSet("dcba")
    connected.union("d", "b")
    connected.union("c", "d")

    assert [connected.find(name) for name in "abcd"] == ["a", "b", "b", "b"]
    assert list(connected.sets()) == [["b", "c", "d"], ["a"]]


def test_a_new_name_is_a_set_of_its_own() -> None:
    connected = DisjointSet()

    assert connected.find("a") == "a"
    connected.union("b", "a")
    assert connected.find("b") == "a"


@given(PAIRS)
def test_the_order_of_the_pairs_changes_nothing(pairs: list[tuple[str, str]]) -> None:
    forward, backward = DisjointSet("abcdefgh"), DisjointSet("abcdefgh")
    for left, right in pairs:
        forward.union(left, right)
    for left, right in reversed(pairs):
        backward.union(right, left)

    assert list(forward.sets()) == list(backward.sets())
    assert all(forward.find(name) == min(names) for names in forward.sets() for name in names)
