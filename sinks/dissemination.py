"""The dissemination log: who was shown what, for which purpose, when; a chain in which no line can be changed unseen.

Pure. A line is written before its answer is given: no log, no answer (28 CFR 23.20(f)).
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, cast

import orjson

from schemas.audited import Dissemination

CHAINED = ("number", "previous", "digest")


class Log(Protocol):
    """Where lines are appended."""

    async def append(self, said: Mapping[str, Any]) -> None:
        """Write the next line, and return when it is safe. Raises: Transient."""
        ...

    async def stop(self) -> None:
        """Let go of the connections."""
        ...


def _digest(line: Mapping[str, Any]) -> str:
    told = {name: value for name, value in line.items() if name != "digest"}
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()


def linked(said: Mapping[str, Any], before: Dissemination | None) -> Dissemination:
    """Make the next line of the chain of what is said: all fields but `CHAINED`; `before` is the last line."""
    place = (before["number"] + 1, before["digest"]) if before else (1, "")
    line = {**said, "number": place[0], "previous": place[1]}
    return cast(Dissemination, {**line, "digest": _digest(line)})


def broken(lines: Iterable[Dissemination]) -> int | None:
    """Give the number of the first line that was changed, or before which one is missing; None where the chain holds.

    The first line given is taken as it is: what stood before it may have reached the end of its retention.
    """
    before: Dissemination | None = None
    for line in lines:
        follows = before is None or (line["number"], line["previous"]) == (before["number"] + 1, before["digest"])
        if not follows or line["digest"] != _digest(line):
            return line["number"]
        before = line
    return None
