"""The command `whatif`: what another threshold or another table of weights would make of the history."""

from collections.abc import Iterable
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sinks.cli.options import Json
from sinks.cli.output import print_json, print_lines
from sinks.cli.session import run

if TYPE_CHECKING:
    from sinks.access.session import AccessSession
    from streams.dedupe.adjudications import Adjudications
    from streams.dedupe.profile import Profile
    from streams.dedupe.weights import Table
    from streams.evaluation.what_if import Difference

_EXAMPLES = """Examples:

interagency whatif --threshold 1.5

interagency whatif --weights match_weights.csv --ids --json"""

MAX_BITS = 1000.0

Threshold = Annotated[
    float | None,
    typer.Option(
        metavar="BITS",
        min=-MAX_BITS,
        max=MAX_BITS,
        help="Two reports are one incident from this sum of weights.",
    ),
]
Weights = Annotated[
    Path | None, typer.Option(metavar="FILE", help="A table like schemas/tables/match_weights.csv.", dir_okay=False)
]
Ids = Annotated[bool, typer.Option("--ids", help="List the incidents of which the reports or the id would change.")]


def requested_table(threshold: float | None, weights: Path | None) -> "Table":
    """Give the table that is asked about. Raises: BadParameter, Configuration naming file, line and field."""
    from streams.dedupe.weights import TABLE, of_text

    if threshold is None and weights is None:
        raise typer.BadParameter("say what would be otherwise: --threshold BITS, --weights FILE, or both")
    if threshold is not None and isnan(threshold):
        raise typer.BadParameter("is no number", param_hint="--threshold")
    table = TABLE
    if weights is not None:
        try:
            table = of_text(weights.read_text("utf-8-sig"), str(weights))
        except (OSError, UnicodeDecodeError) as exc:
            raise typer.BadParameter(f"{weights}: {type(exc).__name__}", param_hint="--weights") from None
    return table if threshold is None else table.with_threshold(threshold)


def lines(found: "Difference", names: tuple[str, str], listed: Iterable[str] = ()) -> list[str]:
    """Tell a difference for people: counts by agencies, and the ids in `listed` below."""
    from schemas.runtime.text_layout import align_columns
    from streams.evaluation.what_if import CHANGES

    rows = [("all", found.total()), *((" ".join(pair), counts) for pair, counts in found.by_agencies.items())]
    return [
        f"tables   {names[0]} now, {names[1]} asked",
        f"links    {found.links[0]:,} now, {found.links[1]:,} asked",
        "",
        *align_columns(
            [
                ("", *(kind.rjust(7) for kind in CHANGES)),
                *((name, *(f"{counts[kind]:>7,}" for kind in CHANGES)) for name, counts in rows),
            ]
        ),
        "",
        f"{len(found.incidents):,} incidents would have other reports; nothing was changed",
        *(f"  {one}" for one in listed),
    ]


def whatif(threshold: Threshold = None, weights: Weights = None, ids: Ids = False, as_json: Json = False) -> None:
    """Decide on all reports again as they stand, by other weights: links made, lost and changed, by agencies.

    Persons' words bind then as now. Nothing is written: neither the topics nor the index are touched. A link is a pair
    of reports in one incident; changed are pairs that stay where they are with another verdict. Look at this before a
    new table is installed: what changes is listed by `--ids`.
    """
    from streams.dedupe.weights import TABLE
    from streams.evaluation import topic_history
    from streams.evaluation.rematch import rematch
    from streams.evaluation.what_if import CHANGES, difference

    table = requested_table(threshold, weights)

    async def read(session: "AccessSession") -> "tuple[list[Profile], Adjudications]":
        kafka = session.services.kafka
        return await topic_history.standing(kafka, session.settings.generation), await topic_history.words(kafka)

    profiles, words = run(read)
    found = difference(rematch(profiles, words, TABLE), rematch(profiles, words, table))
    if not as_json:
        print_lines(lines(found, (TABLE.digest, table.digest), found.incidents if ids else ()))
        return
    total = found.total()
    print_json(
        {
            "tables": {"now": TABLE.version, "asked": table.version},
            "links": {"now": found.links[0], "asked": found.links[1]},
            **{kind: total[kind] for kind in CHANGES},
            "by_agencies": [
                {"pair": pair, **{kind: counts[kind] for kind in CHANGES}} for pair, counts in found.by_agencies.items()
            ],
            "incidents": found.incidents if ids else len(found.incidents),
        }
    )


def register(app: typer.Typer) -> None:
    """Add the command to the front door."""
    app.command(epilog=_EXAMPLES)(whatif)
