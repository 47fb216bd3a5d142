"""The command `evaluate`: how well reports were joined, against a truth."""

from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from schemas.errors import Transient
from schemas.identity import INTERNAL
from sinks.session import Json, print_json, print_lines, read

if TYPE_CHECKING:
    from sinks.evaluate import Assigned
    from sinks.truth import Pair

_EXAMPLES = """Examples:

interagency evaluate --truth truth.csv

interagency export assignments | interagency evaluate --truth truth.csv --assignments - --errors 10 --json"""


def register(app: typer.Typer) -> None:
    """Add the command to the front door."""
    app.command(epilog=_EXAMPLES)(evaluate)


def evaluate(
    truth: Annotated[
        str, typer.Option(metavar="FILE", help="CSV: left,right,label,basis; label 1, 0 or ignore; .gz, - for stdin.")
    ],
    assignments: Annotated[
        str | None, typer.Option(metavar="FILE", help="What `export assignments` wrote, instead of the index.")
    ] = None,
    errors: Annotated[int, typer.Option(metavar="N", min=0, help="List N wrong joins and N misses, ids alone.")] = 0,
    as_json: Json = False,
) -> None:
    """Measure joining pair by pair: precision, recall and F1 with 95 % intervals, by agencies and by languages.

    A pair across agencies that the truth does not list is different; pairs within one agency count only where it lists
    them; `ignore` counts nowhere. A file of which a line is wrong is not used: ends 65, naming line, field and reason.
    """
    from sinks import scores
    from sinks.evaluate import misses, score, wrong_joins

    if truth == assignments == "-":
        raise typer.BadParameter("only one of --truth and --assignments can be standard input")
    known = _truth(truth)
    assigned = _assigned(assignments)
    counts = (len(assigned.incidents), len(set(assigned.incidents.values())), bool(assigned.languages))
    found = score(assigned, known)
    wrong, missed = (list(islice(ask(assigned, known), errors)) for ask in (wrong_joins, misses))
    if as_json:
        listed: dict[str, Any] = {"errors": {"wrong_joins": wrong, "misses": missed}} if errors else {}
        print_json({**scores.as_json(found, *counts), **listed})
        return
    print_lines(scores.lines(found, *counts))
    if errors:
        print_lines([*scores.error_lines("wrong joins", wrong), *scores.error_lines("misses", missed)])


def _truth(path: str) -> "dict[Pair, str]":
    from sinks.files import BadData, opened
    from sinks.truth import parse

    with opened(path) as file:
        known, bad = parse(file)
    if bad:
        raise BadData(path, bad)
    return known


def _assigned(path: str | None) -> "Assigned":
    from sinks.assignments import parse
    from sinks.evaluate import Assigned
    from sinks.files import BadData, opened

    if path is None:
        members = read(INTERNAL, lambda reading: reading.members())
        incidents = {report: incident for report, incident, _ in members}
        if len(incidents) < len(members):
            twice = len(members) - len(incidents)
            raise Transient(f"{twice:,} reports stand in two incidents: ask again when the workers are idle")
        return Assigned(incidents, {report: language for report, _, language in members if language})
    with opened(path) as file:
        incidents, bad = parse(file)
    if bad:
        raise BadData(path, bad)
    return Assigned(incidents, {})
