"""The command `digest`: what occurred on a day, for each audience of a partnership as it sees it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sinks.cli.options import AgreementId, milliseconds
from sinks.cli.output import print_lines
from sinks.cli.session import run

if TYPE_CHECKING:
    from datetime import date

    from schemas.agreements import Agreement, Audience
    from sinks.access.session import AccessSession
    from sinks.search.lookouts import Sighting

_EXAMPLES = """Examples:

interagency digest actt --day 2026-11-26

interagency digest actt --out digests"""
LONGEST_DAY_MS = 2 * 86_400_000
"""Beyond this no time zone has begun a day yet, milliseconds."""


def register(app: typer.Typer) -> None:
    """Add the command to the front door."""
    app.command(epilog=_EXAMPLES)(digest)


def digest(
    agreement_id: AgreementId,
    day: Annotated[
        str | None, typer.Option("--day", metavar="DATE", help="In the agreement's time zone; yesterday if not given.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", file_okay=False, help="A file for each audience.")
    ] = None,
) -> None:
    """Write for each audience of a partnership what occurred that day, as it sees it: English, for Mexico Spanish.

    What the agreement is about comes first: what, roughly where, which agencies, where they disagree, cautions; then
    all else, and who or what is wanted and was seen. No persons, plates or narratives. 77 when it is not in force.
    """
    from functools import partial

    from schemas.runtime.clock import now_ms

    # A text that is not a time at all is refused before Kafka is asked.
    at = milliseconds(day, False, "--day")
    if at is not None and at > now_ms() + LONGEST_DAY_MS:
        raise typer.BadParameter("that day is still to come", param_hint="--day")
    date, bulletins = run(partial(_bulletins, agreement_id=agreement_id, day=day))
    for name, text in bulletins.items():
        if out is None:
            print_lines([text])
            continue
        out.mkdir(parents=True, exist_ok=True)
        path = out / f"{date}-{name}.md"
        path.write_text(text)
        print_lines([f"written: {path}"])


async def _bulletins(session: "AccessSession", agreement_id: str, day: str | None) -> tuple[str, dict[str, str]]:
    """Return the date, and audience -> its bulletin of that day. Raises: NoSuchAgreement, BadParameter."""
    from sinks.access.agency_rows import countries
    from sinks.access.orders import NoSuchAgreement, current_agreements
    from sinks.partnership.bulletin import markdown
    from sinks.partnership.periods import span_of

    agreement = (await current_agreements(session.topics)).get(agreement_id)
    if agreement is None or not agreement.in_force(session.now()):
        raise NoSuchAgreement(agreement_id, " in force")
    zone = agreement.time_zone
    date = _date(agreement, day, session.now())
    since, until = span_of(date, date, zone)
    if since > session.now():
        raise typer.BadParameter("that day is still to come", param_hint="--day")
    rows = await countries(session.topics)
    found: dict[str, str] = {}
    for who in agreement.audiences:
        total, hits, sightings = await _seen(session, who, since, until)
        seen = (total, hits, sightings, rows, agreement.focus(who), zone)
        found[who.name] = markdown(agreement.title, who.name, who.country, f"{date}", *seen)
    return f"{date}", found


def _date(agreement: "Agreement", day: str | None, now: int) -> "date":
    """Return the day that is asked for in the agreement's time zone; yesterday where none is given."""
    from sinks.partnership.periods import DAY, day_of

    at = milliseconds(day, False, "--day", agreement.time_zone)
    return day_of(now, agreement.time_zone) - DAY if at is None else day_of(at, agreement.time_zone)


async def _seen(
    session: "AccessSession", who: "Audience", since: int, until: int
) -> "tuple[int, list[dict[str, Any]], list[Sighting]]":
    """Return what an audience sees of a time, UTC milliseconds: how many incidents, which, and hits on lookouts."""
    from datetime import UTC, datetime

    from sinks.index.port import NoAudience
    from sinks.search.query import MOST_HITS, Query

    first, last = (datetime.fromtimestamp(at / 1000, UTC) for at in (since, until))
    query = Query(since=first, until=last, sort="oldest", limit=MOST_HITS)
    try:
        async with session.reading(who.name, who.purposes[0]) as reading:
            found = await reading.find(query)
            sightings = await reading.wanted(lambda one: since <= one.at < until)
    # Of a partnership that has just begun, nothing may have come for some of its audiences.
    except NoAudience:
        return 0, [], []
    return found["total"], found["hits"], sightings
