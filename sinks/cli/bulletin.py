"""The command `digest`: the bulletin of a day for each audience of a partnership."""

from pathlib import Path
from typing import Annotated

import typer

from sinks.cli.options import AgreementId, milliseconds
from sinks.cli.output import print_lines
from sinks.cli.session import run

_EXAMPLES = """Examples:

interagency digest actt --day 2026-11-26

interagency digest actt --out digests"""


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
    """Write the bulletin of a day for each audience of a partnership, as it sees it: in English, for Mexico in Spanish.

    Incidents in the focus of the agreement come first: what, roughly where, which agencies, where they disagree,
    cautions; then all others, and the lookouts with hits. No persons, plates or narratives. Ends with 77 when the
    agreement is not in force.
    """
    from sinks.partnership.daily_bulletins import daily_bulletins

    # A text that is not a time at all is refused before Kafka is asked.
    milliseconds(day, False, "--day")
    bulletins = run(lambda session: daily_bulletins(session, agreement_id, day))
    for name, text in bulletins.by_audience.items():
        if out is None:
            print_lines([text])
            continue
        out.mkdir(parents=True, exist_ok=True)
        path = out / f"{bulletins.day}-{name}.md"
        path.write_text(text)
        print_lines([f"written: {path}"])
