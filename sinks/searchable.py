"""From indexed to searchable: which indices to refresh, when, and how long it took until a report could be found."""

import time
from collections.abc import Callable, Sequence

from schemas import telemetry
from schemas.errors import Denied, Transient
from sinks.document import Entry
from sinks.figures import Figures
from sinks.index import Index

BUSY_S = 1.0
IDLE_S = 0.1
# When idle, refreshing may take a tenth of the time: an index that refreshes slowly is refreshed less often.
REST = 10.0
_log = telemetry.logger(__name__)


class Searchable:
    """Refreshes the touched indices; only then are their documents counted as searchable.

    `clock` gives UTC seconds, as `published_at` is told by other machines; `monotonic` seconds of any origin.
    """

    def __init__(
        self,
        index: Index,
        figures: Figures,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._index, self._figures, self._clock, self._monotonic = index, figures, clock, monotonic
        self._touched: set[str] = set()
        self._documents = 0
        self._published: dict[str, int] = {}
        self._refreshed_at = -BUSY_S
        self._took = 0.0

    def add(self, entries: Sequence[Entry]) -> None:
        """Note that these were indexed; of a view only its newest revision tells a latency."""
        self._touched.update(one.index for one in entries)
        self._documents += len(entries)
        self._published.update((one.document_id, one.published_at) for one in entries if one.published_at)

    def due_in(self, idle: bool) -> float | None:
        """Tell in how many seconds to refresh; None when nothing was indexed since the last time."""
        if not self._touched:
            return None
        interval = max(IDLE_S, REST * self._took) if idle else BUSY_S
        return max(0.0, self._refreshed_at + interval - self._monotonic())

    async def refresh(self) -> None:
        """Refresh what was touched until now; when the index does not answer, all is kept for the next time."""
        touched, self._touched = self._touched, set()
        documents, self._documents = self._documents, 0
        published, self._published = self._published, {}
        started = self._monotonic()
        try:
            await self._index.refresh(touched)
        except (Transient, Denied) as exc:
            self._touched |= touched
            self._documents += documents
            self._published = {**published, **self._published}
            self._took = BUSY_S / REST
            _log.warning("refresh_failed", error=str(exc), indices=len(touched))
        else:
            self._took = self._monotonic() - started
            self._figures.found(documents, published.values(), self._clock())
        self._refreshed_at = self._monotonic()
