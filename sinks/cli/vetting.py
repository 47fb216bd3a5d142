"""The commands `vetting add|revoke|list`: which checks the readers of an audience passed, and until when."""

from typing import Annotated

import typer

from schemas.runtime.clock import now_ms
from sinks.access.order_writer import By, Why, milliseconds, told
from sinks.access.session import Json, checked, print_json, print_lines, print_table

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
    from sinks.access.orders import FOLLOWS, give, recall, standing, vetted
    from sinks.render.format import moment

    who, reason = told(by, why)
    at = now_ms()
    order = vetted(audience, level, until or at, standing(recall()).agreements, who, reason, at)
    give(order)
    print_lines([f"{audience} has {level} until {moment(until)}" if until else f"{audience} has no {level}", FOLLOWS])


def add(
    audience: Who,
    level: Level,
    by: By,
    why: Why,
    until: Annotated[str, typer.Option(metavar="TIME", help="Its end, ISO 8601; UTC unless an offset is given.")],
) -> None:
    """Give an audience a level until a time that has to be said."""
    ends = milliseconds(until, False, "--until")
    if ends is None or ends <= now_ms():
        raise typer.BadParameter("is over already", param_hint="--until")
    _vet(audience, level, ends, by, why)


def revoke(audience: Who, level: Level, by: By, why: Why) -> None:
    """Take a level from an audience: what rests on it is closed to its readers from here on."""
    _vet(audience, level, None, by, why)


def list_vettings(as_json: Json = False) -> None:
    """List the newest word on every vetting: audience, level, from, until, who, why."""
    from sinks.access.orders import recall
    from sinks.render.format import clean, moment

    found = [one for one in recall().values() if one["kind"] == "VETTING"]
    if as_json:
        print_json(found)
        return
    rows = [("vetting", "from (UTC)", "until (UTC)", "valid", "by", "why")]
    for one in found:
        ends = one["ends"] or one["begins"]
        valid = "yes" if one["begins"] <= now_ms() < ends else "no"
        rows.append((one["order_id"], moment(one["begins"]), moment(ends), valid, clean(one["by"]), clean(one["why"])))
    print_table(rows, "nobody is vetted")
