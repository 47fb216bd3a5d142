"""The assignments and views of the first lines of the bundled feed stay the same, byte for byte."""

from tests.benchmarks.parity import GOLDEN, differences, golden_digest


def test_assignments_and_views_of_the_bundled_feed_are_unchanged() -> None:
    """After an intended change, `make golden REASON="..."` rewrites the digest."""
    assert golden_digest() == GOLDEN.read_text().splitlines()[0]


def test_every_difference_between_two_checkouts_is_listed() -> None:
    before = {"assignments": "a", "topics": {"incidents": "1"}, "views": {"internal/x": "1", "audience/y": "2"}}
    after = {"assignments": "b", "topics": {"incidents": "2"}, "views": {"internal/x": "1", "audience/z": "2"}}

    assert differences(before, before) == []
    assert differences(before, after) == [
        "assignments differ",
        "topics: incidents differs",
        "views: audience/y differs",
        "views: audience/z differs",
    ]
