"""The commands `retention list|purge`: the reports whose retention has ended, and the order that erases them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from sinks.cli.options import By, Json, Why, audit_fields
from sinks.cli.output import print_json, print_lines, print_table
from sinks.cli.session import run

if TYPE_CHECKING:
    from sinks.partnership.retention import ExpiredReport

_HELP = """Retention: how many years reports are kept.

The schedule is the table retention.csv of the home (README); without it no report is ever due."""
_EXAMPLES = """Examples:

interagency retention list --json

interagency retention purge --by records-1 --why "schedule of 2026" --dry-run"""


def register(app: typer.Typer) -> None:
    """Add the command to the front door."""
    group = typer.Typer(help=_HELP, epilog=_EXAMPLES, no_args_is_help=True)
    group.command(name="list")(list_due)
    group.command()(purge)
    app.add_typer(group, name="retention")


def list_due(as_json: Json = False) -> None:
    """List the reports whose retention has ended, by which rule, and which of them a legal hold keeps."""
    from sinks.partnership.retention_schedule import reports_past_retention

    expired = run(reports_past_retention)
    if as_json:
        print_json([report.as_json() for report in expired])
    else:
        _print_due(expired, "no report is due")


def purge(
    by: By,
    why: Why,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list; order nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Order the purge of every report that is due and not held, as `interagency purge` does; list before and after."""
    from sinks.partnership.retention_schedule import purge_expired, reports_past_retention

    author, reason = audit_fields(by, why)
    before = run(reports_past_retention)
    after = before if dry_run else run(lambda session: purge_expired(session, before, author, reason))
    left = {report.report_id for report in after}
    purged = [report.report_id for report in before if report.report_id not in left]
    if as_json:
        lists = {"before": before, "after": after}
        print_json(
            {name: [report.as_json() for report in reports] for name, reports in lists.items()} | {"purged": purged}
        )
        return
    _print_due(before, "no report is due")
    if before and not dry_run:
        print_lines(["", f"{len(purged):,} purged: nobody can read them now; workers erase their copies"])
        _print_due(after, "no due report is left")


def _print_due(expired: "Sequence[ExpiredReport]", otherwise: str) -> None:
    from sinks.render.format import clean, day

    rows: list[tuple[str, ...]] = [("due since", "report", "family", "counted from", "status", "by the rule")]
    for report in expired:
        status = "held, so kept" if report.held else "due"
        name, rule = clean(report.report_id), clean(report.rule)
        rows.append((day(report.due_at), name, report.family or "-", day(report.counted_from), status, rule))
    print_table(rows, otherwise)
