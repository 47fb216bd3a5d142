"""The plain feed: one JSON object a line, its fields are in producers/README.md."""

from collections.abc import Iterator
from typing import BinaryIO

import orjson

from producers.feeds.lines import MAX_LINE_BYTES, numbered, too_large
from producers.validation.fields import Values, check
from schemas.errors import Reason, Rejected

_HINT = "one JSON object a line, in UTF-8"


def parse(line: bytes | str) -> Values | Rejected:
    """Read one line into checked values, the agency's id under `agency`, or say which field is wrong and why."""
    if len(line) > MAX_LINE_BYTES:
        return too_large()
    try:
        # orjson refuses NaN, lone surrogates, bytes that are no UTF-8 and more than 1,024 levels of nesting.
        raw = orjson.loads(line)
    except orjson.JSONDecodeError as exc:
        # The decoder's message names a place and quotes nothing of the line.
        return Rejected(Reason.BAD_LINE, "", f"not JSON: {exc.msg}", _HINT)
    if type(raw) is not dict:
        return Rejected(Reason.BAD_LINE, "", "not a JSON object", _HINT)
    return check(raw)


def rows(stream: BinaryIO) -> Iterator[tuple[int, Values | Rejected]]:
    """Read a file: line number, and the checked report or its refusal."""
    for number, line in numbered(stream):
        yield number, line if isinstance(line, Rejected) else parse(line)
