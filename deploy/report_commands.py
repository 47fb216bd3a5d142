"""The command `report`: the figures that a partnership owes its council and partners."""

from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.agreement_commands import AgreementId
from deploy.saying import milliseconds
from sinks.session import print_json, print_lines, read

_EXAMPLES = """Examples:

interagency report cit --from 2026-10-01 --to 2026-12-31 --out council-2026-q4.md

interagency report actt --out digest.json"""


def register(app: typer.Typer) -> None:
    """Add the command to the front door."""
    app.command(epilog=_EXAMPLES)(report)


def report(
    agreement_id: AgreementId,
    since: Annotated[str | None, typer.Option("--from", metavar="TIME", help="Occurred then or later.")] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="Occurred before; of a date, its end.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Markdown, or JSON as *.json.")] = None,
) -> None:
    """Tell a partnership's figures, of what each of its audiences sees: no persons, small cells suppressed.

    Incidents by month, offense family, corridor, flow and agency; how many were joined from several agencies, how many
    across the border, how soon; where agencies disagree, and reports that were relabelled. 77 when it is not in force.
    """
    from deploy.orders import named
    from deploy.partnership_report import count, markdown
    from deploy.past import countries
    from sinks.index import NoAudience

    first, last = milliseconds(since, False, "--from"), milliseconds(until, True, "--to")
    agreement = named(agreement_id)
    rows, told = countries(), dict[str, dict[str, Any]]()
    for who in agreement.audiences:
        documents: list[dict[str, Any]] = []
        try:
            read(who.name, lambda reading: reading.incidents(documents.extend), who.purposes[0])  # noqa: B023
        except NoAudience:
            documents = []
        told[who.name] = count(documents, rows, first, last, agreement.checkpoints).as_json()
    period = f"from {since or 'the beginning'} to {until or 'now'}"
    if out is not None and out.suffix == ".json":
        import orjson

        out.write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
    elif out is not None:
        out.write_text(markdown(agreement.title, period, told))
    else:
        print_json(told)
    if out is not None:
        print_lines([f"written: {out}"])
