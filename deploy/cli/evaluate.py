"""The command `evaluate`: score linking against ground truth or against adjudications."""

from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from schemas.errors import Transient
from schemas.identity import INTERNAL
from sinks.cli.options import Json
from sinks.cli.output import print_json, print_lines
from sinks.cli.session import run

if TYPE_CHECKING:
    from sinks.access.session import AccessSession
    from streams.dedupe.adjudications import Adjudications
    from streams.dedupe.profile import Profile
    from streams.evaluation.ground_truth import Pair
    from streams.evaluation.pairwise import Prediction
    from streams.evaluation.rematch import ReportVersion

_EXAMPLES = """Examples:

interagency evaluate --truth truth.csv

interagency export assignments | interagency evaluate --truth truth.csv --assignments - --errors 10 --json

interagency evaluate --truth truth.csv --as-known 15

interagency evaluate --adjudicated"""

MAX_MINUTES = 10 * 366 * 1440
MAX_ERRORS = 1_000_000

AsKnownMinutes = Annotated[
    int | None,
    typer.Option(
        "--as-known",
        metavar="MINUTES",
        min=0,
        max=MAX_MINUTES,
        help="As it stood so long after the later report's first version.",
    ),
]
Adjudicated = Annotated[bool, typer.Option("--adjudicated", help="Score the model alone against adjudicated pairs.")]


def register(app: typer.Typer) -> None:
    """Add the command to the front door."""
    app.command(epilog=_EXAMPLES)(evaluate)


def evaluate(
    truth: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="CSV: left,right,label,basis; label 1, 0 or ignore; .gz, - for stdin."),
    ] = None,
    assignments: Annotated[
        str | None, typer.Option(metavar="FILE", help="What `export assignments` wrote, instead of the index.")
    ] = None,
    minutes: AsKnownMinutes = None,
    adjudicated: Adjudicated = False,
    errors: Annotated[
        int, typer.Option(metavar="N", min=0, max=MAX_ERRORS, help="List N wrong links and N missed links, ids alone.")
    ] = 0,
    as_json: Json = False,
) -> None:
    """Score linking pair by pair: precision, recall and F1 with 95 % intervals, by agencies and by languages.

    A pair of two agencies that the ground truth does not list is different; pairs within one agency count only where it
    lists them; `ignore` is not scored. A file with a bad line is not used: the command ends with 65 and names line,
    field and reason. With `--as-known` every version is matched again in the order in which agencies emitted them. With
    `--adjudicated` only adjudicated pairs are scored, and the model decides without the adjudications.
    """
    from streams.evaluation import scorecard
    from streams.evaluation.pairwise import false_links, missed_links, pairwise_score

    _check_options(truth, assignments, minutes, adjudicated)
    measured, known = _read_inputs(truth, assignments, minutes)
    score = pairwise_score(measured, known)
    wrong, missed = (list(islice(ask(measured, known), errors)) for ask in (false_links, missed_links))
    reports, incidents = _counts(measured)
    if as_json:
        listed: dict[str, Any] = {"errors": {"wrong_joins": wrong, "misses": missed}} if errors else {}
        print_json({**scorecard.as_json(score, reports, incidents, bool(measured.languages)), **listed})
        return
    print_lines(scorecard.lines(score, reports, incidents, bool(measured.languages)))
    if errors:
        print_lines([*scorecard.error_lines("wrong links", wrong), *scorecard.error_lines("missed links", missed)])


def _check_options(truth: str | None, assignments: str | None, minutes: int | None, adjudicated: bool) -> None:
    """Check that the options go together. Raises: BadParameter."""
    if (truth is None) != adjudicated:
        raise typer.BadParameter("give --truth FILE, or --adjudicated")
    if sum((assignments is not None, minutes is not None, adjudicated)) > 1:
        raise typer.BadParameter("give only one of --assignments, --as-known and --adjudicated")
    if truth == assignments == "-":
        raise typer.BadParameter("only one of --truth and --assignments can be standard input")


def _read_inputs(
    truth: str | None, assignments: str | None, minutes: int | None
) -> "tuple[Prediction, dict[Pair, str]]":
    """Return the links to score, and the ground truth."""
    if truth is None:
        return _score_adjudicated()
    known = _read_truth(truth)
    return (_score_as_known(minutes) if minutes is not None else _score_assignments(assignments)), known


def _counts(measured: "Prediction") -> tuple[int, int | None]:
    """Return the number of reports, and of incidents where each report is in one."""
    from streams.evaluation.pairwise import Assignments

    if isinstance(measured, Assignments):
        return len(measured.incidents), len(set(measured.incidents.values()))
    return len(measured.languages), None


def _read_truth(path: str) -> "dict[Pair, str]":
    from schemas.runtime.files import BadData, open_input
    from streams.evaluation.ground_truth import parse

    with open_input(path) as file:
        known, bad = parse(file)
    if bad:
        raise BadData(path, bad)
    return known


async def _members(session: "AccessSession") -> list[tuple[str, str, str]]:
    async with session.reading(INTERNAL) as reading:
        return await reading.members()


def _score_assignments(path: str | None) -> "Prediction":
    from schemas.runtime.files import BadData, open_input
    from streams.evaluation.assignments import parse
    from streams.evaluation.pairwise import Assignments

    if path is None:
        members = run(_members)
        incidents = {report: incident for report, incident, _ in members}
        if len(incidents) < len(members):
            twice = len(members) - len(incidents)
            raise Transient(f"{twice:,} reports are in two incidents; run the command again when the workers are idle")
        return Assignments(incidents, {report: language for report, _, language in members if language})
    with open_input(path) as file:
        incidents, bad = parse(file)
    if bad:
        raise BadData(path, bad)
    return Assignments(incidents, {})


def _score_as_known(minutes: int) -> "Prediction":
    """Match every version again, in the order in which they were emitted."""
    from streams.evaluation import topic_history
    from streams.evaluation.pairwise import LinksAsKnown
    from streams.evaluation.rematch import links_as_known

    async def read(session: "AccessSession") -> "tuple[list[ReportVersion], dict[str, str]]":
        return await topic_history.report_versions(session.services.kafka, session.settings.generation)

    versions, languages = run(read)
    return LinksAsKnown(frozenset(links_as_known(versions, minutes * 60_000)), languages)


def _score_adjudicated() -> "tuple[Prediction, dict[Pair, str]]":
    """Match all reports without adjudications, which are the ground truth."""
    from streams.evaluation import topic_history
    from streams.evaluation.ground_truth import DIFFERENT, IGNORE, SAME
    from streams.evaluation.pairwise import Assignments
    from streams.evaluation.rematch import rematch

    async def read(session: "AccessSession") -> "tuple[list[Profile], Adjudications]":
        kafka, generation = session.services.kafka, session.settings.generation
        return await topic_history.current_reports(kafka, generation), await topic_history.adjudications(kafka)

    profiles, words = run(read)
    adjudicated, alone = words.pairs(), rematch(profiles)
    known = {pair: SAME if verdict == "SAME" else DIFFERENT for pair, verdict in adjudicated.items()}
    # Nobody adjudicated the other pairs.
    known |= dict.fromkeys(alone.links() - known.keys(), IGNORE)
    return Assignments(alone.incidents, {profile.report_id: profile.language for profile in profiles}), known
