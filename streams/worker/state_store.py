"""The local copy of a partition's state: a RocksDB, where each batch is written with the offsets it is read up to.

It can be deleted at any time: its contents are read back from the stage's own output topic. The only module that
imports rocksdict.
"""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rocksdict import AccessType, Options, Rdict, WriteBatch

from schemas.runtime.telemetry import logger

_POSITIONS = b"\x00positions"
_FORMAT = b"\x00format"
_ERASING = b"\x00erasing"
"""Keys whose former bytes are being erased from disk."""
FORMAT = b"4"

log = logger("streams.worker.state_store")


class PartitionStore:
    """Keys and values in bytes, and the offset up to which each partition of the output topic was read."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = path
        self.kept: dict[str, Any] = {}
        try:
            self._open()
            if self.get_many([_FORMAT])[0] not in (None, FORMAT):
                raise ValueError("written by another version")
        # rocksdict reports any damage by a bare Exception; a lost or damaged copy is rebuilt, never repaired.
        except Exception as exc:
            log.warning("state_rebuilt", path=path.name, error=type(exc).__name__)
            shutil.rmtree(path, ignore_errors=True)
            self._open()
        self._db[_FORMAT] = FORMAT
        if begun := self.get_many([_ERASING])[0]:
            self._erase(map(bytes.fromhex, json.loads(begun)))

    def _open(self) -> None:
        options = Options(raw_mode=True)
        options.create_if_missing(True)
        options.set_max_open_files(256)
        options.set_keep_log_file_num(2)
        options.set_write_buffer_size(32 * 1024 * 1024)
        self._db = Rdict(str(self._path), options, access_type=AccessType.read_write())

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Return the values of `keys`, in their order; None for a key that is not there."""
        return list(self._db[list(keys)]) if keys else []

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield every key that begins with `prefix`, in byte order, with its value."""
        for key, value in self._db.items(from_key=prefix):
            if not key.startswith(prefix):
                return
            yield key, value

    def positions(self) -> dict[tuple[str, int], int]:
        """Return the next offset to read of each (topic, partition) of the output topic."""
        stored = self.get_many([_POSITIONS])[0]
        return {(topic, partition): offset for topic, partition, offset in json.loads(stored)} if stored else {}

    def write(
        self, changes: Mapping[bytes, bytes | None], positions: Mapping[tuple[str, int], int], erasing: bool = False
    ) -> None:
        """Write `changes` and `positions`, (topic, partition) -> next offset, together, all or nothing.

        `erasing`: the former bytes of the changed keys are erased from disk as well; after a crash, when the store is
        next opened.
        """
        batch = WriteBatch(raw_mode=True)
        for key, value in changes.items():
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
        known = {**self.positions(), **positions}
        batch.put(_POSITIONS, json.dumps([[*target, offset] for target, offset in known.items()]).encode())
        if erasing:
            batch.put(_ERASING, json.dumps([key.hex() for key in changes]).encode())
        self._db.write(batch)
        if erasing:
            self._erase(changes)

    def erase_all(self) -> None:
        """Erase from disk the bytes of everything that was overwritten or removed."""
        self._db.flush(wait=True)
        self._db.compact_range(None, None)

    def _erase(self, keys: Iterable[bytes]) -> None:
        # A flush deletes the log; older tables keep what was overwritten until they are compacted.
        self._db.flush(wait=True)
        for key in keys:
            self._db.compact_range(key, key + b"\x00")
        self._db.delete(_ERASING)

    def close(self) -> None:
        """Flush, and unlock the directory."""
        self._db.close()
