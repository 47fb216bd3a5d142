"""A paced feed waits for its time, and makes up for a little of what was late."""

import pytest

from producers.feeds.pace import MAX_LEAD_S, paced


class Clock:
    """Seconds that pass by sleeping, and by whatever else the test says."""

    def __init__(self) -> None:
        self.now = 100.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_items_come_at_their_rate_in_order() -> None:
    clock = Clock()
    came = [(item, clock.now - 100.0) for item in paced(range(101), 10.0, lambda: clock.now, clock.sleep)]

    assert [item for item, _ in came] == list(range(101))
    assert all(item / 10 - MAX_LEAD_S <= at <= item / 10 + 1e-9 for item, at in came)


def test_of_what_was_late_a_second_is_made_up_for() -> None:
    clock, came = Clock(), []
    for item in paced(range(61), 10.0, lambda: clock.now, clock.sleep):
        came.append(clock.now - 100.0)
        clock.now += {5: 0.5, 20: 3.0}.get(item, 0.0)

    assert came[10] == pytest.approx(1.0), "half a second was made up for"
    assert came[21] == pytest.approx(came[30])
    assert came[60] == pytest.approx(8.0, abs=0.11), "of three seconds, one"
