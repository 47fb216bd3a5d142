"""The command `wanted`: persons and vehicles that agencies look for, and where they were seen since."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.errors import Transient
from schemas.identity import INTERNAL
from sinks.cli.options import OPERATIONS, Audience, Json, Purpose
from sinks.cli.output import print_json, print_table
from sinks.cli.session import run

if TYPE_CHECKING:
    from sinks.access.session import AccessSession
    from sinks.search.lookouts import LookoutHit

_EXAMPLES = """Examples:

interagency wanted --as best-stx-us --purpose criminal_investigation

interagency wanted --as best-stx-us --purpose criminal_investigation --watch"""
EVERY_S = 5.0
"""Seconds between two looks of --watch, which is what it promises."""


def register(app: typer.Typer) -> None:
    """Add the command to the front door."""
    app.command(epilog=_EXAMPLES)(wanted)


def wanted(
    audience: Audience = INTERNAL,
    purpose: Purpose = OPERATIONS,
    watch: Annotated[bool, typer.Option("--watch", help="Stay, and tell each new sighting within 5 s.")] = False,
    as_json: Json = False,
) -> None:
    """List where persons and vehicles that an agency looks for (warrant, fugitive, attempt to locate) were seen since.

    By license plate, or by name and date of birth, as far as this audience sees them on both sides. A sighting says
    where to look, and proves nothing: plates are copied, and names are shared by many.
    """
    known: set[LookoutHit] = set()
    while True:
        try:
            found = _new(audience, purpose, known)
        except Transient as exc:
            if not watch:
                raise
            found = []
            typer.echo(f"interagency: {exc}; looking again", err=True)
        known |= set(found)
        if as_json and watch:
            for one in found:
                print_json(one._asdict())
        elif as_json:
            print_json([one._asdict() for one in found])
        elif found or not watch:
            _print(found)
        if not watch:
            return
        time.sleep(EVERY_S)


def _new(audience: str, purpose: str, known: "set[LookoutHit]") -> "list[LookoutHit]":
    async def seen(session: "AccessSession") -> "list[LookoutHit]":
        async with session.reading(audience, purpose) as reading:
            return await reading.lookout_hits(lambda one: one not in known)

    return run(seen)


def _print(found: "list[LookoutHit]") -> None:
    from sinks.render.format import clean, moment

    rows: list[tuple[str, ...]] = [("seen (UTC)", "by", "near", "told by", "incident", "wanted")]
    for one in found:
        near = " ".join([*one.side, *one.nearest])
        cells = (one.by, near, " ".join(one.agencies), one.seen, " ".join(one.wanted_reports))
        rows.append((moment(one.at), *map(clean, cells)))
    print_table(rows, "nothing that is wanted was seen")
