"""What a long command shows on standard error: its steps, and one line that tells how far it is."""

import sys
import time
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Self, TextIO

EVERY_S = 10.0


class Display(AbstractContextManager["Display"]):
    """Steps stay; of how far it is there is one line: it moves on a terminal, elsewhere it is written now and then."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._status: Any = None
        self._began = self._told = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, at: TracebackType | None) -> None:
        self.rest()

    def rest(self) -> None:
        """Take the moving line away: while it is there, what is printed on standard output would go beside it."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def step(self, text: str) -> None:
        """Write what begins or was reached, and after how many seconds."""
        self.say(self._timed(text))

    def say(self, text: str) -> None:
        """Write a line that stays."""
        if self._status is not None:
            self._status.console.print(text, markup=False, highlight=False, soft_wrap=True)
        else:
            self._stream.write(f"{text}\n")
            self._stream.flush()

    def progress(self, text: str) -> None:
        """Show how far it is now."""
        if self._stream.isatty():
            self._move(text)
        elif time.monotonic() - self._told >= EVERY_S:
            self._told = time.monotonic()
            self.step(text)

    def _move(self, text: str) -> None:
        from rich.console import Console
        from rich.text import Text

        if self._status is None:
            self._status = Console(file=self._stream).status(Text(text))
            self._status.start()
        self._status.update(Text(text))

    def _timed(self, text: str) -> str:
        return f"[{time.monotonic() - self._began:5.1f} s] {text}"
