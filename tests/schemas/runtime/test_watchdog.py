"""Slow is not stuck: who is given little does little, and who does nothing of what it is given is stuck."""

import threading
import time

import pytest

from schemas.runtime.watchdog import Progress, ProgressMonitor, ThreadTime, Watchdog, thread_time_meter


def judged(looks: list[tuple[Progress, ThreadTime]]) -> list[str]:
    judge = ProgressMonitor(stuck_s=60, blocked_s=5)
    return [judge.check(seen, used) for seen, used in looks]


def test_a_worker_in_the_queue_for_a_processor_is_slow_for_as_long_as_it_takes() -> None:
    """An hour on the clock, of which it got 50 seconds and slept 50: nothing is finished yet."""
    looks = [(Progress(0, at, True), ThreadTime(at * 50 / 3600, at * 50 / 3600)) for at in range(0, 3600, 10)]

    assert set(judged(looks)) == {""}


@pytest.mark.parametrize(("finished", "how"), [(0, "running"), (1, "")])
def test_a_minute_of_processor_without_anything_finished_is_stuck(finished: int, how: str) -> None:
    looks = [
        (Progress(0, 0, True), ThreadTime(0, 0)),
        (Progress(finished, 0, True), ThreadTime(50, 0)),
        (Progress(finished, 0, True), ThreadTime(70, 0)),
    ]

    assert judged(looks) == ["", "", how]


@pytest.mark.parametrize(("waiting", "how"), [(True, "asleep"), (False, "")])
def test_a_minute_of_sleep_is_stuck_where_something_waits(waiting: bool, how: str) -> None:
    looks = [(Progress(3, at, waiting), ThreadTime(at / 100, at)) for at in range(62)]

    assert judged(looks)[-1] == how
    assert set(judged(looks)[:-2]) == {""}


def test_a_loop_that_sleeps_without_ticking_is_blocked_whatever_waits() -> None:
    assert judged(
        [
            (Progress(0, 7, False), ThreadTime(0, 0)),
            (Progress(0, 7, False), ThreadTime(1, 59)),
            (Progress(0, 7, False), ThreadTime(1, 61)),
        ]
    ) == [
        "",
        "",
        "blocked",
    ]


def test_a_loop_that_computes_without_ticking_has_something_to_do() -> None:
    looks = [(Progress(0, 7, False), ThreadTime(at, 0)) for at in range(0, 75, 5)]

    assert judged(looks)[-1] == "running"
    assert judged(looks)[10] == ""


def test_an_idle_worker_may_use_its_minute_in_ticks() -> None:
    looks = [(Progress(0, at, False), ThreadTime(at, at)) for at in range(0, 500)]

    assert set(judged(looks)) == {""}


def test_a_thread_is_told_what_it_used_and_what_it_slept() -> None:
    used = thread_time_meter(threading.get_native_id())
    time.sleep(0.3)
    slept = used()
    began = time.thread_time()
    while time.thread_time() - began < 0.3:
        pass
    computed = used()

    assert slept.asleep >= 0.25
    assert slept.running < 0.25
    assert computed.running - slept.running >= 0.25
    assert computed.asleep - slept.asleep < 0.25


def test_what_is_stuck_ends_with_its_code() -> None:
    ended = threading.Event()
    codes: list[int] = []

    def end(code: int) -> None:
        codes.append(code)
        ended.set()

    watchdog = Watchdog("test", ProgressMonitor(stuck_s=0.2), end)
    watchdog.waiting = True
    watchdog.start()

    assert ended.wait(60)
    assert codes == [70]
