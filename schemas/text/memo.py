"""What was computed of a short text before: a dictionary, as looking up in it costs half of what `lru_cache` does."""

from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")
MOST = 65_536
"""Texts that are remembered unless `most` is given; beyond them all are forgotten, so that no feed fills the memory."""


class Memo(dict[str, Value]):
    """The values of a function of texts, computed where they are looked up: `map(memo.__getitem__, texts)`.

    A text of more than `longest` characters is computed anew each time.
    """

    def __init__(self, compute: Callable[[str], Value], longest: int, most: int = MOST) -> None:
        super().__init__()
        self._compute, self._longest, self._most = compute, longest, most

    def __missing__(self, text: str) -> Value:
        value = self._compute(text)
        if len(text) <= self._longest:
            if len(self) >= self._most:
                self.clear()
            self[text] = value
        return value
