"""What is not done is never committed past."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.worker.offset_tracker import Ledger


@given(st.lists(st.integers(1, 5), min_size=1, max_size=20), st.data())
def test_nothing_is_committed_past_a_span_that_is_not_done(lengths: list[int], data: st.DataObject) -> None:
    ledger: Ledger[str] = Ledger()
    spans, at = [], 0
    for length in lengths:
        spans.append(ledger.hand_out("p", at, at + length))
        at += length
    for span in data.draw(st.permutations(spans)):
        ledger.done(span)
        undone = [one.start for one in spans if not one.done]
        expected = min(undone, default=at)

        assert (ledger.committable("p") or 0) == expected
    assert ledger.open_spans == 0


def test_a_first_batch_that_is_never_done_commits_nothing() -> None:
    """Stock Faust commits past offset 0 in a fresh group."""
    ledger: Ledger[str] = Ledger()
    ledger.hand_out("p", 0, 1)
    ledger.done(ledger.hand_out("p", 1, 100))

    assert ledger.committable("p") is None


def test_gaps_of_markers_and_compaction_lie_inside_spans() -> None:
    ledger: Ledger[str] = Ledger()
    ledger.done(ledger.hand_out("p", 5, 9))
    ledger.done(ledger.hand_out("p", 30, 31))

    assert ledger.committable("p") == 31


def test_a_span_of_before_a_rebalance_is_ignored() -> None:
    ledger: Ledger[str] = Ledger()
    old = ledger.hand_out("p", 0, 50)
    ledger.clear()
    new = ledger.hand_out("p", 0, 10)
    ledger.done(old)

    assert ledger.committable("p") is None
    ledger.done(new)
    assert ledger.committable("p") == 10


@pytest.mark.parametrize(("start", "end"), [(5, 8), (10, 10), (0, 3)])
def test_spans_follow_each_other(start: int, end: int) -> None:
    ledger: Ledger[str] = Ledger()
    ledger.hand_out("p", 0, 10)

    with pytest.raises(ValueError, match="does not follow"):
        ledger.hand_out("p", start, end)
