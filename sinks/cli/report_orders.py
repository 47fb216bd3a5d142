"""The commands `purge`, `seal` and `hold`: what is ordered of one report, whatever its version."""

from typing import TYPE_CHECKING, Annotated

import typer

from sinks.cli.options import By, Json, ReportId, Why, audit_fields
from sinks.cli.output import print_json, print_lines, print_table
from sinks.cli.session import run

if TYPE_CHECKING:
    from schemas.agreements.report_orders import CurrentOrders
    from schemas.records.order import OrderKind, ReportOrder
    from sinks.access.known_report import KnownReport

_EXAMPLES = """Examples:

interagency purge calexico_pd:26-000123 --by records-1 --why "expungement order 26-CR-0042"

interagency hold calexico_pd:26-000123 --by counsel-1 --why "litigation hold"

interagency seal calexico_pd:26-000123 --by records-1 --why "juvenile court, 9 June"

interagency purge calexico_pd:26-000123 --lift --by records-1 --why "wrong report"

interagency custody --json"""

Lift = Annotated[bool, typer.Option("--lift", help="Take the order back.")]
NotYetReceived = Annotated[bool, typer.Option("--not-yet-received", help="Purge a report that has not come.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the front door."""
    for command in (purge, seal, hold):
        app.command(epilog=_EXAMPLES)(command)
    app.command(name="custody", epilog=_EXAMPLES)(list_orders)


def _order(kind: "OrderKind", report_id: str, by: str, why: str, lift: bool) -> "CurrentOrders":
    """Write an order, and return what then holds. Raises: BadParameter; Denied where a purge is final; Transient."""
    from sinks.access.report_orders import order

    who, reason = audit_fields(by, why)
    return run(lambda session: order(session, kind, report_id, who, reason, lift))


def _known(report_id: str) -> "KnownReport":
    from sinks.access.known_report import known_report

    return run(lambda session: known_report(session, report_id))


def _by(order: "ReportOrder | None") -> str:
    """Return who ordered something, and when."""
    from sinks.render.format import clean, moment

    return f"{clean(order['by'])} of {moment(order['at'])} UTC" if order else ""


_RACE = "unless workers erased it at the same moment: check with `interagency custody`"


def purge(report: ReportId, by: By, why: Why, lift: Lift = False, not_yet_received: NotYetReceived = False) -> None:
    """Erase a report from every stage and view, permanently: a correction, an expungement, a rule of retention.

    Under a legal hold it waits, and takes effect when the hold is lifted. --lift takes it back as long as it has not
    taken effect (77 then). No replay brings a purged report back, and later versions of it are counted as purged.
    A report of which nothing is known is refused (65) unless --not-yet-received: it may be mistyped.
    """
    from sinks.access.report_orders import already_purged
    from sinks.access.report_orders import purge as order_purge

    who, reason = audit_fields(by, why)
    if lift:
        _order("PURGE", report, who, reason, lift)
        print_lines([f"the purge of {report} is taken back, {_RACE}"])
        return
    result = run(lambda session: order_purge(session, report, who, reason, not_yet_received))
    if not result.ordered:
        print_lines([already_purged(report, result.orders), *_left(report)])
        return
    print_lines(result.known.lines())
    if result.orders.waiting:
        hold_by = _by(result.orders.hold)
        print_lines([f"the purge of {report} waits: under the hold by {hold_by}; it takes effect when that is lifted"])
    elif not result.known.received:
        print_lines([f"{report} is purged: when it is received it goes no further, and the purge becomes final"])
    else:
        purged = f"{report} is purged: nobody reads it from now on; its copies go while workers run"
        print_lines([purged, *_left(report)])


def _left(report_id: str) -> list[str]:
    """Return which copies remain, and for how long."""
    from schemas.topics import (
        ENRICHED_REPORTS,
        INCIDENT_REPORTS,
        INCIDENTS,
        INQUIRY_RESPONSES,
        REJECTED_REPORTS,
        RELEASED_INCIDENTS,
        reports_topic,
    )

    agency = report_id.partition(":")[0]
    return [
        "its bytes leave the workers' state at once, and the index within a quarter of an hour",
        f"on {INCIDENTS.name} and {RELEASED_INCIDENTS.name} they remain until overwritten records are compacted: "
        f"a little over {INCIDENTS.compacted_hours} hours after something else is written",
        f"by retention alone: its bytes on {reports_topic(agency)} ({INCIDENT_REPORTS.retention_days} days) and "
        f"{ENRICHED_REPORTS.name} ({ENRICHED_REPORTS.retention_days} days), which every stage drops, and "
        f"its rejected versions on {REJECTED_REPORTS.name} ({REJECTED_REPORTS.retention_days} days)",
        f"and a support center's answers, without names, on {INQUIRY_RESPONSES.name} "
        f"({INQUIRY_RESPONSES.retention_days} days)",
        f"who was shown it: `interagency exposure {agency} --report {report_id}`",
    ]


def _ahead(report_id: str) -> list[str]:
    """Return a line where nothing is known of a report: an order on it holds when it comes, if the id is right."""
    known = _known(report_id)
    return [] if known.received else [f"{known.lines()[0]}: the order holds when it comes"]


def seal(report: ReportId, by: By, why: Why, lift: Lift = False) -> None:
    """Show a report to no audience but internal, without a trace; --lift shows it again as agreements allow."""
    _order("SEAL", report, by, why, lift)
    sealed = "not sealed any more" if lift else "sealed: readers are held to it from now on"
    print_lines([f"{report} is {sealed}", *([] if lift else _ahead(report))])


def hold(report: ReportId, by: By, why: Why, lift: Lift = False) -> None:
    """Keep a report from being purged until the hold is lifted; a purge that is ordered waits until then.

    It ends 77 where a purge took effect already.
    """
    from schemas.errors import Denied
    from sinks.access.report_orders import already_purged

    standing = _order("HOLD", report, by, why, lift)
    if standing.final and not lift:
        raise Denied(already_purged(report, standing))
    lines = [f"{report} is {'under no hold any more' if lift else 'under a legal hold'}"]
    if standing.waiting:
        lines.append(f"the purge ordered by {_by(standing.purge)} waits until it is lifted, {_RACE}")
    elif standing.purged:
        lines.append(f"the purge ordered by {_by(standing.purge)} takes effect: nobody reads it from now on")
    print_lines([*lines, *([] if lift else _ahead(report))])


def _effect(order: "ReportOrder", standing: "CurrentOrders") -> str:
    """Return what an order is now."""
    if order["kind"] != "PURGE":
        return {"HOLD": "held", "SEAL": "sealed"}[order["kind"] or ""] if order["ordered"] else "lifted"
    states = (("purged", standing.final), ("purge waits", standing.waiting), ("purge ordered", standing.purged))
    return next((state for state, holds in states if holds), "lifted")


_SHOWN = ("report_id", "kind", "ordered", "by", "why", "at", "effective_at")


def list_orders(as_json: Json = False) -> None:
    """List the newest order of each kind on each report: what is in force, when, by whom, why."""
    from sinks.access.report_orders import report_orders
    from sinks.render.format import clean, moment

    orders = run(lambda session: report_orders(session.topics))
    newest = sorted(orders, key=lambda order: (order["at"], order["report_id"], order["kind"] or ""))
    effects = [_effect(order, orders.on(order["report_id"])) for order in newest]
    if as_json:
        rows_ = ({name: value for name, value in order.items() if name in _SHOWN} for order in newest)
        print_json([{**row, "effect": effect} for row, effect in zip(rows_, effects, strict=True)])
        return
    rows: list[tuple[str, ...]] = [("ordered (UTC)", "report", "is", "since (UTC)", "by", "why")]
    for order, effect in zip(newest, effects, strict=True):
        since = moment(order["effective_at"] or order["at"])
        rows.append(
            (moment(order["at"]), clean(order["report_id"]), effect, since, *map(clean, (order["by"], order["why"])))
        )
    print_table(rows, "there are no orders on reports")
