"""The command `wanted`: lookouts for persons and vehicles, and later hits."""

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
"""Seconds between two searches of --watch, as its help states."""


def register(app: typer.Typer) -> None:
    """Add the command to the front door."""
    app.command(name="wanted", epilog=_EXAMPLES)(list_hits)


def list_hits(
    audience: Audience = INTERNAL,
    purpose: Purpose = OPERATIONS,
    watch: Annotated[bool, typer.Option("--watch", help="Keep running, and print each new hit within 5 s.")] = False,
    as_json: Json = False,
) -> None:
    """List hits on lookouts: later incidents with a person or vehicle of a warrant, fugitive or attempt to locate.

    By license plate, or by name and date of birth, as far as this audience sees them on both sides. A hit says where
    to look, and proves nothing: plates are copied, and many people share a name.
    """
    known: set[LookoutHit] = set()
    while True:
        try:
            hits = _new(audience, purpose, known)
        except Transient as exc:
            if not watch:
                raise
            hits = []
            typer.echo(f"interagency: {exc}; trying again", err=True)
        known |= set(hits)
        if as_json and watch:
            for hit in hits:
                print_json(hit._asdict())
        elif as_json:
            print_json([hit._asdict() for hit in hits])
        elif hits or not watch:
            _print(hits)
        if not watch:
            return
        time.sleep(EVERY_S)


def _new(audience: str, purpose: str, known: "set[LookoutHit]") -> "list[LookoutHit]":
    async def seen(session: "AccessSession") -> "list[LookoutHit]":
        async with session.reading(audience, purpose) as reading:
            return await reading.lookout_hits(lambda hit: hit not in known)

    return run(seen)


def _print(hits: "list[LookoutHit]") -> None:
    from sinks.render.format import clean, moment

    rows: list[tuple[str, ...]] = [("seen (UTC)", "by", "near", "reported by", "incident", "lookout")]
    for hit in hits:
        near = " ".join([*hit.side, *hit.nearest])
        cells = (hit.by, near, " ".join(hit.agencies), hit.seen, " ".join(hit.wanted_reports))
        rows.append((moment(hit.at), *map(clean, cells)))
    print_table(rows, "no hits on lookouts")
