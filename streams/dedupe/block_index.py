"""The block index: the buckets in memory, and an overlay with what a batch changes before that is written.

A bucket holds the reports of half an hour (or of a day, for wide times). The most recently used buckets are in memory,
as many as the horizon has; any other is read from the store on demand: slower, with the same result.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping

from streams.dedupe import blocking
from streams.dedupe.blocking import WITHIN_S, Key, comparable
from streams.dedupe.profile import BUCKET_BYTES, Profile, reach, report_of, unpack
from streams.stage import State

HORIZON_S = 72 * 3600
BUCKETS = HORIZON_S // 1_800
"""Buckets in memory: as many as 72 hours of traffic have, whenever that was."""
PREFIX = b"b"


class Bucket:
    """The forms of reports in one time bucket, by name and by block."""

    __slots__ = ("blocks", "profiles")

    def __init__(self) -> None:
        self.profiles: dict[str, Profile] = {}
        self.blocks: dict[Key, list[str]] = {}

    def put(self, profile: Profile) -> None:
        """Put a form, in place of its former profile."""
        name = profile.name
        self.remove(name)
        self.profiles[name] = profile
        for key in blocking.index_keys(profile):
            self.blocks.setdefault(key, []).append(name)

    def remove(self, name: str) -> None:
        """Remove a form, if it is there."""
        before = self.profiles.pop(name, None)
        for key in blocking.index_keys(before) if before else ():
            self.blocks[key].remove(name)


class Window:
    """The buckets in memory over the store of one partition."""

    def __init__(self, state: State, most: int = BUCKETS) -> None:
        self._state, self._most = state, most
        self._buckets: OrderedDict[bytes, Bucket] = OrderedDict()

    def bucket(self, name: bytes) -> Bucket:
        """Return a bucket, from the store where it is not in memory."""
        bucket = self._buckets.get(name)
        if bucket is None:
            bucket = self._buckets[name] = Bucket()
            for _, value in self._state.scan(PREFIX + name):
                bucket.put(unpack(value))
            while len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(name)
        return bucket

    def follow(self, changes: Mapping[bytes, bytes | None]) -> None:
        """Apply to the buckets in memory what is written to the store."""
        size = len(PREFIX) + BUCKET_BYTES
        for key, value in changes.items():
            if key[:1] != PREFIX:
                continue
            bucket = self._buckets.get(key[1:size])
            if bucket is None:
                continue
            if value is None:
                bucket.remove(key[size:].decode("utf-8", "surrogateescape"))
            else:
                bucket.put(unpack(value))


class Overlay:
    """The block index as one batch leaves it.

    Of each agency, the first `blocking.most` reports of a block are found there, in byte order of their ids: so a flood
    of reports costs its own agency links, and no other.
    """

    def __init__(self, window: Window) -> None:
        self._window = window
        self._changed: dict[str, Profile | None] = {}
        self._buckets: dict[bytes, Bucket] = {}
        self._full: dict[tuple[bytes, Key], frozenset[str]] = {}

    def remove(self, name: str) -> None:
        """Remove a form."""
        self._discard(name)
        self._changed[name] = None

    def put(self, profile: Profile) -> None:
        """Put a form in place of its former profile."""
        name = profile.name
        self._discard(name)
        self._changed[name] = profile
        self._buckets.setdefault(profile.bucket, Bucket()).put(profile)

    def _discard(self, name: str) -> None:
        before = self._changed.get(name)
        if before is not None:
            self._buckets[before.bucket].remove(name)
        self._full.clear()

    def get(self, name: str, bucket: bytes) -> Profile | None:
        """Return the profile of a form that the state has in `bucket`."""
        if name in self._changed:
            return self._changed[name]
        return self._window.bucket(bucket).profiles.get(name)

    def forms(self, profile: Profile) -> tuple[Profile, ...]:
        """Return all forms of the report that this form belongs to."""
        if not profile.buckets:
            return (profile,)
        indexed = (self.get(name, bucket) for name, bucket in profile.forms())
        return tuple(form for form in indexed if form is not None)

    def candidates(self, profile: Profile) -> Iterator[Profile]:
        """Yield each form of another report that `profile` is compared with, once."""
        keys, seen, own = blocking.query_keys(profile), set[str](), profile.report_id
        crowded_out = self._crowded_out(profile)
        if crowded_out and crowded_out.issuperset(blocking.index_keys(profile)):
            return
        for name in reach(profile, WITHIN_S):
            stored, fresh = self._window.bucket(name), self._buckets.get(name)
            if not stored.profiles and fresh is None:
                continue
            blocks, added = stored.blocks, fresh.blocks if fresh else {}
            for key in [key for key in keys if key in blocks or key in added]:
                for other in self._found_in_block(name, key, stored, fresh):
                    # A property would be asked for half of the pairs of a city: most forms are the whole report.
                    form = other.name if other.form else other.report_id
                    if form in seen or other.report_id == own:
                        continue
                    seen.add(form)
                    if comparable(profile, other) and (not crowded_out or self._finds(other, profile, crowded_out)):
                        yield other

    def _found_in_block(self, name: bytes, key: Key, stored: Bucket, fresh: Bucket | None) -> Iterable[Profile]:
        """Return the forms that are found in one block of a bucket."""
        forms = [stored.profiles[form] for form in stored.blocks.get(key, ()) if form not in self._changed]
        if fresh is not None:
            forms += [fresh.profiles[form] for form in fresh.blocks.get(key, ())]
        if len(forms) <= blocking.most(key):
            return forms
        first = self._full.get((name, key))
        if first is None:
            first = self._full[name, key] = _first(forms, blocking.most(key))
        return [form for form in forms if form.name in first]

    def _crowded_out(self, profile: Profile) -> set[Key]:
        """Return the blocks in which a report is not found because its agency has enough others there."""
        stored, fresh = self._window.bucket(profile.bucket), self._buckets.get(profile.bucket)
        if not _may_be_crowded(stored, fresh):
            return set()
        return {
            key
            for key in blocking.index_keys(profile)
            if len(stored.blocks.get(key, ())) + (len(fresh.blocks.get(key, ())) if fresh else 0) > blocking.most(key)
            and profile not in self._found_in_block(profile.bucket, key, stored, fresh)
        }

    def _finds(self, other: Profile, profile: Profile, crowded_out: set[Key]) -> bool:
        """Return whether `other` finds `profile` in a block that it is not crowded out of: it is symmetric."""
        return not set(blocking.query_keys(other)).isdisjoint(set(blocking.index_keys(profile)) - crowded_out)

    def admitted_or_crowded_out(self, former: Mapping[str, bytes]) -> set[str]:
        """Return the reports that the changes crowd out of a block, or admit to one.

        `former` is the bucket in which the state has each changed form, where it has one.
        """
        touched: set[tuple[bytes, Key]] = set()
        for name, now in self._changed.items():
            before = self._window.bucket(former[name]).profiles.get(name) if name in former else None
            for form in (before, now):
                if form is None:
                    continue
                if _may_be_crowded(self._window.bucket(form.bucket), self._buckets.get(form.bucket)):
                    touched |= {(form.bucket, key) for key in blocking.index_keys(form)}
        changed: set[str] = set()
        for at, key in touched:
            stored, fresh, most = self._window.bucket(at), self._buckets.get(at), blocking.most(key)
            kept = stored.blocks.get(key, ())
            if len(kept) + (len(fresh.blocks.get(key, ())) if fresh else 0) > most:
                before_batch = _first([stored.profiles[form] for form in kept], most)
                changed |= before_batch ^ {form.name for form in self._found_in_block(at, key, stored, fresh)}
        return {report_of(name) for name in changed - self._changed.keys()}


def _may_be_crowded(stored: Bucket, fresh: Bucket | None) -> bool:
    """Return whether a bucket has so many forms that one of its blocks may be crowded: hardly any has."""
    return len(stored.profiles) + (len(fresh.profiles) if fresh else 0) > blocking.MOST_FOUND


def _first(forms: Iterable[Profile], most: int) -> frozenset[str]:
    """Return the names of the first `most` reports of each agency in byte order, counted separately for each form.

    So a redacted form never crowds out a whole report.
    """
    by_agency: dict[tuple[str, int], list[Profile]] = {}
    for form in forms:
        by_agency.setdefault((form.agency_id, form.form), []).append(form)
    return frozenset(
        form.name
        for of_agency in by_agency.values()
        for form in sorted(of_agency, key=lambda form: form.report_id.encode())[:most]
    )
