"""A start is given up for what it does not do, never for the time that it takes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.embedded.meter import Meter
from deploy.embedded.processes import process_tree
from deploy.embedded.progress import BUSY_CPU_S, MAX_CPU_S, QUIET_S, Progress, Sample, patience
from tests.patience import until

HOUR = 3600


def _run(judge: Progress, seconds: int, **each: float) -> str:
    """Feed a sample every two seconds, in which `each` has grown by so much in a second; gives the last verdict."""
    verdict = ""
    for now in range(0, seconds, 2):
        grown = {name: rate * now for name, rate in each.items()}
        sample = Sample(grown.get("cpu_s", 0.0), grown.get("waited_s", 0.0), int(grown.get("log_bytes", 0)))
        judge.record(sample, now)
        verdict = judge.stuck(now)
        if verdict:
            return f"{now}: {verdict}"
    return verdict


def test_what_writes_its_log_is_waited_for_however_long_it_takes() -> None:
    assert _run(Progress(0), 10 * HOUR, log_bytes=0.1) == ""


def test_what_is_starved_is_waited_for_although_it_hardly_runs_and_writes_nothing() -> None:
    """One of 60 sessions on two processors, waiting for its turn all the time."""
    assert _run(Progress(0), HOUR, cpu_s=0.03, waited_s=0.97) == ""


def test_where_the_kernel_does_not_count_waiting_a_part_of_a_processor_is_progress() -> None:
    assert _run(Progress(0), 1000, cpu_s=0.2) == ""


def test_what_does_nothing_is_given_up_with_what_it_did_not_do() -> None:
    verdict = _run(Progress(0), 2 * int(QUIET_S), cpu_s=0.02, waited_s=0.01)
    assert verdict == f"{QUIET_S + 2:.0f}: did not answer, and did nothing for {QUIET_S + 2:.0f} s"


def test_what_burns_cpu_time_without_a_line_is_given_up_by_its_cpu_time_whatever_the_clock_says() -> None:
    for share in (0.01, 1.0):
        verdict = _run(Progress(0), 100 * HOUR, cpu_s=share, waited_s=1 - share)
        at = int(verdict.partition(":")[0])
        assert at * share == pytest.approx(BUSY_CPU_S, abs=3)
        assert "s of CPU time without a line in its log" in verdict


def test_what_goes_round_in_circles_and_writes_of_it_ends_too() -> None:
    verdict = _run(Progress(0), HOUR, cpu_s=1.0, log_bytes=100)
    assert int(verdict.partition(":")[0]) == pytest.approx(MAX_CPU_S, abs=3)


def test_a_line_begins_the_count_anew() -> None:
    judge = Progress(0)
    judge.record(Sample(log_bytes=1), 0)
    judge.record(Sample(log_bytes=2), QUIET_S - 1)
    assert judge.stuck(2 * QUIET_S - 2) == ""
    assert judge.stuck(2 * QUIET_S) != ""


def test_a_port_that_opens_is_progress_once() -> None:
    judge = Progress(0)
    for at in (0.0, 100.0, 150.0):
        judge.record(Sample(port_open=at > 0), at)
    assert judge.doing(101) == "port is open"
    assert judge.stuck(100 + QUIET_S) == ""
    assert judge.stuck(101 + QUIET_S) != ""


def test_the_log_of_the_start_before_is_no_progress_of_this_one() -> None:
    judge = Progress(0)
    for at in (0.0, QUIET_S, QUIET_S + 1):
        judge.record(Sample(log_bytes=10_000), at)
    assert judge.stuck(QUIET_S + 1) != ""


def test_patience_grows_with_every_start_that_was_given_up() -> None:
    assert [patience(n) for n in range(6)] == [1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    assert _run(Progress(0, patience(2)), int(4 * QUIET_S)) == ""
    assert _run(Progress(0, patience(2)), int(4 * QUIET_S) + 10) != ""


@pytest.mark.parametrize(
    ("each", "seconds", "words"),
    [
        ({}, 2, "begins"),
        ({"log_bytes": 5.0}, 60, "log grows"),
        ({"cpu_s": 0.5}, 60, "at work"),
        ({"waited_s": 1.0}, 60, "at work"),
        ({}, 60, "nothing happens"),
    ],
)
def test_what_it_does_is_said_in_a_few_words(each: dict[str, float], seconds: int, words: str) -> None:
    judge = Progress(0)
    _run(judge, seconds, **each)
    assert judge.doing(seconds) == words


def test_a_meter_adds_up_cpu_time_of_a_process_and_its_children_and_bytes_of_logs(tmp_path: Path) -> None:
    script = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'while True: pass'])"
    log = tmp_path / "log"
    meter = Meter([log])
    with subprocess.Popen([sys.executable, "-c", script], start_new_session=True) as process:
        until(lambda: meter.sample(process_tree(process.pid)).cpu_s > 0.5, what="half a second of CPU time")
        until(lambda: len(process_tree(process.pid)) == 2)
        log.write_text("four")
        last = meter.sample(process_tree(process.pid))
        os.killpg(process.pid, 9)
    assert last.log_bytes == 4
    assert last.waited_s >= 0
    assert meter.sample(()).cpu_s == last.cpu_s, "what was used stays used"
    assert not last.port_open
