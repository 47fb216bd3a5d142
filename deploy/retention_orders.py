"""What retention orders of reports: the same purge as of `interagency purge`, for many at once."""

from collections.abc import Collection

from deploy.custody_commands import _custody
from deploy.saying import now, send, told
from schemas import wire
from schemas.records import ReportOrder
from schemas.settings import Settings, endpoints
from schemas.topics import PURGES


def held_reports() -> set[str]:
    """Return the reports that a legal hold keeps. Raises: Transient."""
    return {order["report_id"] for order in _custody() if order["held"]}


def order_purges(report_ids: Collection[str], by: str, why: str) -> list[str]:
    """Order the purge of each report, and return those that a hold keeps by now. Raises: BadParameter, Transient."""
    from producers import broker

    (who, reason), settings, custody = told(by, why), Settings(), _custody()
    kept: list[str] = []
    sending = broker.Connection(endpoints(settings).kafka, settings.delivery_timeout_s)
    try:
        for name in report_ids:
            before = custody.on(name)
            if before is not None and before["held"]:
                kept.append(name)
                continue
            sealed = before is not None and before["sealed"]
            order: ReportOrder = {
                "report_id": name,
                "held": False,
                "sealed": sealed,
                "purged": True,
                "by": who,
                "why": reason,
                "at": now(),
            }
            value = wire.encode("report_order", order)
            send(sending, PURGES.name, name.encode(), value, order["at"], settings.delivery_timeout_s)
    finally:
        sending.close(settings.delivery_timeout_s)
    return kept
