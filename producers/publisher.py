"""Publish from a dispatch vendor's own code: `Publisher`, and its results."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from producers.delivery.session import Session, connect
from producers.validation.report import Report, check_report
from schemas.agencies import agency_row
from schemas.errors import Rejected
from schemas.identity import report_id
from schemas.runtime.settings import Settings

_RECONNECT_S = 30.0


@dataclass(frozen=True, slots=True)
class Accepted:
    """A report was accepted: Kafka will acknowledge it, or it goes to disk; `flush` returns which."""

    report_id: str
    version: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the reports so far: acknowledged by Kafka, kept on disk for the next run, or refused.

    `delivered` counts reports of an earlier run that were sent from disk; `refusals` are Kafka's alone, since `send`
    returned the others; `problem` says why reports were kept on disk, '' when none were.
    """

    acknowledged: int
    spooled: int
    refused: int
    delivered: int = 0
    refusals: tuple[Rejected, ...] = ()
    problem: str = ""


class Publisher:
    """Publish the reports of one agency; use it as a context manager, from any thread.

    `send` checks a report and sends it without waiting; `flush` waits for the acknowledgements, at most about one and
    a half times `settings.delivery_timeout_s` seconds. When Kafka fails, reports are kept on disk; a later `flush`
    (which reconnects at most every 30 s), the next `Publisher`, or `interagency publish` delivers them.
    """

    def __init__(
        self,
        agency: str,
        settings: Settings | None = None,
        open_session: Callable[[Settings], Session] = connect,
        new_agency: bool = False,
    ) -> None:
        """Prepare to publish for `agency`; `open_session` is for tests.

        Reports of an unknown agency whose id is one letter from a known one are refused, unless `new_agency` is set.

        Raises: Configuration when `agency` is not a valid agency id.
        """
        agency_row({"agency_id": agency}, "")
        self._agency = agency
        self._settings = settings or Settings()
        self._open_session, self._new_agency = open_session, new_agency
        self._sessions: list[Session] = []
        self._refused = 0
        self._reconnect_at = 0.0
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Connect, and deliver what an earlier run kept on disk. Raises: Configuration."""
        self._connect()
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, at: TracebackType | None) -> None:
        with self._lock:
            self._session.close()

    def _connect(self) -> None:
        session = self._open_session(self._settings)
        session.new_agency = self._new_agency
        session.deliver_spools([self._agency])
        self._sessions.append(session)
        self._reconnect_at = time.monotonic() + _RECONNECT_S

    @property
    def _session(self) -> Session:
        if not self._sessions:
            raise RuntimeError("use the Publisher in a with statement")
        return self._sessions[-1]

    def send(self, report: Report) -> Accepted | Rejected:
        """Send a report; return its rejection if a field is invalid. Raises: Transient when the disk fails too."""
        values = check_report(report, self._agency)
        with self._lock:
            rejected = values if isinstance(values, Rejected) else self._session.send(values)
            if rejected is not None:
                self._refused += 1
                return rejected
        return Accepted(report_id(self._agency, report.source_id), report.version)

    def flush(self) -> Outcome:
        """Wait until every report is acknowledged, refused or on disk. Raises: Transient when the disk fails too."""
        with self._lock:
            self._session.flush()
            if not self._session.connected and time.monotonic() >= self._reconnect_at:
                self._session.close()
                self._connect()
        return self.outcome

    @property
    def outcome(self) -> Outcome:
        """Return what became of the reports; final after the `with` statement."""
        counts = [session.counts for session in self._sessions]
        refusals = tuple(rejected for each in counts for _, rejected in each.refusals)
        return Outcome(
            acknowledged=sum(each.acknowledged for each in counts),
            spooled=sum(each.spooled for each in counts),
            refused=self._refused + len(refusals),
            delivered=sum(each.delivered for each in counts),
            refusals=refusals,
            problem=str(self._session.counts.problem or ""),
        )
