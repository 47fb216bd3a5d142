"""Offset tracker: which offsets of a partition are in flight, and up to where all of them are done. Pure.

Faust acknowledges single offsets and commits past an offset that is missing. Here a span is the offsets of one fetched
batch, gaps of transaction markers and compaction included, and no commit passes a span that is not done.
"""

from collections import deque
from collections.abc import Hashable
from typing import Generic, TypeVar

Partition = TypeVar("Partition", bound=Hashable)


class Span(Generic[Partition]):
    """The offsets `[start, end)` of one partition, in flight together."""

    __slots__ = ("done", "end", "partition", "start")

    def __init__(self, partition: Partition, start: int, end: int) -> None:
        self.partition, self.start, self.end, self.done = partition, start, end, False


class OffsetTracker(Generic[Partition]):
    """The spans of all partitions, in the order in which they were handed out."""

    def __init__(self) -> None:
        self._open: dict[Partition, deque[Span[Partition]]] = {}
        self._upto: dict[Partition, int] = {}

    def hand_out(self, partition: Partition, start: int, end: int) -> Span[Partition]:
        """Record that the offsets in [start, end) are in flight.

        Raises: ValueError when it does not follow what was handed out before.
        """
        spans = self._open.setdefault(partition, deque())
        before = spans[-1].end if spans else self._upto.get(partition, start)
        if start < before or end <= start:
            raise ValueError(f"span [{start}, {end}) does not follow {before}")
        span = Span(partition, start, end)
        spans.append(span)
        return span

    def done(self, span: Span[Partition]) -> None:
        """Record that everything that comes of a span is safely delivered; a span of before `clear` is ignored."""
        span.done = True
        spans = self._open.get(span.partition, deque())
        while spans and spans[0].done:
            self._upto[span.partition] = spans.popleft().end

    def committable(self, partition: Partition) -> int | None:
        """Return the offset up to which all is done; None when nothing was done since `clear`."""
        return self._upto.get(partition)

    def partitions(self) -> list[Partition]:
        """Return the partitions with something to commit."""
        return list(self._upto)

    @property
    def open_spans(self) -> int:
        """The number of spans in flight."""
        return sum(len(spans) for spans in self._open.values())

    def clear(self) -> None:
        """Forget everything: the partitions are read again from their committed offsets."""
        self._open.clear()
        self._upto.clear()
