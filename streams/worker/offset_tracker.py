"""The ledger of spans: which offsets of a partition were handed out, and up to where all of them are done.

Faust acknowledges single offsets and commits past one that is missing; here a span is the offsets of one list, gaps of
transaction markers and compaction included, and what is not done is never committed past.
"""

from collections import deque
from collections.abc import Hashable
from typing import Generic, TypeVar

Partition = TypeVar("Partition", bound=Hashable)


class Span(Generic[Partition]):
    """Offsets `[start, end)` of one partition, handed out together."""

    __slots__ = ("done", "end", "partition", "start")

    def __init__(self, partition: Partition, start: int, end: int) -> None:
        self.partition, self.start, self.end, self.done = partition, start, end, False


class Ledger(Generic[Partition]):
    """Spans of all partitions, in the order in which they were handed out."""

    def __init__(self) -> None:
        self._open: dict[Partition, deque[Span[Partition]]] = {}
        self._upto: dict[Partition, int] = {}

    def hand_out(self, partition: Partition, start: int, end: int) -> Span[Partition]:
        """Note that `[start, end)` is being worked on.

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
        """Note that everything that comes of this span is safely delivered; a span of before `clear` is ignored."""
        span.done = True
        spans = self._open.get(span.partition, deque())
        while spans and spans[0].done:
            self._upto[span.partition] = spans.popleft().end

    def committable(self, partition: Partition) -> int | None:
        """Tell the offset up to which all is done; None when nothing was done since `clear`."""
        return self._upto.get(partition)

    def partitions(self) -> list[Partition]:
        """List the partitions with something to commit."""
        return list(self._upto)

    @property
    def open_spans(self) -> int:
        """How many spans are being worked on."""
        return sum(len(spans) for spans in self._open.values())

    def clear(self) -> None:
        """Forget everything: the partitions are read again from what is committed."""
        self._open.clear()
        self._upto.clear()
