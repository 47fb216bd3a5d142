"""Alive but stuck is told from waiting for others."""

from sinks.watch import BLOCKED_S, EX_SOFTWARE, STUCK_S, Progress, Watch

LATE = STUCK_S + 1


def test_records_that_nobody_commits_for_a_minute_are_stuck() -> None:
    progress = Progress(0.0)

    assert not progress.stuck({0: 5}, {0: 9}, excused=False, now=0.0)
    assert not progress.stuck({0: 5}, {0: 9}, excused=False, now=STUCK_S)
    assert progress.stuck({0: 5}, {0: 9}, excused=False, now=LATE)


def test_a_partition_of_which_nothing_was_committed_is_looked_at() -> None:
    progress = Progress(0.0)
    progress.stuck({}, {3: 9}, excused=False, now=0.0)

    assert progress.stuck({}, {3: 9}, excused=False, now=LATE)


def test_moving_slowly_is_not_stuck() -> None:
    progress = Progress(0.0)

    assert not any(progress.stuck({0: n}, {0: 1000}, excused=False, now=n * STUCK_S * 0.9) for n in range(20))


def test_having_nothing_to_do_is_not_stuck() -> None:
    progress = Progress(0.0)

    assert not any(progress.stuck({0: 9}, {0: 9}, excused=False, now=n * LATE) for n in range(5))


def test_waiting_for_an_index_in_trouble_is_not_stuck_and_afterwards_the_time_starts_anew() -> None:
    progress = Progress(0.0)
    progress.stuck({0: 5}, {0: 9}, excused=False, now=0.0)

    assert not progress.stuck({0: 5}, {0: 9}, excused=True, now=LATE)
    assert not progress.stuck({0: 5}, {0: 9}, excused=False, now=LATE + STUCK_S)
    assert progress.stuck({0: 5}, {0: 9}, excused=False, now=2 * LATE)


def test_a_loop_that_does_not_tick_ends_the_process() -> None:
    now = [0.0]
    ended: list[int] = []
    watch = Watch(ended.append, lambda: now[0])
    watch.tick()
    now[0] = BLOCKED_S
    assert not watch.blocked()
    now[0] = BLOCKED_S + 1

    watch._watch()

    assert ended == [EX_SOFTWARE]
