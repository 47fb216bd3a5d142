"""What a long command shows on standard error: its steps, and one line of progress."""

import sys
import time
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Self, TextIO

PROGRESS_EVERY_S = 10.0


def print_error(text: str) -> None:
    """Print a line to standard error at once."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


class Display(AbstractContextManager["Display"]):
    """Print steps; show progress in a moving line on a terminal, elsewhere in a line every PROGRESS_EVERY_S seconds."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._status: Any = None
        self._began = self._last_progress = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, at: TracebackType | None) -> None:
        self.clear()

    def clear(self) -> None:
        """Remove the progress line, which would mix with what is printed to standard output."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def step(self, text: str) -> None:
        """Print that a step begins or was reached, with the seconds since the start."""
        self.print(self._timed(text))

    def print(self, text: str) -> None:
        """Print a line that stays."""
        if self._status is not None:
            self._status.console.print(text, markup=False, highlight=False, soft_wrap=True)
        else:
            self._stream.write(f"{text}\n")
            self._stream.flush()

    def progress(self, text: str) -> None:
        """Show the progress of the present step."""
        if self._stream.isatty():
            self._update_line(text)
        elif time.monotonic() - self._last_progress >= PROGRESS_EVERY_S:
            self._last_progress = time.monotonic()
            self.step(text)

    def _update_line(self, text: str) -> None:
        from rich.console import Console
        from rich.text import Text

        if self._status is None:
            self._status = Console(file=self._stream).status(Text(text))
            self._status.start()
        self._status.update(Text(text))

    def _timed(self, text: str) -> str:
        return f"[{time.monotonic() - self._began:5.1f} s] {text}"
