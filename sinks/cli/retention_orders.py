"""What retention orders of reports: the same purge as of `interagency purge`, for many at once."""

from collections.abc import Collection

from schemas.agreements.report_orders import order_key, report_order
from schemas.records import codec
from schemas.runtime.clock import now_ms
from schemas.runtime.settings import Settings, endpoints
from schemas.topics import PURGES
from sinks.access.order_writer import asking, send, told
from sinks.cli.report_orders import custody_of, read_orders


def held_reports() -> set[str]:
    """Return the reports that a legal hold keeps. Raises: Transient."""
    with asking() as admin:
        return {one["report_id"] for one in custody_of(read_orders(admin)) if one["kind"] == "HOLD" and one["ordered"]}


def order_purges(report_ids: Collection[str], by: str, why: str) -> list[str]:
    """Order the purge of each report, and return those that a hold keeps by now. Raises: BadParameter, Transient."""
    from producers.delivery import kafka

    (who, reason), settings, held = told(by, why), Settings(), held_reports()
    sending = kafka.Producer(endpoints(settings).kafka, settings.delivery_timeout_s)
    try:
        for name in report_ids:
            if name in held:
                continue
            order = report_order("PURGE", name, who, reason, now_ms())
            value = codec.encode("report_order", order)
            send(sending, PURGES.name, order_key(order), value, order["at"], settings.delivery_timeout_s)
    finally:
        sending.close(settings.delivery_timeout_s)
    # A hold that came meanwhile lets the purge wait.
    held |= held_reports()
    return [name for name in report_ids if name in held]
