"""The command `whatif`: what another threshold or another table of weights would make of the history."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sinks.session import Json, print_json, print_lines

if TYPE_CHECKING:
    from streams.dedupe.weights import Table

EXAMPLES = """Examples:

interagency whatif --threshold 1.5

interagency whatif --weights match_weights.csv --ids --json"""

Threshold = Annotated[
    float | None, typer.Option(metavar="BITS", help="Two reports are one incident from this sum of weights.")
]
Weights = Annotated[
    Path | None, typer.Option(metavar="FILE", help="A table like schemas/tables/match_weights.csv.", dir_okay=False)
]
Ids = Annotated[bool, typer.Option("--ids", help="List the incidents of which the reports or the id would change.")]


def asked_table(threshold: float | None, weights: Path | None) -> "Table":
    """Give the table that is asked about. Raises: BadParameter, Configuration naming file, line and field."""
    from streams.dedupe.weights import TABLE, of_text

    if threshold is None and weights is None:
        raise typer.BadParameter("say what would be otherwise: --threshold BITS, --weights FILE, or both")
    table = TABLE
    if weights is not None:
        try:
            table = of_text(weights.read_text("utf-8-sig"), str(weights))
        except (OSError, UnicodeDecodeError) as exc:
            raise typer.BadParameter(f"{weights}: {type(exc).__name__}", param_hint="--weights") from None
    return table if threshold is None else table.with_threshold(threshold)


def whatif(threshold: Threshold = None, weights: Weights = None, ids: Ids = False, as_json: Json = False) -> None:
    """Decide on all reports again as they stand, by other weights: links made, lost and changed, by agencies.

    Persons' words bind then as now. Nothing is written: neither the topics nor the index are touched. A link is a pair
    of reports in one incident; changed are pairs that stay where they are with another verdict. Look at this before a
    new table is installed: what changes is listed by `--ids`.
    """
    from schemas.settings import Settings, endpoints
    from streams import recall
    from streams.dedupe.weights import TABLE
    from streams.history import decide
    from streams.whatif import KINDS, difference, lines

    table, settings = asked_table(threshold, weights), Settings()
    kafka = endpoints(settings).kafka
    standing = asyncio.run(recall.standing(kafka, settings.generation))
    words = asyncio.run(recall.words(kafka))
    profiles = [one for reports in standing.values() for one in reports]
    found = difference(decide(profiles, words, TABLE), decide(profiles, words, table))
    if not as_json:
        print_lines(lines(found, (TABLE.digest, table.digest), found.incidents if ids else ()))
        return
    total = found.total()
    print_json(
        {
            "tables": {"now": TABLE.version, "asked": table.version},
            "links": {"now": found.links[0], "asked": found.links[1]},
            **{kind: total[kind] for kind in KINDS},
            "by_agencies": [
                {"pair": pair, **{kind: counts[kind] for kind in KINDS}} for pair, counts in found.by_agencies.items()
            ],
            "incidents": found.incidents if ids else len(found.incidents),
        }
    )
