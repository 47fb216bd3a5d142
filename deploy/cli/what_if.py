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
        help="Link two reports whose weights sum to this or more.",
    ),
]
Weights = Annotated[
    Path | None, typer.Option(metavar="FILE", help="A table like schemas/tables/match_weights.csv.", dir_okay=False)
]
Ids = Annotated[bool, typer.Option("--ids", help="List the incidents whose reports or id would change.")]


def requested_table(threshold: float | None, weights: Path | None) -> "Table":
    """Return the table of weights by the options; `threshold` in bits.

    Raises: BadParameter; Configuration naming file, line and field.
    """
    from streams.dedupe.weights import TABLE, of_text

    if threshold is None and weights is None:
        raise typer.BadParameter("give --threshold, --weights, or both")
    if threshold is not None and isnan(threshold):
        raise typer.BadParameter("must be a number", param_hint="--threshold")
    table = TABLE
    if weights is not None:
        try:
            table = of_text(weights.read_text("utf-8-sig"), str(weights))
        except (OSError, UnicodeDecodeError) as exc:
            raise typer.BadParameter(f"{weights}: {type(exc).__name__}", param_hint="--weights") from None
    return table if threshold is None else table.with_threshold(threshold)


def lines(change: "Difference", names: tuple[str, str], listed: Iterable[str] = ()) -> list[str]:
    """Return a difference as it is printed: counts by agencies, and the ids in `listed` below."""
    from schemas.runtime.text_layout import align_columns
    from streams.evaluation.what_if import CHANGES

    rows = [("all", change.total()), *((" ".join(pair), counts) for pair, counts in change.by_agencies.items())]
    return [
        f"tables   {names[0]} now, {names[1]} requested",
        f"links    {change.links[0]:,} now, {change.links[1]:,} requested",
        "",
        *align_columns(
            [
                ("", *(kind.rjust(7) for kind in CHANGES)),
                *((name, *(f"{counts[kind]:>7,}" for kind in CHANGES)) for name, counts in rows),
            ]
        ),
        "",
        f"{len(change.incidents):,} incidents would have other reports; nothing was changed",
        *(f"  {incident_id}" for incident_id in listed),
    ]


def whatif(threshold: Threshold = None, weights: Weights = None, ids: Ids = False, as_json: Json = False) -> None:
    """Rematch all current reports with other weights, in memory: links made, lost and changed, by agencies.

    Adjudications apply as now. Topics and index are not changed. A link is a pair of reports in one incident; a changed
    pair stays linked, or unlinked, with another verdict. Run this before installing a new table; `--ids` lists the
    incidents that change.
    """
    from streams.dedupe.weights import TABLE
    from streams.evaluation import topic_history
    from streams.evaluation.rematch import rematch
    from streams.evaluation.what_if import CHANGES, difference

    table = requested_table(threshold, weights)

    async def read(session: "AccessSession") -> "tuple[list[Profile], Adjudications]":
        kafka, generation = session.services.kafka, session.settings.generation
        return await topic_history.current_reports(kafka, generation), await topic_history.adjudications(kafka)

    profiles, words = run(read)
    change = difference(rematch(profiles, words, TABLE), rematch(profiles, words, table))
    if not as_json:
        print_lines(lines(change, (TABLE.digest, table.digest), change.incidents if ids else ()))
        return
    total = change.total()
    print_json(
        {
            "tables": {"now": TABLE.version, "asked": table.version},
            "links": {"now": change.links[0], "asked": change.links[1]},
            **{kind: total[kind] for kind in CHANGES},
            "by_agencies": [
                {"pair": pair, **{kind: counts[kind] for kind in CHANGES}}
                for pair, counts in change.by_agencies.items()
            ],
            "incidents": change.incidents if ids else len(change.incidents),
        }
    )


def register(app: typer.Typer) -> None:
    """Add the command to the front door."""
    app.command(epilog=_EXAMPLES)(whatif)
