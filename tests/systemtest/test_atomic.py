"""A change of several incidents is whole or not there, wherever in its transaction the worker is killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from subprocess import PIPE
from typing import Any

import pytest

from schemas.topics import INCIDENTS, RELEASED_INCIDENTS
from tests.systemtest import oracle
from tests.systemtest.committed import Committed, bury
from tests.systemtest.pipeline import Pipeline, adds_up
from tests.systemtest.scene import Scene

pytestmark = pytest.mark.services

SCENE = Scene("atomic")
BRIDGE = 10 / 60
"""Hours between each of two reports that do not match and a third that matches both."""
STANDING = [
    SCENE.report("a:merge", 1),
    SCENE.report("b:merge", 3),
    SCENE.report("a:split", 5),
    SCENE.report("b:split", 5),
    SCENE.report("a:three", 7),
    SCENE.report("b:three", 9),
    SCENE.report("c:three", 11),
    SCENE.report("a:bridge", 13),
    SCENE.report("b:bridge", 13 + 2 * BRIDGE, lat=32.6745),
]
CHANGE = [
    SCENE.report("b:merge", 1, version=2),
    SCENE.report("b:split", 15, version=2),
    SCENE.report("b:three", 7, version=2),
    SCENE.report("c:three", 7, version=2),
    SCENE.report("c:bridge", 13 + BRIDGE, lat=32.6722),
]


@contextmanager
def dying(pipeline: Pipeline, stage: str) -> Iterator[Callable[[], int]]:
    """Workers that die one step later at each call, which gives how they ended."""
    command = [sys.executable, "-m", "tests.systemtest.faulty", stage, "kills"]
    with pipeline.log.open("ab") as log:
        process = subprocess.Popen(
            command, stdin=PIPE, stdout=PIPE, stderr=log, env=pipeline.environment, start_new_session=True
        )
    assert process.stdin is not None
    assert process.stdout is not None
    told, asked = process.stdout, process.stdin

    def die() -> int:
        asked.write(b"\n")
        asked.flush()
        return int(told.readline())

    try:
        yield die
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def killed_at_every_step(pipeline: Pipeline, stage: str, look: Callable[[], Any], before: Any, after: Any) -> int:
    """Kill a worker after one step more each time, until the change is there; gives the number of steps."""
    with dying(pipeline, stage) as die:
        for step in count(1):
            assert die() == -signal.SIGKILL
            bury(pipeline.services.kafka, stage)
            found = look()
            if found == after:
                return step
            assert found == before, f"{stage}: half of the change is there after step {step}"
    raise AssertionError


def test_kill_9_between_any_two_records_of_merges_and_splits_leaves_them_whole_or_not_there(
    pipeline: Pipeline,
) -> None:
    """A merge, a split, a merge of three and a report that joins two, all in one batch of resolve and of release."""
    services, kafka = pipeline.services, pipeline.services.kafka
    incidents, released = Committed(kafka, INCIDENTS.name), Committed(kafka, RELEASED_INCIDENTS.name)
    pipeline.publish(STANDING)
    pipeline.work_off()
    pipeline.rest()
    before = oracle.incidents(services, "atomic"), pipeline.expected("atomic")
    pipeline.publish(CHANGE)
    pipeline.run("intake")
    after = oracle.incidents(services, "atomic"), pipeline.expected("atomic")
    assert [len(one) for one in (before[0], after[0])] == [8, 5]

    resolving = killed_at_every_step(
        pipeline, "resolve", lambda: oracle.living(incidents.values()), before[0], after[0]
    )
    releasing = killed_at_every_step(pipeline, "release", lambda: oracle.views(released.values()), before[1], after[1])
    pipeline.work_off()

    print(f"killed at {resolving} steps of resolve and {releasing} of release")
    assert resolving > 15
    assert releasing > 15
    assert pipeline.index("atomic") == pipeline.expected("atomic") == oracle.views(released.values())
    adds_up(pipeline, "atomic", len(STANDING) + len(CHANGE))
