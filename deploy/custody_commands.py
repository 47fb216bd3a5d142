"""The commands `purge`, `seal` and `hold`: what is ordered of one report, whatever its version."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, cast

import typer

from deploy.saying import By, Why, asking, now, told, write
from deploy.why import Report
from sinks.session import Json, print_json, print_lines, print_table

if TYPE_CHECKING:
    from schemas.custody import Custody
    from schemas.records import ReportOrder

_EXAMPLES = """Examples:

interagency purge calexico_pd:26-000123 --by records-1 --why "expungement order 26-CR-0042"

interagency hold calexico_pd:26-000123 --by counsel-1 --why "litigation hold"

interagency seal calexico_pd:26-000123 --by records-1 --why "juvenile court, 9 June"

interagency custody --json"""

Lift = Annotated[bool, typer.Option("--lift", help="Take the order back.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the front door."""
    for command in (purge, seal, hold, custody):
        app.command(epilog=_EXAMPLES)(command)


def _custody() -> "Custody":
    from schemas.custody import Custody
    from schemas.topics import PURGES

    found = Custody()
    with asking() as admin:
        for key, value in admin.read_compacted(PURGES.name).items():
            found.take(key, value)
    return found


def _order(report_id: str, by: str, why: str, change: "Callable[[ReportOrder], ReportOrder]") -> None:
    """Write what an order changes of a report's custody. Raises: BadParameter, Transient, what `change` raises."""
    from schemas import wire
    from schemas.topics import PURGES

    who, reason = told(by, why)
    before = _custody().on(report_id) or {"report_id": report_id, "held": False, "sealed": False, "purged": False}
    made = change(cast("ReportOrder", {**before, "by": who, "why": reason, "at": now()}))
    write(PURGES.name, report_id.encode(), wire.encode("report_order", made), made["at"])


def purge(report: Report, by: By, why: Why) -> None:
    """Erase a report from every stage and view, for ever: a correction, an expungement, a rule of retention.

    It ends 77 while a legal hold stands. No replay brings it back, and whatever of it comes later is counted as purged.
    """
    from schemas.errors import Denied

    def purged(order: "ReportOrder") -> "ReportOrder":
        if order["held"]:
            raise Denied(f"{report} is under a legal hold: `interagency hold --lift` comes first")
        return {**order, "purged": True}

    _order(report, by, why, purged)
    print_lines([f"{report} is purged: nobody reads it from now on; its copies go while workers run", *_left(report)])


def _left(report_id: str) -> list[str]:
    """Tell which copies go by retention alone."""
    from schemas.topics import ENRICHED_REPORTS, INCIDENT_REPORTS, LOOKUP_ANSWERS, reports_topic

    agency = report_id.partition(":")[0]
    return [
        f"by retention alone: its bytes on {reports_topic(agency)} ({INCIDENT_REPORTS.retention_days} days) and "
        f"{ENRICHED_REPORTS.name} ({ENRICHED_REPORTS.retention_days} days), which no stage lets through any more",
        f"and a centre's answers, without names, on {LOOKUP_ANSWERS.name} ({LOOKUP_ANSWERS.retention_days} days)",
        f"who was shown it: `interagency exposure {agency} --report {report_id}`",
    ]


def seal(report: Report, by: By, why: Why, lift: Lift = False) -> None:
    """Show a report to no audience but internal, without a trace; --lift shows it again as agreements allow."""
    _order(report, by, why, lambda order: {**order, "sealed": not lift})
    print_lines([f"{report} is {'not sealed any more' if lift else 'sealed: readers are held to it from now on'}"])


def hold(report: Report, by: By, why: Why, lift: Lift = False) -> None:
    """Let nobody purge a report until the hold is lifted."""
    from schemas.errors import Denied

    def held(order: "ReportOrder") -> "ReportOrder":
        if order["purged"]:
            raise Denied(f"{report} is purged already")
        return {**order, "held": not lift}

    _order(report, by, why, held)
    print_lines([f"{report} is {'under no hold any more' if lift else 'under a legal hold'}"])


def custody(as_json: Json = False) -> None:
    """List the newest order on each report: purged, sealed, held; when, who, why."""
    from sinks.telling import clean, moment

    found = sorted(_custody(), key=lambda one: (one["at"], one["report_id"]))
    if as_json:
        print_json(found)
        return
    rows: list[tuple[str, ...]] = [("ordered (UTC)", "report", "is", "by", "why")]
    for one in found:
        told_ = {"purged": one["purged"], "sealed": one["sealed"], "held": one["held"]}
        words = " ".join(word for word, holds in told_.items() if holds) or "-"
        rows.append((moment(one["at"]), *map(clean, (one["report_id"], words, one["by"], one["why"]))))
    print_table(rows, "nothing is ordered of any report")
