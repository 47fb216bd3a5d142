"""Reading feed files for the commands: good reports one by one, refusals and counts on the side."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from producers.feeds import plain
from producers.feeds.columns import ColumnFeed
from producers.feeds.lines import foreign, opened
from producers.feeds.spec import Spec
from producers.validation.fields import Values
from producers.validation.report import unread_precision
from schemas.errors import Reason, Rejected

Origin = tuple[str, int]
"""File, and line from 1."""

Rows = Callable[[BinaryIO], Iterator[tuple[int, Values | Rejected]]]
Progress = Callable[[str, int, int], None]
"""Is told file, bytes read of it and lines read in all, every thousand lines; may not raise."""

_TELL_EVERY = 1_000


@dataclass(frozen=True, slots=True)
class Refusal:
    """One line that was refused, and where it stands."""

    file: str
    line: int
    rejected: Rejected

    def as_dict(self) -> dict[str, object]:
        """Give it as the commands' JSON tells it."""
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
        told = f"{self.file}:{self.line} {rejected.field or '-'} {rejected.reason} {rejected.detail}"
        return f"{told} ({rejected.hint})" if rejected.hint else told


def _silent(file: str, place: int, lines: int) -> None:
    """Tell nobody."""


def _place(raw: BinaryIO) -> int:
    return raw.tell() if raw.seekable() else 0


def _unheard(refusal: Refusal) -> None:
    """Tell nobody."""


@dataclass
class Reading:
    """Reads files of one feed; `agency` must agree with every line, or is theirs where the feed tells none.

    `feed` is a column-mapped feed, None the plain one. Raises: OSError when a file cannot be opened.
    """

    files: Sequence[str]
    feed: Spec | None = None
    agency: str | None = None
    progress: Progress = _silent
    told: Callable[[Refusal], None] = _unheard
    lines: int = 0
    unread_precisions: int = 0
    refusals: list[Refusal] = field(default_factory=list)

    def good(self) -> Iterator[tuple[Origin, Values]]:
        """Give the good reports in order; refused lines are left out, counted and told."""
        agency = self.agency
        for file in self.files:
            with opened(file) as (stream, raw):
                for number, values in self._rows(stream):
                    self.lines += 1
                    if not self.lines % _TELL_EVERY:
                        self.progress(file, _place(raw), self.lines)
                    if isinstance(values, Rejected):
                        self.refuse((file, number), values)
                    elif agency is not None and values["agency"] != agency:
                        detail = "the line names another agency than --agency"
                        self.refuse((file, number), Rejected(Reason.AGENCY_MISMATCH, "agency", detail))
                    else:
                        if unread_precision(values):
                            self.unread_precisions += 1
                        yield (file, number), values
                self.progress(file, _place(raw), self.lines)

    def _rows(self, stream: BinaryIO) -> Iterator[tuple[int, Values | Rejected]]:
        """Yield what a file holds; a file that cannot be read on ends with the refusal that says so."""
        refused = foreign(stream)
        if refused is not None:
            yield 1, refused
            return
        rows: Rows = ColumnFeed(self.feed, self.agency).rows if self.feed else plain.rows
        number = 0
        try:
            for number, values in rows(stream):
                yield number, values
        except OSError as exc:
            yield number + 1, Rejected(Reason.BAD_LINE, "", f"cannot be read: {exc.strerror or type(exc).__name__}")

    def refuse(self, origin: Origin, rejected: Rejected) -> None:
        """Note a line that was refused, here or by a later step."""
        refusal = Refusal(*origin, rejected)
        self.refusals.append(refusal)
        self.told(refusal)
