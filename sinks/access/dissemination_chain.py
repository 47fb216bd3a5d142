"""Verifying the dissemination log: its chain, its MACs by the auditor's keys, and the anchors that are held elsewhere.

Pure. Each finding names a line and says what is wrong with it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import orjson

from schemas.errors import Rejected
from schemas.records.audit import Anchor, Dissemination
from sinks.access.dissemination_log import DAY_MS, NEW_KEY, digest_of, key_after, signed_with

_KEY = re.compile(r"\b([1-9][0-9]{0,17})-([0-9a-f]{64})\b")
_ANCHOR = re.compile(r"([1-9][0-9]{0,17}):([0-9a-f]{64})")
_SEGMENT_DAYS = 31
"""Kafka drops segments, not lines: the first line left may be younger than the retention by the pause before it. A log
to which nobody wrote for longer is reported as cut, which somebody then has to explain."""


class Finding(NamedTuple):
    """What is wrong with one line."""

    line: int
    what: str


class KnownAnchor(NamedTuple):
    """An anchor, and who holds it; `at`, UTC milliseconds, is None where that is not known."""

    number: int
    digest: str
    source: str
    at: int | None = None


def parse_keys(text: str) -> dict[int, bytes]:
    """Return line number -> key for each NUMBER-HEX in what `init` printed.

    Raises: ValueError where there is none; it does not repeat the text.
    """
    keys = {int(number): bytes.fromhex(digits) for number, digits in _KEY.findall(text)}
    if not keys:
        raise ValueError("no key: NUMBER-HEX with 64 hexadecimal digits, as `init` printed it")
    return keys


def parse_anchor(text: str) -> KnownAnchor:
    """Return an anchor that an auditor or a council report holds. Raises: ValueError."""
    match = _ANCHOR.fullmatch(text)
    if match is None:
        raise ValueError("an anchor is NUMBER:DIGEST with 64 hexadecimal digits")
    return KnownAnchor(int(match[1]), match[2], "the anchor given")


def known_anchors(anchors: Sequence[Anchor], source: str) -> list[KnownAnchor]:
    """Return the anchors that one source holds."""
    return [KnownAnchor(anchor["number"], anchor["digest"], source, anchor["at"]) for anchor in anchors]


def findings(
    lines: Sequence[Dissemination], keys: Mapping[int, bytes], anchors: Sequence[KnownAnchor], kept_ms: int, now: int
) -> list[Finding]:
    """Return what is wrong with the log, in the order of its lines; [] where nothing is.

    `keys`: line number -> key, as `init` made them; `kept_ms` is how long the topic keeps a line; `now` in UTC
    milliseconds.
    """
    wrong = [*_chain(lines), *_signatures(lines, keys), *_anchors(lines, anchors, kept_ms, now)]
    return sorted(wrong + _head(lines, kept_ms, now), key=lambda finding: finding.line)


def unreadable(records: Sequence[Dissemination | Rejected]) -> list[Finding]:
    """Return the lines that are followed by a record which is no line of the log; line 0: it is the first one."""
    findings, number = [], 0
    for record in records:
        if isinstance(record, Rejected):
            findings.append(Finding(number, "is followed by a record that nobody can read"))
        else:
            number = record["number"]
    return findings


def new_keys(lines: Sequence[Dissemination]) -> list[int]:
    """Return the line numbers at which a new key begins, as the lines themselves state."""
    return [line["number"] for line in lines if NEW_KEY in line["asked"] and _begins_key(line["asked"])]


def _begins_key(question: str) -> bool:
    try:
        fields = orjson.loads(question)
    except ValueError:
        return False
    # A search for these words has them elsewhere.
    return isinstance(fields, dict) and NEW_KEY in fields


def signed_lines(lines: Sequence[Dissemination], keys: Mapping[int, bytes]) -> int:
    """Return how many lines the keys, by line number, reach."""
    return sum(line["number"] >= min(keys) for line in lines) if keys else 0


def _chain(lines: Sequence[Dissemination]) -> Iterator[Finding]:
    before: Dissemination | None = None
    for line in lines:
        if before and (line["number"], line["previous"]) != (before["number"] + 1, before["digest"]):
            yield Finding(line["number"], f"does not follow line {before['number']:,}: one is missing or was changed")
        if line["digest"] != digest_of(line):
            yield Finding(line["number"], "was changed: its digest is another")
        before = line


def _signatures(lines: Sequence[Dissemination], keys: Mapping[int, bytes]) -> Iterator[Finding]:
    """Check each line's MAC with the key that reaches it, and that none is without one once lines had one."""
    at, key, signed, renewed = 0, None, False, set(new_keys(lines))
    for line in lines:
        number = line["number"]
        begins = max((first for first in keys if first <= number), default=0)
        if begins and number in renewed and begins != number:
            yield Finding(number, "begins another key, which was not given: ask who made it, verify with it too")
            keys = {first: key_of_line for first, key_of_line in keys.items() if first > number}
            begins = 0
        if begins:
            if key is None or not begins <= at <= number:
                at, key = begins, keys[begins]
            at, key = number, key_after(key, number - at)
            if key is None or not signed_with(line, key):
                yield Finding(number, "was not written with the key of this line: its MAC is another")
        elif signed and not line["mac"]:
            yield Finding(number, "has no MAC, and lines before it have")
        signed = signed or bool(line["mac"])


def _anchors(
    lines: Sequence[Dissemination], anchors: Sequence[KnownAnchor], kept_ms: int, now: int
) -> Iterator[Finding]:
    digests = {line["number"]: line["digest"] for line in lines}
    first, last = (lines[0]["number"], lines[-1]["number"]) if lines else (0, 0)
    missing: dict[tuple[str, bool], KnownAnchor] = {}
    for anchor in sorted(anchors, key=lambda anchor: anchor.number):
        expired = anchor.at is not None and anchor.at + kept_ms <= now
        before = not lines or anchor.number < first
        if anchor.number in digests:
            if digests[anchor.number] != anchor.digest:
                yield Finding(anchor.number, f"is not the line that {anchor.source} names")
        elif not (before and (expired or (lines and anchor.at is None))):
            # Of each source the last one tells most; retention takes lines from the beginning alone.
            missing[anchor.source, before] = anchor
    for anchor in missing.values():
        ends = f"begins with line {first:,} and ends with line {last:,}" if lines else "is empty"
        yield Finding(anchor.number, f"is missing, and {anchor.source} names it: the log {ends}")


def _head(lines: Sequence[Dissemination], kept_ms: int, now: int) -> list[Finding]:
    if not lines or lines[0]["number"] == 1 or lines[0]["at"] + kept_ms - _SEGMENT_DAYS * DAY_MS <= now:
        return []
    kept, age = kept_ms // DAY_MS, (now - lines[0]["at"]) // DAY_MS
    what = f"is the first one, {age:,} days old: those before it are missing, though lines are kept for {kept:,} days"
    return [Finding(lines[0]["number"], what)]
