"""What the command line passes in, so that no use case starts an event loop of its own."""

from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

Value = TypeVar("Value")


class RunAsync(Protocol):
    """Run a coroutine in an event loop of its own and return its result, as `asyncio.run` does."""

    def __call__(self, main: Coroutine[Any, Any, Value], /) -> Value:
        """Return the result of `main`. Raises: what it raises."""
