"""What the command line passes to a long run: where its steps are shown."""

from typing import Protocol


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
