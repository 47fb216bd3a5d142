"""Publishing: `Publisher`, what a dispatch vendor's code uses, and `Session`, which does the work for any agencies."""

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from producers import spool
from producers.delivery import Delivery, Tally
from producers.fields import Values
from producers.port import Sending
from producers.registry import Registry, first_row, recall, remember
from producers.report import Report, checked, encoded, event_id
from schemas.agencies import row
from schemas.errors import Denied, PipelineError, Reason, Rejected, Transient
from schemas.identity import report_id
from schemas.records import AgencyRow
from schemas.settings import Settings, endpoints


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


class Session:
    """One run of publishing: what was kept on disk goes first, then what is sent, for any number of agencies."""

    def __init__(self, settings: Settings, sending: Sending | PipelineError, registry: Registry | None) -> None:
        """Start with the connections, or with the reason why there are none; `connect` makes them."""
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._home, self._may_add = settings.home, not settings.external
        self._registry = registry
        self._delivery = Delivery(sending, settings.home, settings.delivery_timeout_s, _now_ms)
        self._rows: dict[str, AgencyRow | Rejected] = {}
        self._offline = recall(settings.home)
        self._ids = secrets.randbits(62)

    @property
    def tally(self) -> Tally:
        """What became of the records so far."""
        return self._delivery.tally

    def deliver_spools(self, agency_ids: list[str] | None = None) -> None:
        """Deliver what waits on disk, of all agencies or of these."""
        for agency_id in spool.agencies(self._home) if agency_ids is None else agency_ids:
            if self._delivery.connected and not isinstance(self._row(agency_id, ""), Rejected):
                self._delivery.deliver_spool(agency_id)

    def send(self, values: Values, origin: object = None) -> Rejected | None:
        """Send one checked report; None when it was taken. Raises: Transient when the disk is full too."""
        agency_id, source_id = values["agency"], values["source_id"]
        standing = self._rows.get(agency_id) or self._row(agency_id, values.get("type_system", ""))
        if isinstance(standing, Rejected):
            return standing
        self._ids += 1
        framed = encoded(values, standing, event_id(_now_ms(), self._ids))
        if isinstance(framed, Rejected):
            return framed
        self._delivery.send(agency_id, source_id.encode(), framed, origin)
        return None

    def flush(self) -> None:
        """Wait until everything sent is acknowledged, refused or on disk."""
        self._delivery.flush()

    def close(self) -> None:
        """Flush, remember the registry for the time without Kafka, and end the connection."""
        self._delivery.close()
        if self._registry is not None:
            remember(self._home, self._registry.rows)
            self._registry.close()

    def _row(self, agency_id: str, code_system: str) -> AgencyRow | Rejected:
        known = self._rows.get(agency_id)
        if known is None:
            known = self._rows[agency_id] = self._looked_up(agency_id, code_system)
        return known

    def _looked_up(self, agency_id: str, code_system: str) -> AgencyRow | Rejected:
        try:
            if self._registry is not None and self._delivery.connected:
                return self._registry.ensure(agency_id, code_system, self._may_add)
        except Denied:
            hint = f"interagency agency add {agency_id}"
            return Rejected(Reason.AGENCY_UNKNOWN, "agency", "the agency is not in the registry", hint)
        except Transient as exc:
            self._delivery.fail(exc)
        offline = self._offline.get(agency_id)
        return offline or first_row(agency_id, code_system)


def connect(settings: Settings) -> Session:
    """Connect to Kafka and read the registry; a Kafka that does not answer makes a session that keeps all on disk.

    Raises: Configuration when the settings name no Kafka.
    """
    from producers import broker  # 0.2 s that `--help` need not wait for

    try:
        at = endpoints(settings).kafka
        sending = broker.Connection(at, settings.delivery_timeout_s)
    except (Transient, Denied) as exc:
        return Session(settings, exc, None)
    try:
        registry = Registry(broker.Admin(at, settings.delivery_timeout_s), sending, settings.delivery_timeout_s)
    except (Transient, Denied) as exc:
        sending.close(0)
        return Session(settings, exc, None)
    return Session(settings, sending, registry)


@contextmanager
def open_registry(settings: Settings) -> Iterator[Registry]:
    """Give the registry for a command that needs nothing else. Raises: Transient, Denied, Configuration."""
    from producers import broker

    at = endpoints(settings).kafka
    sending = broker.Connection(at, settings.delivery_timeout_s)
    try:
        registry = Registry(broker.Admin(at, settings.delivery_timeout_s), sending, settings.delivery_timeout_s)
        try:
            yield registry
        finally:
            registry.close()
    finally:
        sending.close(settings.delivery_timeout_s)


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
    half times `settings.delivery_timeout_s` seconds. After a failure of Kafka reports are kept on disk until the next
    `Publisher`, or `interagency publish`, delivers them.
    """

    def __init__(self, agency: str, settings: Settings | None = None, *, session: Session | None = None) -> None:
        """Name the agency; `session` is for tests. Raises: Configuration when `agency` is no agency id."""
        row({"agency_id": agency}, "")
        self._agency = agency
        self._settings = settings or Settings()
        self._session = session
        self._refused = 0
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Connect, and deliver what an earlier run kept on disk. Raises: Configuration, Denied."""
        self._session = self._session or connect(self._settings)
        self._session.deliver_spools([self._agency])
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, at: TracebackType | None) -> None:
        with self._lock:
            self._open().close()

    def _open(self) -> Session:
        if self._session is None:
            raise RuntimeError("use the Publisher in a with statement")
        return self._session

    def send(self, report: Report) -> Accepted | Rejected:
        """Hand over one report, or say which field is wrong and why. Raises: Transient when the disk is full too."""
        values = checked(report, self._agency)
        with self._lock:
            rejected = values if isinstance(values, Rejected) else self._open().send(values)
            if rejected is not None:
                self._refused += 1
                return rejected
        return Accepted(report_id(self._agency, report.source_id), report.version)

    def flush(self) -> Outcome:
        """Wait until every report is acknowledged, refused or on disk. Raises: Transient when the disk is full too."""
        with self._lock:
            self._open().flush()
        return self.outcome

    @property
    def outcome(self) -> Outcome:
        """What became of the reports; final after the `with` statement."""
        tally = self._open().tally
        refusals = tuple(rejected for _, rejected in tally.refusals)
        problem = str(tally.problem or "")
        refused = self._refused + len(refusals)
        return Outcome(tally.acknowledged, tally.spooled, refused, tally.delivered, refusals, problem)
