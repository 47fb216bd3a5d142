"""What the command line passes to a long run: where its steps are shown, and how a coroutine is run to its end."""

from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

Value = TypeVar("Value")


class Display(Protocol):
    """Show the steps of a long command, and one line of progress."""

    def step(self, text: str) -> None:
        """Show that a step begins or was reached, and after how many seconds."""

    def print(self, text: str) -> None:
        """Show a line that stays."""

    def progress(self, text: str) -> None:
        """Show the progress of the present step."""

    def clear(self) -> None:
        """Remove the progress line."""


class RunAsync(Protocol):
    """Run a coroutine in an event loop of its own and return its result, as `asyncio.run` does."""

    def __call__(self, main: Coroutine[Any, Any, Value], /) -> Value:
        """Return the result of `main`. Raises: what it raises."""
