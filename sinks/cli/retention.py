"""The commands `retention list|purge`: the reports whose years are over, and the order that erases them."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sinks.cli.options import By, Json, Why, audit_fields
from sinks.cli.output import print_json, print_lines, print_table
from sinks.cli.session import run

if TYPE_CHECKING:
    from pathlib import Path

    from schemas.agreements import Agreement
    from sinks.access.session import AccessSession
    from sinks.partnership.retention import ExpiredReport, RetentionRule

_HELP = """Retention: for how many years reports are kept.

The rules are the table retention.csv of the home (README); without it nothing is ever due."""
_EXAMPLES = """Examples:

interagency retention list --json

interagency retention purge --by records-1 --why "schedule of 2026" --dry-run"""


def register(app: typer.Typer) -> None:
    """Add the command to the front door."""
    group = typer.Typer(help=_HELP, epilog=_EXAMPLES, no_args_is_help=True)
    group.command(name="list")(list_due)
    group.command()(purge)
    app.add_typer(group, name="retention")


def table_of(home: "Path") -> "Path":
    """Return where a home has its rules of retention."""
    return home / "retention.csv"


def rules_of(home: "Path") -> "list[RetentionRule]":
    """Read the rules of a home; none where there is no table. Raises: Configuration."""
    from schemas.errors import Configuration
    from sinks.partnership.retention import parse_rules

    path = table_of(home)
    try:
        return parse_rules(path.read_text("utf-8"), str(path))
    except FileNotFoundError:
        return []
    except UnicodeDecodeError as exc:
        raise Configuration(f"{path} is not text in UTF-8") from exc


async def _shared(
    session: "AccessSession", rules: "Sequence[RetentionRule]", agreements: "Mapping[str, Agreement]"
) -> dict[str, set[str]]:
    """Return agreement -> the reports that its audiences see now, for agreements that have rules and are in force."""
    from sinks.index.port import NoAudience

    found: dict[str, set[str]] = {}
    for name in sorted({one.agreement for one in rules} - {""}):
        for one in agreements[name].audiences if agreements[name].in_force(session.now()) else ():
            with suppress(NoAudience):
                async with session.reading(one.name, one.purposes[0]) as reading:
                    members = await reading.members()
                found.setdefault(name, set()).update(report_id for report_id, _, _ in members)
    return found


async def _due(session: "AccessSession") -> "list[ExpiredReport]":
    """Return the reports whose time is over, as a reading of internal. Raises: as a reading; Configuration."""
    from schemas.identity import INTERNAL
    from sinks.access.orders import current_agreements
    from sinks.access.report_orders import held_reports
    from sinks.partnership.retention import expired_reports, require_known_agreements

    rules = rules_of(session.settings.home)
    if not rules:
        return []
    agreements = await current_agreements(session.topics)
    require_known_agreements(rules, agreements)
    shared = await _shared(session, rules, agreements)
    held, at = await held_reports(session.topics), session.now()

    def is_expired(report: "Mapping[str, Any]") -> bool:
        return bool(expired_reports([report], rules, shared, held, at))

    async with session.reading(INTERNAL) as reading:
        reports = await reading.reports_kept(is_expired)
    return expired_reports(reports, rules, shared, held, at)


def _print_due(found: "Sequence[ExpiredReport]", otherwise: str) -> None:
    from sinks.render.format import clean, day

    rows: list[tuple[str, ...]] = [("due since", "report", "family", "counted from", "is", "by the rule")]
    for one in found:
        is_ = "held, so kept" if one.held else "due"
        name, rule = clean(one.report_id), clean(one.rule)
        rows.append((day(one.due_at), name, one.family or "-", day(one.counted_from), is_, rule))
    print_table(rows, otherwise)


def list_due(as_json: Json = False) -> None:
    """List the reports whose years are over, by which rule, and which of them a legal hold keeps."""
    found = run(_due)
    if as_json:
        print_json([one.as_json() for one in found])
    else:
        _print_due(found, "no report is due")


def purge(
    by: By,
    why: Why,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list; order nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Order the purge of every report that is due and not held, as `interagency purge` does; list before and after."""
    audit = audit_fields(by, why)
    before = run(_due)
    after = before if dry_run else run(lambda session: _purged(session, before, audit))
    left = {one.report_id for one in after}
    purged = [one.report_id for one in before if one.report_id not in left]
    if as_json:
        lists = {"before": before, "after": after}
        print_json({name: [one.as_json() for one in found] for name, found in lists.items()} | {"purged": purged})
        return
    _print_due(before, "no report is due")
    if before and not dry_run:
        print_lines(["", f"{len(purged):,} purged: nobody reads them from now on; their copies go while workers run"])
        _print_due(after, "no report is left that is due")


async def _purged(
    session: "AccessSession", found: "Sequence[ExpiredReport]", audit: tuple[str, str]
) -> "list[ExpiredReport]":
    """Order the purge of what no hold keeps; return what holds keep. Raises: Transient, Denied."""
    from sinks.access.report_orders import order_purges

    kept = {one.report_id for one in found if one.held}
    kept.update(await order_purges(session, [one.report_id for one in found if not one.held], *audit))
    return [one._replace(held=True) for one in found if one.report_id in kept]
