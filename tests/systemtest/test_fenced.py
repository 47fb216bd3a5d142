"""A worker that was taken for dead and comes back changes nothing that its successor wrote."""

import signal
from collections.abc import Sequence
from contextlib import ExitStack

import psutil  # type: ignore[import-untyped]
import pytest

from deploy.run.workers import STAGES
from schemas.topics import INCIDENTS, RELEASED_INCIDENTS
from tests.patience import until
from tests.systemtest import oracle
from tests.systemtest.committed import Committed, bury
from tests.systemtest.pipeline import Pipeline, adds_up
from tests.systemtest.scene import Scene

pytestmark = pytest.mark.services


def states(scene: Scene) -> list[list[bytes]]:
    """Four states of the world, from each to the next a merge and a split.

    In the third, a:1 is alone as in the first: who goes there at once does not write it, and nothing but the fence
    keeps out what was written of it on the way.
    """
    return [
        [scene.report(f"a:{hour}", hour) for hour in (1, 3, 5, 7)]
        + [scene.report("b:1", 3), scene.report("b:5", 5), scene.report("c:7", 9)],
        [scene.report("b:1", 1, 2), scene.report("b:5", 11, 2)],
        [scene.report("b:1", 13, 3), scene.report("b:5", 5, 3)],
        [scene.report("c:7", 7, 2), scene.report("c:3", 3)],
    ]


def fenced(pipeline: Pipeline, pid: int) -> bool:
    """Tell whether a worker noticed that it is fenced."""
    log = pipeline.log.read_text().splitlines()
    return any("partition_fenced" in line and f'"pid":{pid}' in line for line in log)


@pytest.mark.parametrize("stage", ["resolve", "release"])
def test_a_worker_that_was_stopped_within_a_transaction_past_its_session_leaves_nothing_stale(
    pipeline: Pipeline, stage: str
) -> None:
    """It wakes up before the commit of an older state of the reports, when its successor has written a newer one."""
    scene = Scene(f"zombie_{stage}")
    standing, change, newer, last = states(scene)
    kafka, prefix = pipeline.services.kafka, scene.prefix
    incidents, released = Committed(kafka, INCIDENTS.name), Committed(kafka, RELEASED_INCIDENTS.name)
    before = STAGES[: STAGES.index(stage)]

    def come(lines: list[bytes], also: Sequence[str] = ()) -> None:
        pipeline.publish(lines)
        pipeline.settle([*before, *also])

    pipeline.publish(standing)
    pipeline.work_off()
    pipeline.rest()
    with ExitStack() as workers:
        for each in before:
            workers.enter_context(pipeline.worker("-m", "streams", each))
        come(change)
        asleep = workers.enter_context(pipeline.worker("-m", "tests.systemtest.faulty", stage, "stop"))
        until(lambda: psutil.Process(asleep.pid).status() == psutil.STATUS_STOPPED, what="it is stopped")
        come(newer)
        workers.enter_context(pipeline.worker("-m", "streams", stage))
        pipeline.settle([stage])
        asleep.send_signal(signal.SIGCONT)
        until(lambda: fenced(pipeline, asleep.pid), what="it notices that it is fenced")
        come(last, also=[stage])
    bury(kafka, *before, stage)
    pipeline.work_off()

    assert oracle.living(incidents.values()) == oracle.incidents(pipeline.services, prefix)
    assert pipeline.index(prefix) == pipeline.expected(prefix) == oracle.views(released.values())
    adds_up(pipeline, prefix, sum(map(len, (standing, change, newer, last))))
