"""The block index: what of it is in memory, and what a batch changes in it before that is written.

A bucket holds the reports of half an hour (or of a day, for wide times). The buckets used last are in memory, as many
as the horizon has; any other is read from the store when it is asked for: slower, the same result.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping

from streams.dedupe import blocking
from streams.dedupe.blocking import WITHIN_S, Key, comparable
from streams.dedupe.profiles import BUCKET_BYTES, Profile, reach, unpack
from streams.stage import State

HORIZON_S = 72 * 3600
BUCKETS = HORIZON_S // 1_800
"""Buckets in memory: those of 72 hours of traffic, wherever these lie."""
PREFIX = b"b"


class Bucket:
    """The reports of one bucket of time, by id and by block."""

    __slots__ = ("blocks", "profiles")

    def __init__(self) -> None:
        self.profiles: dict[str, Profile] = {}
        self.blocks: dict[Key, list[str]] = {}

    def put(self, one: Profile) -> None:
        """Take a report in, in place of what it was before."""
        self.remove(one.report_id)
        self.profiles[one.report_id] = one
        for key in blocking.written(one):
            self.blocks.setdefault(key, []).append(one.report_id)

    def remove(self, report_id: str) -> None:
        """Take a report out, if it is there."""
        before = self.profiles.pop(report_id, None)
        for key in blocking.written(before) if before else ():
            self.blocks[key].remove(report_id)


class Window:
    """The buckets in memory over the store of one partition."""

    def __init__(self, state: State, most: int = BUCKETS) -> None:
        self._state, self._most = state, most
        self._buckets: OrderedDict[bytes, Bucket] = OrderedDict()

    def bucket(self, name: bytes) -> Bucket:
        """Give a bucket, from the store where it is not in memory."""
        found = self._buckets.get(name)
        if found is None:
            found = self._buckets[name] = Bucket()
            for _, value in self._state.scan(PREFIX + name):
                found.put(unpack(value))
            while len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(name)
        return found

    def follow(self, changes: Mapping[bytes, bytes | None]) -> None:
        """Change the buckets in memory as the store is about to be changed."""
        size = len(PREFIX) + BUCKET_BYTES
        for key, value in changes.items():
            if key[:1] != PREFIX:
                continue
            found = self._buckets.get(key[1:size])
            if found is None:
                continue
            if value is None:
                found.remove(key[size:].decode())
            else:
                found.put(unpack(value))


class Overlay:
    """The block index as one batch leaves it."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._changed: dict[str, Profile | None] = {}
        self._buckets: dict[bytes, Bucket] = {}

    def remove(self, report_id: str) -> None:
        """Let a report be gone."""
        before = self._changed.get(report_id)
        if before is not None:
            self._buckets[before.bucket].remove(report_id)
        self._changed[report_id] = None

    def put(self, one: Profile) -> None:
        """Let a report be what it is now."""
        before = self._changed.get(one.report_id)
        if before is not None:
            self._buckets[before.bucket].remove(one.report_id)
        self._changed[one.report_id] = one
        self._buckets.setdefault(one.bucket, Bucket()).put(one)

    def get(self, report_id: str, bucket: bytes) -> Profile | None:
        """Give the profile of a report that the state has in `bucket`."""
        if report_id in self._changed:
            return self._changed[report_id]
        return self._window.bucket(bucket).profiles.get(report_id)

    def candidates(self, one: Profile) -> Iterator[Profile]:
        """Give each report that `one` is compared with, once."""
        keys = blocking.read(one)
        seen = {one.report_id}
        for name in reach(one, WITHIN_S):
            for bucket, is_stored in ((self._window.bucket(name), True), (self._buckets.get(name), False)):
                if bucket is None or not bucket.profiles:
                    continue
                for key in keys:
                    for report_id in bucket.blocks.get(key, ()):
                        if report_id in seen or (is_stored and report_id in self._changed):
                            continue
                        seen.add(report_id)
                        other = bucket.profiles[report_id]
                        if comparable(one, other):
                            yield other
