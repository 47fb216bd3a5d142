"""The command `digest`: what occurred on a day, for each audience of a partnership as it sees it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.agreement_commands import AgreementId
from deploy.saying import milliseconds, now
from sinks.session import print_lines, read

if TYPE_CHECKING:
    from schemas.agreements import Audience
    from sinks.reading import Reading
    from sinks.wanted import Sighting

_EXAMPLES = """Examples:

interagency digest actt --day 2026-11-26

interagency digest actt --out digests"""
DAY_MS = 86_400_000


def register(app: typer.Typer) -> None:
    """Add the command to the front door."""
    app.command(epilog=_EXAMPLES)(digest)


def digest(
    agreement_id: AgreementId,
    day: Annotated[str | None, typer.Option("--day", metavar="DATE", help="UTC; yesterday if not told.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", file_okay=False, help="A file for each audience.")
    ] = None,
) -> None:
    """Tell each audience of a partnership what occurred that day, as it sees it: English, for Mexico Spanish.

    What the agreement is about comes first: what, roughly where, which agencies, where they disagree, cautions; then
    all else, and who or what is wanted and was seen. No persons, plates or narratives. 77 when it is not in force.
    """
    from deploy.digest import markdown
    from deploy.orders import NoSuchAgreement, recall, standing
    from deploy.past import countries
    from sinks import telling

    since = milliseconds(day, False, "--day")
    since = (now() // DAY_MS - 1) * DAY_MS if since is None else since // DAY_MS * DAY_MS
    if since > now():
        raise typer.BadParameter("that day is still to come", param_hint="--day")
    agreement = standing(recall()).agreements.get(agreement_id)
    if agreement is None or not agreement.in_force(now()):
        raise NoSuchAgreement(agreement_id, " in force")
    rows = countries()
    date = telling.day(since)
    for who in agreement.audiences:
        total, hits, sightings = _seen(who, since)
        text = markdown(
            agreement.title, who.name, who.country, date, total, hits, sightings, rows, agreement.focus(who)
        )
        if out is None:
            print_lines([text])
            continue
        out.mkdir(parents=True, exist_ok=True)
        path = out / f"{date}-{who.name}.md"
        path.write_text(text)
        print_lines([f"written: {path}"])


def _seen(who: "Audience", since: int) -> "tuple[int, list[dict[str, Any]], list[Sighting]]":
    """Read what an audience sees of a day: how many incidents, these, and what was wanted and seen."""
    from datetime import UTC, datetime

    from sinks.index import NoAudience
    from sinks.search import MOST_HITS, Query

    first, last = (datetime.fromtimestamp(at / 1000, UTC) for at in (since, since + DAY_MS))
    query = Query(since=first, until=last, sort="oldest", limit=MOST_HITS)

    async def both(reading: "Reading") -> "tuple[dict[str, Any], list[Sighting]]":
        return await reading.find(query), await reading.wanted(lambda one: since <= one.at < since + DAY_MS)

    try:
        found, sightings = read(who.name, both, who.purposes[0])
    # Of a partnership that has just begun, nothing may have come for some of its audiences.
    except NoAudience:
        return 0, [], []
    return found["total"], found["hits"], sightings
