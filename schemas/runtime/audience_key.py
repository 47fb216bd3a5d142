"""The key from which every audience's secret is derived: created once per home, readable by its owner only."""

import os
from pathlib import Path

KEY_BYTES = 32


def master_key(home: Path) -> bytes:
    """Return the key of this home, creating it on the first call; concurrent processes get the same key."""
    path = home / "secrets" / "audiences.key"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    staged = path.with_name(f"{path.name}.{os.getpid()}")
    staged.touch(mode=0o600)
    staged.write_bytes(os.urandom(KEY_BYTES))
    try:
        os.link(staged, path)
    except FileExistsError:
        pass
    finally:
        staged.unlink()
    return path.read_bytes()
