"""The bulletins of a day for every audience of a partnership, read from the index under each audience's rights."""

from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from schemas.agreements import Agreement, Audience
from schemas.errors import InvalidRequest
from sinks.access.agency_rows import countries
from sinks.access.orders import NoSuchAgreement, current_agreements
from sinks.access.session import AccessSession
from sinks.index.port import NoAudience
from sinks.partnership.bulletin import markdown
from sinks.partnership.periods import DAY, day_of, span_of
from sinks.search.lookouts import LookoutHit
from sinks.search.options import instant
from sinks.search.query import MOST_HITS, Query

_FARTHEST_MS = 2 * 86_400_000
"""No time zone has begun a day that is farther in the future, milliseconds."""


class Bulletins(NamedTuple):
    """The day in the agreement's time zone, and audience -> its bulletin as Markdown."""

    day: date
    by_audience: dict[str, str]


async def daily_bulletins(session: AccessSession, agreement_id: str, day: str | None) -> Bulletins:
    """Return the bulletins of a day, stated in ISO 8601; of yesterday where it is None.

    Each reading is checked and logged. Raises: NoSuchAgreement where it is not in force; InvalidRequest, Transient.
    """
    # Whatever the time zone; and refused before Kafka is asked.
    if day is not None and _time(day, "UTC") > session.now() + _FARTHEST_MS:
        raise InvalidRequest("day", "that day is in the future")
    agreement = (await current_agreements(session.topics)).get(agreement_id)
    if agreement is None or not agreement.in_force(session.now()):
        raise NoSuchAgreement(agreement_id, " in force")
    zone = agreement.time_zone
    on = _day(agreement, day, session.now())
    since, until = span_of(on, on, zone)
    rows = await countries(session.topics)
    bulletins: dict[str, str] = {}
    for audience in agreement.audiences:
        view = await _view(session, audience, since, until)
        focus = agreement.focus(audience)
        bulletins[audience.name] = markdown(
            agreement.title, audience.name, audience.country, f"{on}", *view, rows, focus, zone
        )
    return Bulletins(on, bulletins)


def _time(text: str, zone: str) -> int:
    """Return a stated time or the start of a stated day, UTC milliseconds."""
    try:
        return int(instant(text, False, ZoneInfo(zone)).timestamp() * 1000)
    except ValueError as exc:
        raise InvalidRequest("day", str(exc)) from None


def _day(agreement: Agreement, text: str | None, now: int) -> date:
    """Return the requested day in the agreement's time zone; yesterday where none is stated."""
    zone = agreement.time_zone
    if text is None:
        return day_of(now, zone) - DAY
    day = day_of(_time(text, zone), zone)
    if span_of(day, day, zone)[0] > now:
        raise InvalidRequest("day", "that day is in the future")
    return day


async def _view(
    session: AccessSession, audience: Audience, since: int, until: int
) -> tuple[int, list[dict[str, Any]], list[LookoutHit]]:
    """Return what an audience sees of a time, UTC milliseconds: total, incidents, and hits of lookouts."""
    first, last = (datetime.fromtimestamp(at / 1000, UTC) for at in (since, until))
    query = Query(since=first, until=last, sort="oldest", limit=MOST_HITS)
    try:
        async with session.reading(audience.name, audience.purposes[0]) as reading:
            result = await reading.find(query)
            hits = await reading.lookout_hits(lambda hit: since <= hit.at < until)
    # In a new partnership nothing may have been released to some audiences yet.
    except NoAudience:
        return 0, [], []
    return result["total"], result["hits"], hits
