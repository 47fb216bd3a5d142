"""The file in which a home keeps the key of the next line of the dissemination log: the former key is erased.

On a disk that writes elsewhere than it overwrites (most flash, file systems with snapshots) the former bytes may
outlive that: `deploy/DECISIONS.md` 98.
"""

import json
import os
from dataclasses import asdict
from pathlib import Path

from schemas.errors import Configuration
from schemas.records.audit import Anchor
from sinks.access.dissemination_log import KeyState


def key_file(home: Path) -> Path:
    """Return where a home keeps its key."""
    return home / "secrets" / "dissemination.key"


def read_key(home: Path) -> KeyState | None:
    """Read the key of the next line; None where the home has none. Raises: Configuration for a damaged file."""
    path = key_file(home)
    try:
        row = json.loads(path.read_bytes())
        last = Anchor(number=int(row["last"]["number"]), digest=str(row["last"]["digest"]), at=int(row["last"]["at"]))
        numbers = int(row["number"]), int(row["first"]), int(row["given_at"])
        return KeyState(numbers[0], bytes.fromhex(row["key"]), numbers[1], numbers[2], last)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError):
        # Not chained: the error of a parser shows what it could not parse.
        raise Configuration(
            f"{path} is damaged: make another key with `interagency init --new-dissemination-key`"
        ) from None


def write_key(home: Path, state: KeyState) -> None:
    """Replace the key, whole or not at all, and erase the bytes of the former one."""
    path = key_file(home)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    staged = path.with_suffix(".new")
    _erase(staged)
    text = json.dumps({**asdict(state), "key": state.key.hex()}).encode()
    with os.fdopen(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    former = os.open(path, os.O_WRONLY) if path.exists() else None
    try:
        staged.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        # Only now, or a crash in between would leave no key at all; the open descriptor still reaches the bytes.
        if former is not None:
            _overwrite(former)
    finally:
        if former is not None:
            os.close(former)


def _overwrite(descriptor: int) -> None:
    os.pwrite(descriptor, bytes(os.fstat(descriptor).st_size), 0)
    os.fsync(descriptor)


def _erase(path: Path) -> None:
    """Overwrite and remove what a writer that was killed left."""
    if path.exists():
        descriptor = os.open(path, os.O_WRONLY)
        try:
            _overwrite(descriptor)
        finally:
            os.close(descriptor)
        path.unlink()
