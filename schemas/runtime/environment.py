"""One loader of settings from environment variables: each is read strictly, when the settings are made."""

import os
from collections.abc import Callable
from dataclasses import field
from functools import partial
from typing import Any, TypeVar

from schemas.errors import Configuration

Value = TypeVar("Value")
_ON, _OFF = ("1", "true", "t", "yes", "y", "on"), ("0", "false", "f", "no", "n", "off")


def whole_number(least: int, most: int = 2**31 - 1) -> Callable[[str], int]:
    """Read a whole number from `least` to `most`."""

    def read(text: str) -> int:
        number = int(text) if text.strip().lstrip("-").isdecimal() else least - 1
        if not least <= number <= most:
            raise ValueError(f"a whole number from {least}" + (f" to {most}" if most < 2**31 - 1 else ""))
        return number

    return read


def number(least: float) -> Callable[[str], float]:
    """Read a number that is at least `least`."""

    def read(text: str) -> float:
        try:
            found = float(text)
        except ValueError:
            found = float("nan")
        if not least <= found < float("inf"):
            raise ValueError(f"a number from {least:g}")
        return found

    return read


def boolean(text: str) -> bool:
    """Read yes or no."""
    if text.lower() not in (*_ON, *_OFF):
        raise ValueError("1 or 0")
    return text.lower() in _ON


def choice(*words: str) -> Callable[[str], str]:
    """Read one of some words."""

    def read(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(f"one of {', '.join(words)}")
        return text.lower()

    return read


def _read(variable: str, read: Callable[[str], Value], otherwise: Callable[[], Value]) -> Value:
    text = os.environ.get(variable, "")
    try:
        return read(text) if text else otherwise()
    except ValueError as exc:
        raise Configuration(f"{variable} is {text[:60]!r}: it is {exc}") from None


def setting(variable: str, read: Callable[[str], Value], otherwise: Callable[[], Value], doc: str) -> Any:
    """Return a field of a dataclass that is an environment variable, or what `otherwise` gives where it is not set.

    Making the dataclass raises Configuration where a variable cannot be read.
    """
    return field(default_factory=partial(_read, variable, read, otherwise), metadata={"variable": variable, "doc": doc})
