"""The command `report`: the statistics that are due to the council and partners of a partnership."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sinks.cli.options import AgreementId, audit_fields, milliseconds
from sinks.cli.output import print_json, print_lines
from sinks.cli.session import run

if TYPE_CHECKING:
    from sinks.partnership.council_statistics import CouncilStatistics

_EXAMPLES = """Examples:

interagency report cit --from 2026-07-01 --to 2026-09-30 --out council-2026-q3.md

interagency report actt --from 2026-10-01 --to 2026-10-31 --audience actt-mx --out partner.json

interagency report cit --from 2026-07-01 --to 2026-09-30 --correct --by clerk-1 --why "late reports of August" """


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
        typer.Option("--audience", metavar="NAME", help="Only what this audience sees: for one partner."),
    ] = "",
    correct: Annotated[bool, typer.Option("--correct", help="Count the period again, as a new edition.")] = False,
    by: Annotated[str, typer.Option("--by", metavar="WHO", help="Login of the person who corrects.")] = "",
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Reason for the correction, kept for good.")] = "",
) -> None:
    """Write a partnership's statistics, of what each of its audiences sees: no persons, small cells suppressed.

    A month or quarter that has ended, in the agreement's time zone, has one issued report: the same every time, and
    protected against all others. Any other time gives totals rounded down to multiples of 20. Ends with 77 when no
    report was issued and the agreement is not in force.
    """
    from sinks.partnership.council_statistics import StatisticsRequest, council_statistics

    # A text that is not a time or a reason at all is refused before Kafka is asked.
    for text, last, option in ((since, False, "--from"), (until, True, "--to")):
        milliseconds(text, last, option)
    author, reason = audit_fields(by, why) if correct else ("", "")
    request = StatisticsRequest(agreement_id, audience, since, until, correct, author, reason)
    _write(out, run(lambda session: council_statistics(session, request)))


def _write(out: Path | None, statistics: "CouncilStatistics") -> None:
    """Print statistics, or write them to a file."""
    from sinks.partnership.statistics import markdown

    anchor = {"dissemination_anchor": statistics.anchor} if statistics.anchor else {}
    if out is None:
        print_json(statistics.by_audience | anchor)
        return
    if out.suffix == ".json":
        import orjson

        value = statistics.by_audience | anchor
        out.write_bytes(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
    else:
        title, by_audience = statistics.agreement.title, statistics.by_audience
        out.write_text(markdown(title, statistics.period, by_audience, statistics.provenance))
    print_lines([f"written: {out}"])
