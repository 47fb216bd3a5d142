"""Read feed files: yield the valid reports one by one, and collect rejections and counts."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from producers.feeds import plain
from producers.feeds.columns import ColumnFeed
from producers.feeds.lines import open_feed, wrong_file_type
from producers.feeds.spec import FeedSpec
from producers.validation.fields import Values
from producers.validation.report import has_unknown_precision
from schemas.errors import Reason, Rejected

Origin = tuple[str, int]
"""File, and line from 1."""

Rows = Callable[[BinaryIO], Iterator[tuple[int, Values | Rejected]]]
ProgressCallback = Callable[[str, int, int], None]
"""Called every thousand lines with the file, the bytes read of it and the lines read of all files; must not raise."""

_PROGRESS_LINES = 1_000


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refused line, with its file and line number."""

    file: str
    line: int
    rejected: Rejected

    def as_dict(self) -> dict[str, object]:
        """Return it as the commands' JSON has it."""
        rejected = self.rejected
        return {
            "file": self.file,
            "line": self.line,
            "field": rejected.field,
            "reason": rejected.reason.value,
            "detail": rejected.detail,
            "hint": rejected.hint,
        }

    def __str__(self) -> str:
        rejected = self.rejected
        text = f"{self.file}:{self.line} {rejected.field or '-'} {rejected.reason} {rejected.detail}"
        return f"{text} ({rejected.hint})" if rejected.hint else text


def _ignore_progress(file: str, position: int, lines: int) -> None:
    """Ignore progress."""


def _position(raw: BinaryIO) -> int:
    return raw.tell() if raw.seekable() else 0


def _ignore_refusal(refusal: Refusal) -> None:
    """Ignore a refusal."""


@dataclass
class FeedReader:
    """Read the files of one feed, which is column-mapped by `feed`, or plain where that is None.

    A report must agree with `agency` if that is given; where the feed does not state the agency, `agency` is it.
    """

    files: Sequence[str]
    feed: FeedSpec | None = None
    agency: str | None = None
    progress: ProgressCallback = _ignore_progress
    on_refusal: Callable[[Refusal], None] = _ignore_refusal
    lines: int = 0
    unknown_precisions: int = 0
    refusals: list[Refusal] = field(default_factory=list)

    def reports(self) -> Iterator[tuple[Origin, Values]]:
        """Yield the valid reports in order; refuse the other lines. Raises: OSError when a file cannot be opened."""
        agency = self.agency
        for file in self.files:
            with open_feed(file) as (stream, raw):
                for number, values in self._rows(stream):
                    self.lines += 1
                    if not self.lines % _PROGRESS_LINES:
                        self.progress(file, _position(raw), self.lines)
                    if isinstance(values, Rejected):
                        self.refuse((file, number), values)
                    elif agency is not None and values["agency"] != agency:
                        detail = "the line names another agency than --agency"
                        self.refuse((file, number), Rejected(Reason.AGENCY_MISMATCH, "agency", detail))
                    else:
                        if has_unknown_precision(values):
                            self.unknown_precisions += 1
                        yield (file, number), values
                self.progress(file, _position(raw), self.lines)

    def _rows(self, stream: BinaryIO) -> Iterator[tuple[int, Values | Rejected]]:
        """Yield the rows of a file; when reading fails midway, the last one is the rejection that says so."""
        rejected = wrong_file_type(stream)
        if rejected is not None:
            yield 1, rejected
            return
        rows: Rows = ColumnFeed(self.feed, self.agency).rows if self.feed else plain.rows
        number = 0
        try:
            for number, values in rows(stream):
                yield number, values
        except OSError as exc:
            yield number + 1, Rejected(Reason.BAD_LINE, "", f"cannot be read: {exc.strerror or type(exc).__name__}")

    def refuse(self, origin: Origin, rejected: Rejected) -> None:
        """Record a line as refused, here or by a later step."""
        refusal = Refusal(*origin, rejected)
        self.refusals.append(refusal)
        self.on_refusal(refusal)
