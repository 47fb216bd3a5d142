"""Random histories through all stages, looked at for traces: `python -m tests.fuzz.traces --worlds 2000 [--seed N]`.

So many histories with and without the reports that are hidden from an audience, and half as many with and without what
is withheld in the fields: all that the audience gets is the same. Ends 1 and says the seeds in which it is otherwise.
"""

import argparse
import sys
import time

from schemas.runtime.telemetry import configure_logging
from tests.streams.traces import Property, of_fields, of_reports


def look(name: str, found_in: Property, seeds: range) -> int:
    """Look at the histories of these seeds; gives in how many of them there is a trace."""
    began, comparisons, traced = time.process_time(), 0, 0
    for number, seed in enumerate(seeds, 1):
        found = found_in(seed)
        comparisons += found.comparisons
        if found.traces:
            traced += 1
            print(f"\n{name}, seed {seed}: {len(found.traces)} traces, the first: {found.traces[0]}")
        told = f"{number:,} worlds, {comparisons:,} comparisons, {traced} with a trace"
        print(f"\r{name}: {told}, {time.process_time() - began:,.0f} s of CPU", end="", flush=True)
    print()
    return traced


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--of", choices=("reports", "fields", "both"), default="both")
    given = parser.parse_args()
    configure_logging("traces", level="critical")
    traced_ = 0
    if given.of != "fields":
        traced_ += look("reports", of_reports, range(given.seed, given.seed + given.worlds))
    if given.of != "reports":
        halved = given.worlds if given.of == "fields" else given.worlds // 2
        traced_ += look("fields", of_fields, range(given.seed, given.seed + halved))
    sys.exit(bool(traced_))
