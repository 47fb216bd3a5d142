"""Parse what `export assignments` wrote: which incident each report is in; pure."""

from collections.abc import Iterable
from typing import Any

import orjson

from schemas.identity import report_id
from schemas.runtime.files import BadLine

FIELDS = ("agency", "source_id", "incident_id")


def _row(line: bytes, number: int) -> dict[str, Any] | BadLine:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        return BadLine(number, "line", "not JSON")
    if not isinstance(row, dict):
        return BadLine(number, "line", "not a JSON object")
    wrong = next((name for name in FIELDS if not (isinstance(row.get(name), str) and row[name])), "")
    return BadLine(number, wrong, "must be text that is not empty") if wrong else row


def parse(lines: Iterable[bytes]) -> tuple[dict[str, str], list[BadLine]]:
    """Parse assignments strictly: return report id -> incident id, and every bad line."""
    assigned: dict[str, str] = {}
    bad: list[BadLine] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        row = _row(line, number)
        if isinstance(row, BadLine):
            bad.append(row)
        elif assigned.setdefault(report_id(row["agency"], row["source_id"]), row["incident_id"]) != row["incident_id"]:
            bad.append(BadLine(number, "incident_id", "this report is in another incident above"))
    return assigned, bad
