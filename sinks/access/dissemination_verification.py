"""What `dissemination verify` reads and says: the log, its anchors, what this home wrote last, what an auditor gave."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.errors import Rejected
from schemas.topics import DISSEMINATION_ANCHORS
from sinks.access.audit_records import anchors, dissemination_records
from sinks.access.dissemination_chain import (
    Finding,
    findings,
    known_anchors,
    new_keys,
    parse_anchor,
    signed_lines,
    unreadable,
)
from sinks.access.dissemination_key import read_key
from sinks.access.dissemination_log import KEPT_MS, anchor_text
from sinks.access.session import AccessSession

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
            "findings": [finding._asdict() for finding in self.findings],
            "checked_with_key": self.signed,
            "checked_anchors": self.anchors,
            "new_keys_at": list(self.new_keys),
            "anchor": self.newest,
        }

    def lines(self) -> list[str]:
        """Return it for people."""
        lines = [f"line {finding.line:,} {finding.what}" for finding in self.findings[:MOST_SHOWN]]
        if len(self.findings) > MOST_SHOWN:
            lines.append(f"and {len(self.findings) - MOST_SHOWN:,} other findings: --json lists all")
        lines += [f"line {number:,} begins another key: ask who made it, and why" for number in self.new_keys]
        checked = f"{self.signed:,} of them checked with a key, all against {self.anchors:,} anchors"
        state = "" if self.findings else ", none changed or missing"
        return [*lines, f"{self.total:,} lines{state}; {checked}", *([f"anchor {self.newest}"] if self.newest else [])]


async def verify_log(session: AccessSession, keys: Mapping[int, bytes], given: Sequence[str]) -> CheckedLog:
    """Check the log by keys (line number -> key) and the anchors given, NUMBER:DIGEST.

    Raises: Transient, Configuration; ValueError for a malformed anchor.
    """
    # Before the log: what is written meanwhile is no line that is missing.
    home = read_key(session.settings.home)
    kept = known_anchors(await anchors(session.topics), f"the topic {DISSEMINATION_ANCHORS.name}")
    expected = [*map(parse_anchor, given), *kept]
    if home is not None and home.last["number"]:
        expected += known_anchors([home.last], "the key file of this home")
    records = await dissemination_records(session.topics)
    lines = [record for record in records if not isinstance(record, Rejected)]
    newest = anchor_text(lines[-1]) if lines else ""
    wrong = [*unreadable(records), *findings(lines, keys, expected, KEPT_MS, session.now())]
    return CheckedLog(len(lines), signed_lines(lines, keys), len(expected), new_keys(lines), newest, wrong)
