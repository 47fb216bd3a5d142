"""The block index: what of it is in memory, and what a batch changes in it before that is written.

A bucket holds the reports of half an hour (or of a day, for wide times). The buckets used last are in memory, as many
as the horizon has; any other is read from the store when it is asked for: slower, the same result.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping

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
    """The block index as one batch leaves it.

    Of one agency, the first reports of a block are found there, in byte order of their ids, and no more than
    `blocking.most` of them: so its flood costs its own links and no other agency's.
    """

    def __init__(self, window: Window) -> None:
        self._window = window
        self._changed: dict[str, Profile | None] = {}
        self._buckets: dict[bytes, Bucket] = {}
        self._full: dict[tuple[bytes, Key], frozenset[str]] = {}

    def remove(self, report_id: str) -> None:
        """Let a report be gone."""
        self._take_out(report_id)
        self._changed[report_id] = None

    def put(self, one: Profile) -> None:
        """Let a report be what it is now."""
        self._take_out(one.report_id)
        self._changed[one.report_id] = one
        self._buckets.setdefault(one.bucket, Bucket()).put(one)

    def _take_out(self, report_id: str) -> None:
        before = self._changed.get(report_id)
        if before is not None:
            self._buckets[before.bucket].remove(report_id)
        self._full.clear()

    def get(self, report_id: str, bucket: bytes) -> Profile | None:
        """Give the profile of a report that the state has in `bucket`."""
        if report_id in self._changed:
            return self._changed[report_id]
        return self._window.bucket(bucket).profiles.get(report_id)

    def candidates(self, one: Profile) -> Iterator[Profile]:
        """Give each report that `one` is compared with, once."""
        keys, seen = blocking.read(one), {one.report_id}
        crowded_out = self._crowded_out(one)
        if crowded_out and crowded_out.issuperset(blocking.written(one)):
            return
        for name in reach(one, WITHIN_S):
            stored, fresh = self._window.bucket(name), self._buckets.get(name)
            if not stored.profiles and fresh is None:
                continue
            for key in keys:
                for other in self._found(name, key, stored, fresh):
                    if other.report_id in seen:
                        continue
                    seen.add(other.report_id)
                    if comparable(one, other) and (not crowded_out or self._sees(other, one, crowded_out)):
                        yield other

    def _found(self, name: bytes, key: Key, stored: Bucket, fresh: Bucket | None) -> Iterable[Profile]:
        """Give the reports that are found in one block of a bucket."""
        kept, new = stored.blocks.get(key, ()), fresh.blocks.get(key, ()) if fresh else ()
        if not kept and not new:
            return ()
        of = [stored.profiles[one] for one in kept if one not in self._changed]
        if fresh is not None:
            of += [fresh.profiles[one] for one in new]
        if len(of) <= blocking.most(key):
            return of
        first = self._full.get((name, key))
        if first is None:
            first = self._full[name, key] = _first(of, blocking.most(key))
        return [one for one in of if one.report_id in first]

    def _crowded_out(self, one: Profile) -> set[Key]:
        """Give the blocks in which a report is not found, because its agency has enough others there."""
        stored, fresh = self._window.bucket(one.bucket), self._buckets.get(one.bucket)
        return {
            key
            for key in blocking.written(one)
            if len(stored.blocks.get(key, ())) + (len(fresh.blocks.get(key, ())) if fresh else 0) > blocking.most(key)
            and one not in self._found(one.bucket, key, stored, fresh)
        }

    def _sees(self, other: Profile, one: Profile, crowded_out: set[Key]) -> bool:
        """Tell whether `other` finds `one` in a block that it is not crowded out of: two see each other or neither."""
        return not set(blocking.read(other)).isdisjoint(set(blocking.written(one)) - crowded_out)

    def moved(self, former: Mapping[str, bytes]) -> set[str]:
        """Give the reports that the changed ones crowd out of a block, or let in.

        `former` has the bucket in which the state has each changed report, as far as it has it.
        """
        touched: set[tuple[bytes, Key]] = set()
        for report_id, now in self._changed.items():
            before = self._window.bucket(former[report_id]).profiles.get(report_id) if report_id in former else None
            touched |= {(one.bucket, key) for one in (before, now) if one is not None for key in blocking.written(one)}
        found: set[str] = set()
        for name, key in touched:
            stored, fresh, most = self._window.bucket(name), self._buckets.get(name), blocking.most(key)
            kept = stored.blocks.get(key, ())
            if len(kept) + (len(fresh.blocks.get(key, ())) if fresh else 0) > most:
                before_batch = _first([stored.profiles[one] for one in kept], most)
                found |= before_batch ^ {one.report_id for one in self._found(name, key, stored, fresh)}
        return found - self._changed.keys()


def _first(reports: Iterable[Profile], most: int) -> frozenset[str]:
    """Give the ids of the first `most` reports of each agency, in byte order."""
    of: dict[str, list[str]] = {}
    for one in reports:
        of.setdefault(one.agency_id, []).append(one.report_id)
    return frozenset(
        name for each in of.values() for name in (sorted(each, key=str.encode)[:most] if len(each) > most else each)
    )
