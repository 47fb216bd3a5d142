"""Random kills under load: `python -m tests.systemtest.chaos --minutes 5 [--seed N]`.

Workers are killed (-9), stopped past their session and continued, at random, while reports are published, persons say
words on them, and hold, seal, purge and lift. At the end the accounting must add up for every agency and the index must
be what the pure stages make of the published records, the words and the orders: purged reports are nowhere, sealed ones
for internal alone, and held ones that were not purged before are there.
Ends 1 and says what differs when it is not.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from deploy.embedded.lifecycle import erase, owned
from deploy.provision.init import init
from deploy.run.workers import STAGES, Workers
from schemas.agreements.report_orders import ORDER_KINDS, ReportOrderRegister, order_key, report_order
from schemas.identity import INTERNAL
from schemas.records import codec
from schemas.records.order import Adjudication
from schemas.runtime.clock import now_ms
from schemas.runtime.settings import Settings
from schemas.runtime.telemetry import configure_logging
from schemas.topics import PURGES
from sinks.review.adjudication import Verdict, record_of
from tests.systemtest import oracle
from tests.systemtest.forked import Commands
from tests.systemtest.oracle import Documents
from tests.systemtest.orders import write
from tests.systemtest.pipeline import Pipeline
from tests.systemtest.scene import feed

WORDS_EACH = 5
ORDERS_EACH = 12
ORDERED_OF = 40
"""So many reports of each feed get orders: several each."""
PAUSED_S = 14.0
"""Past the session of 10 s, so that another worker would have the partitions."""


def disturb(workers: Workers, seeded: random.Random) -> str:
    """Do one thing to one worker."""
    worker = seeded.choice(workers._workers)
    if worker.process.poll() is not None:
        return "was dead"
    if seeded.random() < 0.8:
        os.kill(worker.process.pid, signal.SIGKILL)
        return f"kill -9 {worker.stage}"
    os.kill(worker.process.pid, signal.SIGSTOP)
    time.sleep(PAUSED_S)
    os.kill(worker.process.pid, signal.SIGCONT)
    return f"paused {worker.stage}"


def say(kafka: str, lines: list[bytes], seeded: random.Random) -> None:
    """Say any word on any two reports, whether they have come or not."""
    told = [json.loads(line) for line in seeded.sample(lines, 2)]
    left, right = sorted(f"{one['agency']}:{one['source_id']}" for one in told)
    verdict: Verdict = seeded.choice(("SAME", "NOT_SAME", "NOT_SAME", "WITHDRAWN"))
    by = {"by": "local-operator", "audience": INTERNAL, "why": "chaos", "at": now_ms()}
    if left != right:
        word = cast(Adjudication, {"left": left, "right": right, "verdict": verdict, **by})
        write(kafka, *record_of(word))


def order(kafka: str, lines: list[bytes], seeded: random.Random) -> str:
    """Order anything of any report, or lift it, as somebody does who read long ago what is ordered of it."""
    told = json.loads(seeded.choice(lines[:ORDERED_OF]))
    (kind,) = seeded.choices(ORDER_KINDS, (4, 2, 1))
    ordered = kind == "PURGE" or seeded.random() < 0.6
    at, report_id = now_ms(), f"{told['agency']}:{told['source_id']}"
    made = report_order(kind, report_id, "local-operator", "chaos", at, ordered)
    write(kafka, PURGES.name, order_key(made), codec.encode("report_order", made), at)
    return f"{'ordered' if ordered else 'lifted'} {kind}"


def misplaced(custody: ReportOrderRegister, prefix: str, found: Documents) -> list[str]:
    """Return the reports of which something is ordered that are found where they may not be, or not where they must."""
    seen = {audience: reports(one) for audience, one in found.items()}
    ordered = {one["report_id"] for one in custody if one["report_id"].startswith(f"{prefix}_")}
    wrong = []
    for name in sorted(ordered):
        audiences = {audience for audience, names in seen.items() if name in names}
        allowed = set() if name in custody.purged else {"internal"} if name in custody.sealed else set(seen)
        needed = set() if name in custody.purged else {"internal"}
        if not needed <= audiences <= allowed:
            wrong.append(name)
    return wrong


def reports(documents: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Return the reports that are in these documents."""
    return {name for one in documents.values() for name in one["report_ids"]}


def chaos(minutes: float, seed: int) -> int:
    """Run the chaos; gives the exit code."""
    home = Path(tempfile.mkdtemp(prefix="interagency-chaos-"))
    home.chmod(0o711)
    settings, seeded = Settings(home=home), random.Random(seed)
    os.environ["INTERAGENCY_HOME"] = str(home)
    done = {"published": 0}
    try:
        with owned(settings) as services, Commands() as commands:
            init(settings, services, asyncio.run)
            pipeline = Pipeline(settings, services, commands)
            deadline, number = time.monotonic() + minutes * 60, 0
            # Two workers of each stage: partitions move between them at every disturbance.
            with Workers([*STAGES, *STAGES], settings, home / "logs") as workers:
                while time.monotonic() < deadline:
                    lines = feed(f"r{number % 20:02}", 500)[(number // 20) % 5 * 100 :]
                    for _ in range(WORDS_EACH):
                        say(services.kafka, lines, seeded)
                    for what in (order(services.kafka, lines, seeded) for _ in range(ORDERS_EACH)):
                        done[what] = done.get(what, 0) + 1
                    done["published"] += pipeline.publish(lines)["acknowledged"]
                    what = disturb(workers, seeded)
                    done[what] = done.get(what, 0) + 1
                    workers.check()
                    number += 1
                    time.sleep(seeded.random() * 2)
            pipeline.run()
            accounting = pipeline.accounting()
            sent = [f"r{n:02}" for n in range(min(number, 20))]
            custody, found = oracle.custody(services.kafka), {prefix: pipeline.index(prefix) for prefix in sent}
            unequal = [prefix for prefix in sent if found[prefix] != pipeline.expected(prefix)]
            unequal += [name for prefix in sent for name in misplaced(custody, prefix, found[prefix])]
            # Every purge that stands took effect: all of these reports came.
            unequal += sorted(custody.purged ^ custody.final)
            print(f"seed {seed}: {done}\n{accounting.as_json()['total']}\nunequal {unequal}")
            wrong = any(row.difference for row in accounting.agencies.values()) or accounting.total.rejected
            return 1 if unequal or wrong else 0
    finally:
        erase(settings)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    configure_logging("chaos", level="warning")
    sys.exit(chaos(given.minutes, given.seed))
