"""Measure how soon dispatchers get notice of a link: `make notices`, on services of its own.

Two agencies of one agreement report the same incidents, one pair after the other, while all workers run. Seconds from
publication of the later report (Kafka's CreateTime) to the notice of each of the two.
"""

import argparse
import json
import os
import time
from functools import partial
from statistics import quantiles
from typing import Any

from deploy.run.run import wait_until_ready
from deploy.run.workers import STAGES, Workers
from schemas.records.audit import Notice
from schemas.runtime.telemetry import configure_logging
from schemas.topics import agency_of
from sinks.access.audit_records import notices
from sinks.access.session import AccessSession
from sinks.cli.session import run
from tests.systemtest import oracle
from tests.systemtest.pipeline import Pipeline, started
from tests.systemtest.scene import Scene

AGENCIES = ("calexico_pd", "usbp_elc")
"""Both in `cit`, which tells of joined homicides."""
BETWEEN_S = 0.5


def lines(number: int) -> list[bytes]:
    """Both agencies' reports of one homicide, an hour after the one before."""
    crime: dict[str, Any] = {"type_code": "187", "type_text": "HOMICIDE", "handling": {"level": "GREEN"}}
    told = [json.loads(Scene("notices").report(f"x:{number}", number, **crime)) for _ in AGENCIES]
    return [json.dumps({**one, "agency": agency}).encode() for one, agency in zip(told, AGENCIES, strict=True)]


async def _received(session: AccessSession, agency: str) -> list[Notice]:
    return await notices(session.topics, agency)


def seconds(pipeline: Pipeline) -> list[float]:
    """Seconds from the later report of each pair to the notices of it."""
    later: dict[str, int] = {}
    for record in oracle.of_topics(pipeline.services.kafka, lambda topic: agency_of(topic) in AGENCIES):
        number = (record.key or b"").decode()
        later[number] = max(later.get(number, 0), record.timestamp)
    told = [one for agency in AGENCIES for one in run(partial(_received, agency=agency))]
    return [(one["at"] - later[one["report_id"].partition(":")[2]]) / 1000 for one in told]


def measure(pairs: int) -> None:
    """Publish pairs, and print how soon their notices came."""
    with started("interagency-bench-") as pipeline:
        home = pipeline.settings.home
        os.environ["INTERAGENCY_HOME"] = str(home)
        with Workers(STAGES, pipeline.settings, home / "logs") as workers:
            wait_until_ready(workers, pipeline.settings)
            for number in range(pairs):
                for line in lines(number):
                    pipeline.publish([line])
                time.sleep(BETWEEN_S)
            pipeline.settle()
            found = sorted(seconds(pipeline))
        cut = quantiles(found, n=100)
        print(f"{pairs} pairs, {len(found)} notices: p50 {cut[49]:.2f} s, p99 {cut[98]:.2f} s, last {found[-1]:.2f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=40)
    configure_logging("bench", level="warning")
    measure(parser.parse_args().pairs)
