"""Compare the output of two checkouts, byte for byte: `python -m tests.benchmarks.parity BEFORE AFTER FEED...`.

Each checkout runs its own intake, resolve and release in its own process, with all bundled agreements and a fixed
`now`. Every record of every topic, the assignments, and the newest bytes of every view of every audience are compared.
The exit code is 1 when anything differs. `--golden REASON` rewrites the digest that the test checks.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from deploy.run.demo import BUNDLED_FEED
from tests.benchmarks import stages_digest

GOLDEN = Path(__file__).parent / "golden" / "parity.txt"
GOLDEN_LINES = 1_200
"""Lines of the bundled feed that the golden digest covers."""
SHOWN = 5


def golden_digest() -> str:
    """Return the digest over the assignments and all views after the first lines of the bundled feed."""
    every = stages_digest.digests(stages_digest.current_roles(), BUNDLED_FEED, GOLDEN_LINES)
    kept = {name: every[name] for name in ("assignments", "views")}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def _started(checkout: Path, feed: Path, count: int) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "PYTHONPATH": str(checkout), "PYTHONHASHSEED": "0"}
    own = checkout / "tests" / "benchmarks" / "stages_digest.py"
    # -P: the modules beside the script must not shadow those of the standard library.
    script = ["-m", "tests.benchmarks.stages_digest"] if own.exists() else ["-P", stages_digest.__file__]
    command = [sys.executable, *script, str(feed), str(count), *(() if own.exists() else ("former",))]
    return subprocess.Popen(command, cwd=checkout, env=environment, stdout=subprocess.PIPE)


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return one line for each difference between the digests of two checkouts."""
    lines = [] if before["assignments"] == after["assignments"] else ["assignments differ"]
    for name in ("topics", "views"):
        left, right = before[name], after[name]
        lines += [
            f"{name}: {key} differs" for key in sorted(left.keys() | right.keys()) if left.get(key) != right.get(key)
        ]
    return lines


def compare(before: Path, after: Path, feed: Path, count: int) -> bool:
    """Run a feed in both checkouts, one after the other, and print the differences; return whether there are none."""
    began, digests = time.monotonic(), []
    for checkout in (before, after):
        process = _started(checkout, feed, count)
        out, _ = process.communicate()
        if process.returncode:
            sys.exit(f"{checkout}: the stages failed on {feed.name}")
        digests.append(json.loads(out))
    lines = differences(*digests)
    views, audiences = digests[0]["views"], {key.split("/")[0] for key in digests[0]["views"]}
    compared = f"{len(views):,} views of {len(audiences)} audiences, {len(digests[0]['topics'])} topics"
    result = f"{len(lines)} differences" if lines else "identical, byte for byte"
    print(f"{feed.name}: {compared}: {result}; {time.monotonic() - began:.0f} s", flush=True)
    for line in lines[:SHOWN]:
        print(f"    {line}")
    return not lines


def main(given: argparse.Namespace) -> int:
    """Write the golden digest, or compare; return the exit code."""
    if given.golden:
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(f"{golden_digest()}\n{given.golden}\n")
        return 0
    if given.before is None or given.after is None:
        sys.exit("give two checkouts")
    before, after = (Path(one).resolve() for one in (given.before, given.after))
    same = [compare(before, after, feed.resolve(), given.lines) for feed in [BUNDLED_FEED, *given.feeds]]
    return 0 if all(same) else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("before", nargs="?", help="a checkout")
    parser.add_argument("after", nargs="?", help="a checkout")
    parser.add_argument("feeds", nargs="*", type=Path, help="plain feeds beside the bundled one")
    parser.add_argument("--lines", type=int, default=0, help="of each feed; 0: all")
    parser.add_argument("--golden", metavar="REASON", help="rewrite the golden digest")
    sys.exit(main(parser.parse_args()))
