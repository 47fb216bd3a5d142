"""The command `report`: the figures that a partnership owes its council and partners."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.agreement_commands import AgreementId
from deploy.saying import milliseconds
from sinks.session import print_json, print_lines, read

if TYPE_CHECKING:
    from schemas.agreements import Agreement
    from schemas.agreements.model import Audience

_EXAMPLES = """Examples:

interagency report cit --from 2026-10-01 --to 2026-12-31 --out council-2026-q4.md

interagency report actt --audience actt-mx --out partner.json"""


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
    audience: Annotated[
        str,
        typer.Option(
            "--audience", metavar="NAME", help="Only what this one sees: for a partner, who else could subtract."
        ),
    ] = "",
) -> None:
    """Tell a partnership's figures, of what each of its audiences sees: no persons, small cells suppressed.

    Incidents by month, offense family, corridor, flow and agency; how many were joined from several agencies, how many
    across the border, how soon; where agencies disagree, and reports that were relabelled; what a support centre was
    asked and answered. 77 when it is not in force.
    """
    from deploy.orders import named
    from deploy.partnership_report import markdown

    # What is no time at all is said before Kafka is asked.
    milliseconds(since, False, "--from"), milliseconds(until, True, "--to")
    agreement = named(agreement_id)
    first = milliseconds(since, False, "--from", agreement.time_zone)
    last = milliseconds(until, True, "--to", agreement.time_zone)
    chosen = [one for one in agreement.audiences if audience in ("", one.name)]
    if not chosen:
        names = ", ".join(one.name for one in agreement.audiences)
        raise typer.BadParameter(f"{agreement_id} has the audiences {names}", param_hint="--audience")
    told = _figures(agreement, chosen, first, last)
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


def _figures(
    agreement: "Agreement", audiences: "Sequence[Audience]", first: int | None, last: int | None
) -> dict[str, dict[str, Any]]:
    """Count what each audience sees, and what its agencies asked a support centre, from `first` to before `last`."""
    from deploy.lookup import request_times
    from deploy.partnership_report import count, within
    from deploy.past import countries, disclosed, looked_up
    from sinks.index import NoAudience

    rows, told = countries(), dict[str, dict[str, Any]]()
    log, held = (disclosed(), looked_up()[0]) if agreement.lookups else ([], None)
    for one in audiences:
        documents: list[dict[str, Any]] = []
        with suppress(NoAudience):
            read(one.name, lambda reading: reading.incidents(documents.extend), one.purposes[0])  # noqa: B023
        found = count(documents, rows, first, last, agreement.checkpoints, agreement.focus(one), agreement.time_zone)
        if held is not None:
            made = request_times(log, held, agreement.agreement_id, one.readers)
            found.add_lookups([ask for ask in made if within(ask[0], first, last)])
        told[one.name] = found.as_json()
    return told
