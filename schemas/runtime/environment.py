"""Strict reader of settings from environment variables; each is parsed when the settings are built."""

import os
from collections.abc import Callable
from dataclasses import field
from functools import partial
from typing import Any, TypeVar

from schemas.errors import Configuration

Value = TypeVar("Value")
_ON, _OFF = ("1", "true", "t", "yes", "y", "on"), ("0", "false", "f", "no", "n", "off")
_MAX_QUOTED_CHARS = 60


def whole_number(least: int, most: int = 2**31 - 1) -> Callable[[str], int]:
    """Return a parser of whole numbers from `least` to `most`, all in the unit of the setting.

    The parser raises ValueError.
    """

    def parse(text: str) -> int:
        number = int(text) if text.strip().lstrip("-").isdecimal() else least - 1
        if not least <= number <= most:
            raise ValueError(f"a whole number from {least}" + (f" to {most}" if most < 2**31 - 1 else ""))
        return number

    return parse


def number(least: float) -> Callable[[str], float]:
    """Return a parser of numbers of at least `least`, both in the unit of the setting.

    The parser raises ValueError.
    """

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not least <= value < float("inf"):
            raise ValueError(f"a number from {least:g}")
        return value

    return parse


def boolean(text: str) -> bool:
    """Parse yes or no. Raises: ValueError."""
    if text.lower() not in (*_ON, *_OFF):
        raise ValueError("1 or 0")
    return text.lower() in _ON


def choice(*words: str) -> Callable[[str], str]:
    """Return a parser of one of `words`, in any case. The parser raises ValueError."""

    def parse(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(f"one of {', '.join(words)}")
        return text.lower()

    return parse


def _read(variable: str, parse: Callable[[str], Value], default: Callable[[], Value]) -> Value:
    text = os.environ.get(variable, "")
    try:
        return parse(text) if text else default()
    except ValueError as exc:
        raise Configuration(f"{variable} is {text[:_MAX_QUOTED_CHARS]!r}, but must be {exc}") from None


def setting(variable: str, parse: Callable[[str], Value], default: Callable[[], Value], doc: str) -> Any:
    """Return a dataclass field that is read from an environment variable, or from `default` where that is not set.

    Creating an instance raises Configuration where a variable cannot be parsed.
    """
    return field(default_factory=partial(_read, variable, parse, default), metadata={"variable": variable, "doc": doc})
