"""One run of publishing: connections, registry and delivery together, for any number of agencies."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from producers.delivery import spool
from producers.delivery.agency_registry import Registry, first_row, recall, remember
from producers.delivery.port import RecordProducer
from producers.delivery.sender import Delivery, Tally
from producers.validation.fields import Values
from producers.validation.nearest_agencies import introduced, mistyped, nearest, unheard
from producers.validation.report import encoded, event_id
from schemas.errors import Denied, PipelineError, Reason, Rejected, Transient
from schemas.records.agency import AgencyRow
from schemas.runtime.clock import now_ms
from schemas.runtime.settings import Settings, endpoints


class Session:
    """One run of publishing: what was kept on disk goes first, then what is sent, for any number of agencies.

    `new_agency` lets agencies in whose id is one letter from a known one; `tell` is told of each that is new.
    """

    def __init__(self, settings: Settings, sending: RecordProducer | PipelineError, registry: Registry | None) -> None:
        """Start with the connections, or with the reason why there are none; `connect` makes them."""
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._home, self._may_add = settings.home, not settings.external
        self._registry = registry
        self.new_agency = False
        self.tell: Callable[[str], None] = unheard
        self._delivery = Delivery(sending, settings.home, settings.delivery_timeout_s, now_ms)
        self._rows: dict[str, AgencyRow | Rejected] = {}
        self._offline = recall(settings.home)
        self._ids = secrets.randbits(62)

    @property
    def tally(self) -> Tally:
        """What became of the records so far."""
        return self._delivery.tally

    @property
    def connected(self) -> bool:
        """False once records go to disk."""
        return self._delivery.connected

    def deliver_spools(self, agency_ids: list[str] | None = None) -> None:
        """Deliver what waits on disk, of all agencies or of these."""
        for agency_id in spool.agencies(self._home):
            if agency_ids is not None and agency_id not in agency_ids:
                continue
            # What is on disk was let in when it was put there.
            if not isinstance(self._looked_up(agency_id, ""), Rejected):
                self._delivery.deliver_spool(agency_id)

    def send(self, values: Values, origin: object = None) -> Rejected | None:
        """Send one checked report; None when it was taken. Raises: Transient when the disk is full too."""
        agency_id, source_id = values["agency"], values["source_id"]
        standing = self._rows.get(agency_id) or self._row(agency_id, values.get("type_system", ""))
        if isinstance(standing, Rejected):
            return standing
        self._ids += 1
        framed = encoded(values, standing, event_id(now_ms(), self._ids))
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
            known = self._rows[agency_id] = self._let_in(agency_id) or self._looked_up(agency_id, code_system)
        return known

    def _let_in(self, agency_id: str) -> Rejected | None:
        """Refuse an id that is mistyped, and say of another unknown one that it is new."""
        live = self._registry is not None and self._delivery.connected
        known = self._registry.rows if self._registry is not None and live else self._offline
        if agency_id in known or (live and not self._may_add):
            return None
        refused = None if self.new_agency else mistyped(agency_id, known)
        if refused is None:
            self.tell(introduced(agency_id, known))
        return refused

    def _looked_up(self, agency_id: str, code_system: str) -> AgencyRow | Rejected:
        try:
            if self._registry is not None and self._delivery.connected:
                return self._registry.ensure(agency_id, code_system, self._may_add)
        except Denied:
            near = ", ".join(name for _, name in nearest(agency_id, self._registry.rows)) if self._registry else ""
            hint = f"interagency agency add {agency_id}; nearest known: {near}"
            return Rejected(Reason.AGENCY_UNKNOWN, "agency", "the agency is not in the registry", hint)
        except Transient as exc:
            self._delivery.fail(exc)
        offline = self._offline.get(agency_id)
        return offline or first_row(agency_id, code_system)


def connect(settings: Settings) -> Session:
    """Connect to Kafka and read the registry; a Kafka that does not answer makes a session that keeps all on disk.

    Raises: Configuration when the settings name no Kafka.
    """
    from producers.delivery import kafka  # 0.2 s that `--help` need not wait for

    try:
        at = endpoints(settings).kafka
        sending = kafka.Producer(at, settings.delivery_timeout_s)
    except (Transient, Denied) as exc:
        return Session(settings, exc, None)
    try:
        registry = Registry(kafka.Admin(at, settings.delivery_timeout_s), sending, settings.delivery_timeout_s)
    except (Transient, Denied) as exc:
        sending.close(0)
        return Session(settings, exc, None)
    return Session(settings, sending, registry)


@contextmanager
def open_registry(settings: Settings) -> Iterator[Registry]:
    """Give the registry for a command that needs nothing else. Raises: Transient, Denied, Configuration."""
    from producers.delivery import kafka

    at = endpoints(settings).kafka
    sending = kafka.Producer(at, settings.delivery_timeout_s)
    try:
        registry = Registry(kafka.Admin(at, settings.delivery_timeout_s), sending, settings.delivery_timeout_s)
        try:
            yield registry
        finally:
            registry.close()
    finally:
        sending.close(settings.delivery_timeout_s)
