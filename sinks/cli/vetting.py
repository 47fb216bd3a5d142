"""The commands `vetting add|revoke|list`: which checks the readers of an audience passed, and until when."""

from typing import TYPE_CHECKING, Annotated

import typer

from sinks.cli.options import By, Json, Why, audit_fields, checked, milliseconds
from sinks.cli.output import print_json, print_lines, print_table
from sinks.cli.session import run

if TYPE_CHECKING:
    from sinks.access.session import AccessSession

_HELP = """Vettings: checks that an audience's readers passed, until when.

Without one, a vetted audience sees pointers at most."""
_EXAMPLES = """Examples:

interagency vetting add actt-mx background_check --until 2027-06-01 --by liaison-1 --why "list of 12 May"

interagency vetting revoke actt-mx background_check --by liaison-1 --why "an officer is under investigation" """

Who = Annotated[str, typer.Argument(metavar="AUDIENCE", help="An audience of an agreement.", callback=checked("name"))]
Level = Annotated[
    str, typer.Argument(metavar="LEVEL", help="The level, as the agreement names it.", callback=checked("name"))
]


def register(app: typer.Typer) -> None:
    """Add the command to the front door."""
    group = typer.Typer(help=_HELP, epilog=_EXAMPLES, no_args_is_help=True)
    group.command()(add)
    group.command()(revoke)
    group.command(name="list")(list_vettings)
    app.add_typer(group, name="vetting")


def _vet(audience: str, level: str, until: int | None, by: str, why: str) -> None:
    from sinks.access.orders import FOLLOWS, current_agreements, vetting, write_order
    from sinks.render.format import moment

    who, reason = audit_fields(by, why)

    async def vet(session: "AccessSession") -> None:
        at = session.now()
        order = vetting(audience, level, until or at, await current_agreements(session.topics), who, reason, at)
        await write_order(session.topics, order)

    run(vet)
    print_lines([f"{audience} has {level} until {moment(until)}" if until else f"{audience} has no {level}", FOLLOWS])


def add(
    audience: Who,
    level: Level,
    by: By,
    why: Why,
    until: Annotated[str, typer.Option(metavar="TIME", help="Its end, ISO 8601; UTC unless an offset is given.")],
) -> None:
    """Grant an audience a vetting level until a time."""
    from schemas.runtime.clock import now_ms

    ends = milliseconds(until, False, "--until")
    if ends is None or ends <= now_ms():
        raise typer.BadParameter("is in the past", param_hint="--until")
    _vet(audience, level, ends, by, why)


def revoke(audience: Who, level: Level, by: By, why: Why) -> None:
    """Revoke a vetting level: what needs it is closed to the readers of the audience from here on."""
    _vet(audience, level, None, by, why)


def list_vettings(as_json: Json = False) -> None:
    """List the newest order on every vetting: audience, level, from, until, who, why."""
    from schemas.runtime.clock import now_ms
    from sinks.access.orders import newest_orders
    from sinks.render.format import clean, moment

    orders = run(lambda session: newest_orders(session.topics))
    vettings = [vetting for vetting in orders.values() if vetting["kind"] == "VETTING"]
    if as_json:
        print_json(vettings)
        return
    rows = [("vetting", "from (UTC)", "until (UTC)", "valid", "by", "why")]
    for vetting in vettings:
        ends = vetting["ends"] or vetting["begins"]
        valid = "yes" if vetting["begins"] <= now_ms() < ends else "no"
        rows.append(
            (
                vetting["order_id"],
                moment(vetting["begins"]),
                moment(ends),
                valid,
                clean(vetting["by"]),
                clean(vetting["why"]),
            )
        )
    print_table(rows, "no audience is vetted")
