"""What is not done is never committed past."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.worker.offset_tracker import OffsetTracker


@given(st.lists(st.integers(1, 5), min_size=1, max_size=20), st.data())
def test_nothing_is_committed_past_a_span_that_is_not_done(lengths: list[int], data: st.DataObject) -> None:
    tracker: OffsetTracker[str] = OffsetTracker()
    spans, at = [], 0
    for length in lengths:
        spans.append(tracker.hand_out("p", at, at + length))
        at += length
    for span in data.draw(st.permutations(spans)):
        tracker.done(span)
        undone = [one.start for one in spans if not one.done]
        expected = min(undone, default=at)

        assert (tracker.committable("p") or 0) == expected
    assert tracker.open_spans == 0


def test_a_first_batch_that_is_never_done_commits_nothing() -> None:
    """Stock Faust commits past offset 0 in a fresh group."""
    tracker: OffsetTracker[str] = OffsetTracker()
    tracker.hand_out("p", 0, 1)
    tracker.done(tracker.hand_out("p", 1, 100))

    assert tracker.committable("p") is None


def test_gaps_of_markers_and_compaction_lie_inside_spans() -> None:
    tracker: OffsetTracker[str] = OffsetTracker()
    tracker.done(tracker.hand_out("p", 5, 9))
    tracker.done(tracker.hand_out("p", 30, 31))

    assert tracker.committable("p") == 31


def test_a_span_of_before_a_rebalance_is_ignored() -> None:
    tracker: OffsetTracker[str] = OffsetTracker()
    old = tracker.hand_out("p", 0, 50)
    tracker.clear()
    new = tracker.hand_out("p", 0, 10)
    tracker.done(old)

    assert tracker.committable("p") is None
    tracker.done(new)
    assert tracker.committable("p") == 10


@pytest.mark.parametrize(("start", "end"), [(5, 8), (10, 10), (0, 3)])
def test_spans_follow_each_other(start: int, end: int) -> None:
    tracker: OffsetTracker[str] = OffsetTracker()
    tracker.hand_out("p", 0, 10)

    with pytest.raises(ValueError, match="does not follow"):
        tracker.hand_out("p", start, end)
