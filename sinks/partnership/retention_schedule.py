"""Apply a home's retention schedule: list the reports whose retention has ended, and order their purge."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from schemas.agreements import Agreement
from schemas.errors import Configuration
from schemas.identity import INTERNAL
from sinks.access.orders import current_agreements
from sinks.access.report_orders import held_reports, order_purges
from sinks.access.session import AccessSession
from sinks.index.port import NoAudience
from sinks.partnership.retention import (
    ExpiredReport,
    RetentionRule,
    expired_reports,
    parse_rules,
    require_known_agreements,
)


def schedule_path(home: Path) -> Path:
    """Return where a home has its retention schedule."""
    return home / "retention.csv"


def read_schedule(home: Path) -> list[RetentionRule]:
    """Return the rules of a home's schedule; none where there is no file. Raises: Configuration."""
    path = schedule_path(home)
    try:
        return parse_rules(path.read_text("utf-8"), str(path))
    except FileNotFoundError:
        return []
    except UnicodeDecodeError as exc:
        raise Configuration(f"{path} is not UTF-8 text") from exc


async def reports_past_retention(session: AccessSession) -> list[ExpiredReport]:
    """Return the reports whose retention has ended, those under a legal hold too; read as internal and logged.

    Raises: as `AccessSession.reading`; Configuration.
    """
    rules = read_schedule(session.settings.home)
    if not rules:
        return []
    agreements = await current_agreements(session.topics)
    require_known_agreements(rules, agreements)
    shared = await _shared_reports(session, rules, agreements)
    held, at = await held_reports(session.topics), session.now()

    def is_expired(report: Mapping[str, Any]) -> bool:
        return bool(expired_reports([report], rules, shared, held, at))

    async with session.reading(INTERNAL) as reading:
        reports = await reading.reports_kept(is_expired)
    return expired_reports(reports, rules, shared, held, at)


async def purge_expired(
    session: AccessSession, expired: Sequence[ExpiredReport], by: str, reason: str
) -> list[ExpiredReport]:
    """Order the purge of the reports that no legal hold keeps, and return the others. Raises: Transient, Denied."""
    kept = {report.report_id for report in expired if report.held}
    kept.update(await order_purges(session, [report.report_id for report in expired if not report.held], by, reason))
    return [report._replace(held=True) for report in expired if report.report_id in kept]


async def _shared_reports(
    session: AccessSession, rules: Sequence[RetentionRule], agreements: Mapping[str, Agreement]
) -> dict[str, set[str]]:
    """Return agreement -> the reports that its audiences see, for agreements in force that have rules."""
    shared: dict[str, set[str]] = {}
    for name in sorted({rule.agreement for rule in rules} - {""}):
        for audience in agreements[name].audiences if agreements[name].in_force(session.now()) else ():
            with suppress(NoAudience):
                async with session.reading(audience.name, audience.purposes[0]) as reading:
                    members = await reading.members()
                shared.setdefault(name, set()).update(report_id for report_id, _, _ in members)
    return shared
