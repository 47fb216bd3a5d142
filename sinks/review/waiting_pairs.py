"""The review queue as one reader may see it: the open pairs of the stream, narrowed to what the index shows."""

from collections.abc import Awaitable, Callable

from schemas.identity import INTERNAL
from schemas.records.incident import ExplainedDecision
from sinks.access.session import AccessSession
from sinks.review import review_queue
from sinks.search.reader import ReportView

OpenDecisions = Callable[[str, int], Awaitable[list[ExplainedDecision]]]
"""(Kafka's address, generation) -> the decisions left open, of the highest sums first; handed in, as `streams` decides.

Raises: Transient, Configuration.
"""


async def waiting_pairs(
    session: AccessSession, open_decisions: list[ExplainedDecision], queue_filter: review_queue.QueueFilter, most: int
) -> tuple[int, list[review_queue.Pair]]:
    """Return how many pairs wait for a person, and at most `most` of them with both reports. Raises: as a reading."""
    waiting = {(decision["left"], decision["right"]): decision for decision in open_decisions}

    def fits(left: ReportView, right: ReportView) -> bool:
        changes = review_queue.would_change(left.report, right.report, (left.incident.id, right.incident.id))
        return changes and queue_filter.fits((left.report, right.report))

    async with session.reading(INTERNAL) as reading:
        count, pairs = await reading.pairs(list(waiting), fits, most)
    return count, [
        review_queue.Pair(waiting[left.report["report_id"], right.report["report_id"]], (left.report, right.report))
        for left, right in pairs
    ]
