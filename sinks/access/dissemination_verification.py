"""What `dissemination verify` reads and says: the log, its anchors, what this home wrote last, what an auditor gave."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.errors import Rejected
from schemas.runtime.clock import now_ms
from schemas.runtime.settings import Settings
from schemas.topics import DISSEMINATION_ANCHORS
from sinks.access.dissemination_chain import (
    Finding,
    findings,
    held,
    new_keys,
    parse_anchor,
    signed_lines,
    unreadable,
)
from sinks.access.dissemination_key import read_key
from sinks.access.dissemination_log import KEPT_MS, anchor_text
from sinks.access.past import anchored, disclosed_records

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class CheckedLog:
    """What was checked, and what is wrong; `newest` is NUMBER:DIGEST of the last line, '' of an empty log."""

    total: int
    signed: int
    anchors: int
    new_keys: Sequence[int]
    newest: str
    findings: Sequence[Finding]

    def as_json(self) -> dict[str, Any]:
        """Return it for `--json`."""
        return {
            "lines": self.total,
            "broken_at": self.findings[0].line if self.findings else None,
            "findings": [one._asdict() for one in self.findings],
            "checked_with_key": self.signed,
            "checked_anchors": self.anchors,
            "new_keys_at": list(self.new_keys),
            "anchor": self.newest,
        }

    def lines(self) -> list[str]:
        """Return it for people."""
        told = [f"line {one.line:,} {one.what}" for one in self.findings[:MOST_SHOWN]]
        if len(self.findings) > MOST_SHOWN:
            told.append(f"and {len(self.findings) - MOST_SHOWN:,} other findings: --json lists all")
        told += [f"line {number:,} begins another key: ask who made it, and why" for number in self.new_keys]
        checked = f"{self.signed:,} of them checked with a key, all against {self.anchors:,} anchors"
        state = "" if self.findings else ", none changed or missing"
        return [*told, f"{self.total:,} lines{state}; {checked}", *([f"anchor {self.newest}"] if self.newest else [])]


def checked_log(keys: Mapping[int, bytes], given: Sequence[str]) -> CheckedLog:
    """Check the log by keys (line -> key) and the anchors given, NUMBER:DIGEST. Raises: Transient, Configuration."""
    # Before the log: what is written meanwhile is no line that is missing.
    home = read_key(Settings().home)
    anchors = [*map(parse_anchor, given), *held(anchored(), f"the topic {DISSEMINATION_ANCHORS.name}")]
    if home is not None and home.last["number"]:
        anchors += held([home.last], "the key file of this home")
    records = disclosed_records()
    lines = [one for one in records if not isinstance(one, Rejected)]
    newest = anchor_text(lines[-1]) if lines else ""
    found = [*unreadable(records), *findings(lines, keys, anchors, KEPT_MS, now_ms())]
    return CheckedLog(len(lines), signed_lines(lines, keys), len(anchors), new_keys(lines), newest, found)
