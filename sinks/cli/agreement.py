"""The commands `agreement list|show|explain|owed|apply|end`: what each partnership may see, ordered at run time."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.errors import PipelineError
from schemas.identity import INTERNAL
from sinks.cli.options import AgreementId, By, Json, Why, audit_fields
from sinks.cli.output import print_json, print_lines, print_table
from sinks.cli.session import run

if TYPE_CHECKING:
    from schemas.agreements import Agreement
    from schemas.records.order import AgreementOrder
    from sinks.access.session import AccessSession

_HELP = """Agreements: what each partnership's memorandum allows.

An order holds from the moment that it is written: readers check it at each reading, and release re-evaluates every
current incident. `apply` and `end` end with 0 once it is written, even while Elasticsearch is away, and say what is
left: the index worker closes and opens audiences there as soon as it answers."""
_EXAMPLES = """Examples:

interagency agreement list

interagency agreement explain cit > what-is-shared.md

interagency agreement owed --json

interagency agreement apply yuma.toml --by records-clerk --why "signed by both parties on 1 June"

interagency agreement end cit --by city-attorney --why "council resolution of 9 June" """

WAITS = "the order is in force; the index worker changes the aliases as soon as Elasticsearch answers"


def register(app: typer.Typer) -> None:
    """Add the commands to the front door."""
    agreement = typer.Typer(help=_HELP, epilog=_EXAMPLES, no_args_is_help=True)
    agreement.command(name="list")(list_agreements)
    agreement.command()(show)
    agreement.command()(explain)
    agreement.command(name="owed")(list_reports_due)
    agreement.command()(apply)
    agreement.command()(end)
    app.add_typer(agreement, name="agreement")


async def _open_and_close(session: "AccessSession", audiences: Iterable[str], hidden: Iterable[str]) -> list[str]:
    """Put the aliases of audiences in place and remove those of others; return what is left to the workers, as lines.

    Whatever keeps Elasticsearch from it, the order is in force.
    """
    from sinks.index.names import IndexName, require_generation

    try:
        for name in hidden:
            await session.index.hide(name)
        require_generation(await session.index.indices(INTERNAL, *audiences), session.settings.generation)
        for name in audiences:
            await session.index.expose(IndexName(name, session.settings.generation))
    except PipelineError as exc:
        return [f"{WAITS} ({exc})"]
    return []


def _state(agreement: "Agreement", at: int) -> str:
    return "in force" if agreement.in_force(at) else "not begun" if at < agreement.begins else "ended"


def list_agreements(as_json: Json = False) -> None:
    """List the current agreements: version, term, audiences, and whether they are in force now."""
    from schemas.runtime.clock import now_ms
    from sinks.access.orders import current, newest_orders
    from sinks.render.format import moment

    orders, at = run(lambda session: newest_orders(session.topics)), now_ms()
    held = current(orders).agreements
    if as_json:
        names = ("agreement_id", "title", "version", "signed", "begins", "ends")
        print_json(
            [
                {name: getattr(agreement, name) for name in names}
                | {"in_force": agreement.in_force(at), "audiences": [who.name for who in agreement.audiences]}
                for agreement in held.values()
            ]
        )
        return
    rows = [("agreement", "version", "begins (UTC)", "ends (UTC)", "state", "by order of", "audiences")]
    for name, agreement in sorted(held.items()):
        by = orders[name]["by"] if name in orders else "bundled"
        audiences = " ".join(who.name for who in agreement.audiences)
        rows.append(
            (
                name,
                str(agreement.version),
                moment(agreement.begins),
                moment(agreement.ends),
                _state(agreement, at),
                by,
                audiences,
            )
        )
    print_table(rows, "there is no agreement")


def show(agreement_id: AgreementId) -> None:
    """Print a current agreement, each rule with its clause: a file that `agreement apply` takes."""
    from schemas.agreements import BUNDLED, bundled_text
    from sinks.access.orders import NoSuchAgreement, newest_orders

    orders = run(lambda session: newest_orders(session.topics))
    if agreement_id in orders:
        typer.echo(orders[agreement_id]["text"], nl=False)
    elif agreement_id in BUNDLED:
        typer.echo(bundled_text(agreement_id), nl=False)
    else:
        raise NoSuchAgreement(agreement_id)


def explain(agreement_id: AgreementId) -> None:
    """Print an agreement in plain words, for councils and the public: who, for what, what is shared, what never is."""
    from sinks.access.orders import current_agreement
    from sinks.partnership.plain_language import markdown

    typer.echo(markdown(run(lambda session: current_agreement(session.topics, agreement_id))), nl=False)


def list_reports_due(as_json: Json = False) -> None:
    """List the reports due under agreements in force: to whom, for which days last, and the command that makes each."""
    from schemas.runtime.clock import now_ms
    from sinks.access.orders import current_agreements
    from sinks.partnership.due_reports import reports_due

    reports = reports_due(run(lambda session: current_agreements(session.topics)).values(), now_ms())
    if as_json:
        print_json([report._asdict() for report in reports])
        return
    rows = [("agreement", "report", "to", "made by")]
    print_table(
        [*rows, *((report.agreement_id, report.name, report.to, report.command) for report in reports)],
        "no report is due",
    )


def apply(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="An agreement's file.")], by: By, why: Why
) -> None:
    """Put a file in force: a new partnership, or a higher version of one, as for an extension."""
    from sinks.access.orders import FOLLOWS, application, current_agreements, write_order

    who, reason = audit_fields(by, why)
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise typer.BadParameter(f"{file} cannot be read as UTF-8 ({type(exc).__name__})", param_hint="FILE") from None

    async def applied(session: "AccessSession") -> list[str]:
        held = await current_agreements(session.topics)
        order, new = application(text, held, who, reason, session.now())
        before = held.get(new.agreement_id)
        await write_order(session.topics, order)
        named = {audience.name for audience in new.audiences} if new.in_force(session.now()) else set()
        closed = sorted({audience.name for audience in before.audiences} - named if before else ())
        state = f"{new.agreement_id} version {new.version} is current, {_state(new, session.now())}: {new.title}"
        return [state, FOLLOWS, *await _open_and_close(session, sorted(named), closed)]

    print_lines(run(applied))


def end(agreement_id: AgreementId, by: By, why: Why) -> None:
    """End an agreement now: nobody reads its audiences from here on, and their copies are withdrawn."""
    from sinks.access.orders import FOLLOWS, audiences_of, ending, newest_orders, write_order

    who, reason = audit_fields(by, why)

    async def ended(session: "AccessSession") -> "tuple[AgreementOrder, list[str]]":
        order = ending(agreement_id, await newest_orders(session.topics), who, reason, session.now())
        await write_order(session.topics, order)
        return order, await _open_and_close(session, [], audiences_of(order))

    order, left = run(ended)
    print_lines([f"{agreement_id} has ended; closed: {', '.join(audiences_of(order))}", FOLLOWS, *left])
