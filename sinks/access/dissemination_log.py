"""The dissemination log: who was shown what, for which purpose, when; a hash chain in which no change goes unseen.

Pure. A line is written before its answer is shown: no log, no answer (28 CFR 23.20(f)). Each line has the digest of
the line before, which anybody can recompute, and a MAC with a key that moves on with each line: the key of a line is
the hash of the key before, which is erased. Whoever takes over a home can therefore forge the lines that follow, never
those already written. An auditor holds the first key and computes all others from it. Source of keys that move on:
B. Schneier and J. Kelsey, Secure Audit Logs to Support Computer Forensics, ACM TISSEC 2, 1999.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, cast

import orjson

from schemas.errors import Configuration
from schemas.records.audit import Anchor, Dissemination
from schemas.topics import DISSEMINATION

CHAINED = ("number", "previous", "digest", "mac")
NEW_KEY = "new_dissemination_key"
"""In `asked` of the line with which a new key begins."""
ANCHORED_LINES = 1_000
MOST_STEPS = 10_000_000
"""No log reaches a number so far from that of its key: computing that key would never end."""
DAY_MS = 86_400_000
KEPT_MS = (DISSEMINATION.retention_days or 0) * DAY_MS
"""How long the topic keeps a line."""
_NEXT = b"interagency dissemination log, next key\x00"
_NONE = Anchor(number=0, digest="", at=0)


class Log(Protocol):
    """Where lines are appended; a port."""

    async def append(self, fields: Mapping[str, Any]) -> None:
        """Write the next line, and return when it is stored. Raises: Transient, LogCut."""
        ...

    async def stop(self) -> None:
        """Close the connections."""
        ...


class LogCut(Configuration):
    """The log does not end where the key of this home says: lines were cut, or the key file was set back."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"nothing is shown: {what}. Look with `interagency dissemination verify`, tell the auditor, then go on "
            "with `interagency init --new-dissemination-key`"
        )


@dataclass(frozen=True, slots=True)
class KeyState:
    """What a home keeps: the key of line `number`, the line before, and for which line the first key was made.

    `given_at` is when the first key was shown, UTC milliseconds; 0: never.
    """

    number: int
    key: bytes = field(repr=False)
    first: int
    given_at: int
    last: Anchor


def next_key(key: bytes) -> bytes:
    """Return the key of the line after the one of `key`; there is no way back."""
    return hashlib.sha256(_NEXT + key).digest()


def key_after(key: bytes, steps: int) -> bytes | None:
    """Return the key that follows `key` by this number of lines; None where that is negative or over MOST_STEPS."""
    if not 0 <= steps <= MOST_STEPS:
        return None
    for _ in range(steps):
        key = next_key(key)
    return key


def _canonical(line: Mapping[str, Any], without: tuple[str, ...]) -> bytes:
    fields = {name: value for name, value in line.items() if name not in without}
    return orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)


def digest_of(line: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a line, hexadecimal: of what it says and of its place, not of its MAC."""
    return hashlib.sha256(_canonical(line, ("digest", "mac"))).hexdigest()


def mac_of(line: Mapping[str, Any], key: bytes) -> str:
    """Return the MAC of a line under its key, hexadecimal."""
    return hmac.new(key, _canonical(line, ("mac",)), hashlib.sha256).hexdigest()


def signed_with(line: Dissemination, key: bytes) -> bool:
    """Return whether the MAC of a line was made with `key`."""
    return hmac.compare_digest(line["mac"].encode(), mac_of(line, key).encode())


def next_line(fields: Mapping[str, Any], before: Anchor | None, key: bytes | None = None) -> Dissemination:
    """Return the next line of the chain; `fields` are all but `CHAINED`, `before` is the last line."""
    place = (before["number"] + 1, before["digest"]) if before else (1, "")
    line = {**fields, "number": place[0], "previous": place[1]}
    line["digest"] = digest_of(line)
    return cast(Dissemination, {**line, "mac": mac_of(line, key) if key else ""})


def anchor(line: Anchor) -> Anchor:
    """Return what identifies a line."""
    return Anchor(number=line["number"], digest=line["digest"], at=line["at"])


def anchor_text(line: Anchor) -> str:
    """Return what identifies a line as people note it: NUMBER:DIGEST."""
    return f"{line['number']}:{line['digest']}"


def gets_anchor(before: Anchor | None, line: Anchor) -> bool:
    """Return whether a line gets an anchor: each 1,000th, and the first of a UTC day."""
    new_day = before is None or before["at"] // DAY_MS != line["at"] // DAY_MS
    return new_day or line["number"] % ANCHORED_LINES == 0


def initial_state(key: bytes, before: Anchor | None, given_at: int) -> KeyState:
    """Return the state of a home whose key begins with the line after `before`; `given_at` in UTC milliseconds."""
    last = anchor(before) if before else _NONE
    return KeyState(last["number"] + 1, key, last["number"] + 1, given_at, last)


def next_state(state: KeyState, line: Anchor) -> KeyState:
    """Return the state once `line` is written: its key is gone."""
    return replace(state, number=line["number"] + 1, key=next_key(state.key), last=anchor(line))


def is_unfinished(state: KeyState, last: Dissemination | None) -> bool:
    """Return whether the last line was sent and its writer ended before the key moved on. Raises: LogCut."""
    if last is None or last["number"] != state.number:
        return False
    if not signed_with(last, state.key):
        raise LogCut(f"line {last['number']:,} of the dissemination log was not written with the key of this home")
    return True


def check_end(state: KeyState, last: Dissemination | None, kept_ms: int, now: int) -> None:
    """Check that the log ends with the line before that of the key; all lines may have gone by retention.

    `kept_ms` is the topic's retention, milliseconds, `now` UTC milliseconds. Raises: LogCut.
    """
    if last is None:
        if state.last["number"] and state.last["at"] + kept_ms > now:
            raise LogCut(f"the dissemination log is empty, and line {state.last['number']:,} was written")
        return
    if last["number"] != state.last["number"]:
        ends, written = f"{last['number']:,}", f"{state.last['number']:,}"
        raise LogCut(f"the dissemination log ends with line {ends}, and the key of this home follows line {written}")
    if last["digest"] != state.last["digest"]:
        raise LogCut(f"line {last['number']:,} of the dissemination log is not the one that this home wrote")
