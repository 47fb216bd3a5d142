"""The plain feed: one JSON object per line, with the fields of producers/README.md."""

from collections.abc import Iterator
from typing import BinaryIO

import orjson

from producers.feeds.lines import MAX_LINE_BYTES, line_too_large, numbered_lines
from producers.validation.fields import Values, check
from schemas.errors import Reason, Rejected

_HINT = "one JSON object per line, in UTF-8"


def parse(line: bytes | str) -> Values | Rejected:
    """Return the checked values of one line, or the rejection that names the invalid field and why."""
    if len(line) > MAX_LINE_BYTES:
        return line_too_large()
    try:
        # orjson refuses NaN, lone surrogates, bytes that are not UTF-8 and more than 1,024 levels of nesting.
        raw = orjson.loads(line)
    except orjson.JSONDecodeError as exc:
        # The decoder's message names a position and quotes nothing of the line.
        return Rejected(Reason.BAD_LINE, "", f"not JSON: {exc.msg}", _HINT)
    if type(raw) is not dict:
        return Rejected(Reason.BAD_LINE, "", "not a JSON object", _HINT)
    return check(raw)


def rows(stream: BinaryIO) -> Iterator[tuple[int, Values | Rejected]]:
    """Yield the line number of each line of a file, with its checked report or rejection."""
    for number, line in numbered_lines(stream):
        yield number, line if isinstance(line, Rejected) else parse(line)
