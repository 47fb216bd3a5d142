"""One run of publishing: connections, registry and delivery together, for any number of agencies."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from producers.delivery import spool
from producers.delivery.agency_registry import Registry, default_row, load_cache, save_cache
from producers.delivery.port import RecordProducer
from producers.delivery.sender import DeliveryCounts, Sender
from producers.validation.fields import Values
from producers.validation.nearest_agencies import discard, new_agency_notice, reject_mistyped
from producers.validation.report import encode, event_id
from schemas.errors import Denied, PipelineError, Reason, Rejected, Transient
from schemas.nearest_agencies import nearest
from schemas.records.agency import AgencyRow
from schemas.runtime.clock import now_ms
from schemas.runtime.settings import Settings, endpoints


class Session:
    """One run of publishing: deliver what is on disk first, then send, for any number of agencies.

    `new_agency` admits agencies whose id is one letter from a known one; `notify` is called with a notice of each
    agency that is new.
    """

    def __init__(self, settings: Settings, producer: RecordProducer | PipelineError, registry: Registry | None) -> None:
        """Start with connections, or with the reason why there are none; see `connect`."""
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.home, self._may_add = settings.home, not settings.external
        self._registry = registry
        self.new_agency = False
        self.notify: Callable[[str], None] = discard
        self._sender = Sender(producer, settings.home, settings.delivery_timeout_s, now_ms)
        self._rows: dict[str, AgencyRow | Rejected] = {}
        self._cached_rows = load_cache(settings.home)
        self._ids = secrets.randbits(62)

    @property
    def counts(self) -> DeliveryCounts:
        """Return what became of the records so far."""
        return self._sender.counts

    @property
    def connected(self) -> bool:
        """Return False once records go to disk."""
        return self._sender.connected

    def deliver_spools(self, agency_ids: list[str] | None = None) -> None:
        """Deliver what is on disk, of these agencies or of all."""
        for agency_id in spool.agencies_with_records(self.home):
            if agency_ids is not None and agency_id not in agency_ids:
                continue
            # An agency that has reports on disk was admitted when they were written.
            if not isinstance(self._find_row(agency_id, ""), Rejected):
                self._sender.deliver_spool(agency_id)

    def send(self, values: Values, origin: object = None) -> Rejected | None:
        """Send a checked report; return its rejection, or None. Raises: Transient when the disk fails too."""
        agency_id, source_id = values["agency"], values["source_id"]
        row = self._rows.get(agency_id) or self._admit(agency_id, values.get("type_system", ""))
        if isinstance(row, Rejected):
            return row
        self._ids += 1
        framed = encode(values, row, event_id(now_ms(), self._ids))
        if isinstance(framed, Rejected):
            return framed
        self._sender.send(agency_id, source_id.encode(), framed, origin)
        return None

    def flush(self) -> None:
        """Wait until everything sent is acknowledged, refused or on disk. Raises: Transient when the disk fails too."""
        self._sender.flush()

    def close(self) -> None:
        """Flush, save the registry for runs without Kafka, and close the connections."""
        self._sender.close()
        if self._registry is not None:
            save_cache(self.home, self._registry.rows)
            self._registry.close()

    def _admit(self, agency_id: str, code_system: str) -> AgencyRow | Rejected:
        """Return the row of an agency at its first report, or why it may not publish; both hold for the whole run."""
        row = self._rejection(agency_id) or self._find_row(agency_id, code_system)
        self._rows[agency_id] = row
        return row

    def _rejection(self, agency_id: str) -> Rejected | None:
        """Return the rejection of a mistyped id; notify of any other unknown one."""
        live = self._registry is not None and self._sender.connected
        known = self._registry.rows if self._registry is not None and live else self._cached_rows
        if agency_id in known or (live and not self._may_add):
            return None
        rejected = None if self.new_agency else reject_mistyped(agency_id, known)
        if rejected is None:
            self.notify(new_agency_notice(agency_id, known))
        return rejected

    def _find_row(self, agency_id: str, code_system: str) -> AgencyRow | Rejected:
        try:
            if self._registry is not None and self._sender.connected:
                return self._registry.ensure(agency_id, code_system, self._may_add)
        except Denied:
            similar = ", ".join(name for _, name in nearest(agency_id, self._registry.rows)) if self._registry else ""
            hint = f"interagency agency add {agency_id}; nearest known: {similar}"
            return Rejected(Reason.AGENCY_UNKNOWN, "agency", "the agency is not in the registry", hint)
        except Transient as exc:
            self._sender.fail(exc)
        return self._cached_rows.get(agency_id) or default_row(agency_id, code_system)


def connect(settings: Settings) -> Session:
    """Connect to Kafka and read the registry; if Kafka does not answer, return a session that writes all to disk.

    Raises: Configuration when the settings name no Kafka.
    """
    from producers.delivery import kafka  # 0.2 s that `--help` need not wait for

    try:
        server = endpoints(settings).kafka
        producer = kafka.Producer(server, settings.delivery_timeout_s)
    except (Transient, Denied) as exc:
        return Session(settings, exc, None)
    try:
        registry = Registry(kafka.Admin(server, settings.delivery_timeout_s), producer, settings.delivery_timeout_s)
    except (Transient, Denied) as exc:
        producer.close(0)
        return Session(settings, exc, None)
    return Session(settings, producer, registry)


@contextmanager
def open_registry(settings: Settings) -> Iterator[Registry]:
    """Open the registry alone, without a session. Raises: Transient, Denied, Configuration."""
    from producers.delivery import kafka

    server = endpoints(settings).kafka
    producer = kafka.Producer(server, settings.delivery_timeout_s)
    try:
        registry = Registry(kafka.Admin(server, settings.delivery_timeout_s), producer, settings.delivery_timeout_s)
        try:
            yield registry
        finally:
            registry.close()
    finally:
        producer.close(settings.delivery_timeout_s)
