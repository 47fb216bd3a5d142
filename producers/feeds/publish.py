"""Publish feed files: the use case behind the command, without printing and exit codes."""

from collections.abc import Callable
from dataclasses import dataclass

from producers.delivery import spool
from producers.delivery.session import Session
from producers.feeds.pace import paced
from producers.feeds.reader import FeedReader, Refusal
from schemas.errors import PipelineError, Reason


@dataclass(frozen=True, slots=True)
class PublishResult:
    """What became of a run's lines; `delivered` counts reports that an earlier run had kept on disk.

    `problem` is why reports were kept on disk; `unsent` is whether any are on disk now, of this run or another.
    """

    lines: int
    acknowledged: int
    spooled: int
    delivered: int
    unknown_precisions: int
    refusals: tuple[Refusal, ...]
    problem: PipelineError | None
    unsent: bool

    @property
    def unknown_agency(self) -> bool:
        """Return whether a line was refused because its agency is not in the registry."""
        return any(refusal.rejected.reason is Reason.AGENCY_UNKNOWN for refusal in self.refusals)


def publish(
    session: Session, reader: FeedReader, new_agency: bool, rate: float | None, notify: Callable[[str], None]
) -> PublishResult:
    """Deliver what is on disk, then the reports of `reader`, at `rate` per second if given; closes the session.

    `notify` of agencies that are new; `new_agency` admits those whose id is one letter from a known one.

    Raises: OSError when a file cannot be opened; Transient when neither Kafka nor the disk takes a report.
    """
    session.new_agency, session.notify = new_agency, notify
    try:
        session.deliver_spools()
        for origin, values in paced(reader.reports(), rate) if rate else reader.reports():
            rejected = session.send(values, origin)
            if rejected is not None:
                reader.refuse(origin, rejected)
    finally:
        session.close()
    counts = session.counts
    for source, rejected in counts.refusals:
        reader.refuse(source if isinstance(source, tuple) else (str(source), 0), rejected)
    return PublishResult(
        lines=reader.lines,
        acknowledged=counts.acknowledged,
        spooled=counts.spooled,
        delivered=counts.delivered,
        unknown_precisions=reader.unknown_precisions,
        refusals=tuple(reader.refusals),
        problem=counts.problem,
        unsent=bool(spool.agencies_with_records(session.home)),
    )
