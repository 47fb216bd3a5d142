"""Publishing from a dispatch vendor's own code: `Publisher`, and what it answers."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from producers.delivery.session import Session, connect
from producers.validation.report import Report, checked
from schemas.agencies import row
from schemas.errors import Rejected
from schemas.identity import report_id
from schemas.runtime.settings import Settings

_TRY_AGAIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Accepted:
    """A report was taken: it will be acknowledged by Kafka or kept on disk; `flush` tells which."""

    report_id: str
    version: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the reports so far: acknowledged by Kafka, kept on disk for the next run, refused.

    `delivered` counts reports of an earlier run that were taken from disk; `refusals` are those of Kafka alone, the
    others were told by `send`; `problem` says why reports were kept on disk, '' when none was.
    """

    acknowledged: int
    spooled: int
    refused: int
    delivered: int = 0
    refusals: tuple[Rejected, ...] = ()
    problem: str = ""


class Publisher:
    """Publishes the reports of one agency; use it as a context manager, from any thread.

    `send` checks a report and hands it over at once; `flush` waits for the acknowledgements, at most about one and a
    half times `settings.delivery_timeout_s` seconds. After a failure of Kafka reports are kept on disk; a later `flush`
    (tried every 30 s), the next `Publisher`, or `interagency publish` delivers them.
    """

    def __init__(
        self,
        agency: str,
        settings: Settings | None = None,
        connecting: Callable[[Settings], Session] = connect,
        new_agency: bool = False,
    ) -> None:
        """Name the agency; `connecting` is for tests. Raises: Configuration when `agency` is no agency id.

        An unknown agency whose id is one letter from a known one is refused, report by report, unless `new_agency`.
        """
        row({"agency_id": agency}, "")
        self._agency = agency
        self._settings = settings or Settings()
        self._connecting, self._new_agency = connecting, new_agency
        self._sessions: list[Session] = []
        self._refused = 0
        self._try_again_at = 0.0
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Connect, and deliver what an earlier run kept on disk. Raises: Configuration."""
        self._connect()
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, at: TracebackType | None) -> None:
        with self._lock:
            self._session.close()

    def _connect(self) -> None:
        session = self._connecting(self._settings)
        session.new_agency = self._new_agency
        session.deliver_spools([self._agency])
        self._sessions.append(session)
        self._try_again_at = time.monotonic() + _TRY_AGAIN_S

    @property
    def _session(self) -> Session:
        if not self._sessions:
            raise RuntimeError("use the Publisher in a with statement")
        return self._sessions[-1]

    def send(self, report: Report) -> Accepted | Rejected:
        """Hand over one report, or say which field is wrong and why. Raises: Transient when the disk is full too."""
        values = checked(report, self._agency)
        with self._lock:
            rejected = values if isinstance(values, Rejected) else self._session.send(values)
            if rejected is not None:
                self._refused += 1
                return rejected
        return Accepted(report_id(self._agency, report.source_id), report.version)

    def flush(self) -> Outcome:
        """Wait until every report is acknowledged, refused or on disk. Raises: Transient when the disk is full too."""
        with self._lock:
            self._session.flush()
            if not self._session.connected and time.monotonic() >= self._try_again_at:
                self._session.close()
                self._connect()
        return self.outcome

    @property
    def outcome(self) -> Outcome:
        """What became of the reports; final after the `with` statement."""
        tallies = [session.tally for session in self._sessions]
        refusals = tuple(rejected for tally in tallies for _, rejected in tally.refusals)
        return Outcome(
            acknowledged=sum(tally.acknowledged for tally in tallies),
            spooled=sum(tally.spooled for tally in tallies),
            refused=self._refused + len(refusals),
            delivered=sum(tally.delivered for tally in tallies),
            refusals=refusals,
            problem=str(self._session.tally.problem or ""),
        )
