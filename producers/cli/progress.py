"""Progress on standard error: a bar on a terminal, a line every few seconds elsewhere."""

import sys
import time
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from producers.feeds.lines import STANDARD_INPUT

_EVERY_S = 5.0


class Progress(AbstractContextManager["Progress"]):
    """Show how far the files are read; also print the other lines of standard error, so that they do not mix."""

    def __init__(self) -> None:
        self._bars: Any = None
        self._tasks: dict[str, Any] = {}
        self._next = time.monotonic() + _EVERY_S
        self._started = time.monotonic()

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bars

            columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
            self._bars = Bars(*columns, TextColumn("{task.fields[lines]:,} lines"), console=Console(stderr=True))
            self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, at: TracebackType | None) -> None:
        if self._bars is not None:
            self._bars.stop()

    def __call__(self, file: str, position: int, lines: int) -> None:
        """Show that `position` bytes of `file`, and `lines` lines of all files, are read."""
        if self._bars is not None:
            if file not in self._tasks:
                total = None if file == STANDARD_INPUT else Path(file).stat().st_size
                self._tasks[file] = self._bars.add_task(Path(file).name, total=total, lines=0)
            self._bars.update(self._tasks[file], completed=position, lines=lines)
        elif time.monotonic() >= self._next:
            self._next = time.monotonic() + _EVERY_S
            rate = lines / (time.monotonic() - self._started)
            self.print(f"{Path(file).name}: {lines:,} lines, {rate:,.0f}/s")

    def print(self, line: str) -> None:
        """Print one line to standard error, above the bars if there are any."""
        if self._bars is not None:
            self._bars.console.print(line, markup=False, highlight=False, soft_wrap=True)
        else:
            sys.stderr.write(line + "\n")
