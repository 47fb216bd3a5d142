"""The command `digest`: what occurred on a day, for each audience of a partnership as it sees it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from schemas.runtime.clock import now_ms
from sinks.access.order_writer import milliseconds
from sinks.access.session import print_lines, read
from sinks.cli.agreement import AgreementId

if TYPE_CHECKING:
    from schemas.agreements import Audience
    from sinks.search.lookouts import Sighting
    from sinks.search.reader import Reading

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
    """Tell each audience of a partnership what occurred that day, as it sees it: English, for Mexico Spanish.

    What the agreement is about comes first: what, roughly where, which agencies, where they disagree, cautions; then
    all else, and who or what is wanted and was seen. No persons, plates or narratives. 77 when it is not in force.
    """
    from sinks.access.orders import NoSuchAgreement, recall, standing
    from sinks.access.past import countries
    from sinks.partnership.bulletin import markdown
    from sinks.partnership.periods import DAY, day_of, span_of

    # What is no time at all is said before Kafka is asked.
    at = milliseconds(day, False, "--day")
    if at is not None and at > now_ms() + LONGEST_DAY_MS:
        raise typer.BadParameter("that day is still to come", param_hint="--day")
    agreement = standing(recall()).agreements.get(agreement_id)
    if agreement is None or not agreement.in_force(now_ms()):
        raise NoSuchAgreement(agreement_id, " in force")
    zone = agreement.time_zone
    at = milliseconds(day, False, "--day", zone)
    date = day_of(now_ms(), zone) - DAY if at is None else day_of(at, zone)
    since, until = span_of(date, date, zone)
    if since > now_ms():
        raise typer.BadParameter("that day is still to come", param_hint="--day")
    rows = countries()
    for who in agreement.audiences:
        total, hits, sightings = _seen(who, since, until)
        focus = agreement.focus(who)
        text = markdown(agreement.title, who.name, who.country, f"{date}", total, hits, sightings, rows, focus, zone)
        if out is None:
            print_lines([text])
            continue
        out.mkdir(parents=True, exist_ok=True)
        path = out / f"{date}-{who.name}.md"
        path.write_text(text)
        print_lines([f"written: {path}"])


def _seen(who: "Audience", since: int, until: int) -> "tuple[int, list[dict[str, Any]], list[Sighting]]":
    """Read what an audience sees of a time, UTC milliseconds: how many incidents, which, and lookouts that were hit."""
    from datetime import UTC, datetime

    from sinks.index.port import NoAudience
    from sinks.search.query import MOST_HITS, Query

    first, last = (datetime.fromtimestamp(at / 1000, UTC) for at in (since, until))
    query = Query(since=first, until=last, sort="oldest", limit=MOST_HITS)

    async def both(reading: "Reading") -> "tuple[dict[str, Any], list[Sighting]]":
        return await reading.find(query), await reading.wanted(lambda one: since <= one.at < until)

    try:
        found, sightings = read(who.name, both, who.purposes[0])
    # Of a partnership that has just begun, nothing may have come for some of its audiences.
    except NoAudience:
        return 0, [], []
    return found["total"], found["hits"], sightings
