"""The commands `adjudicate same|different|withdraw|list|queue`: what a person decides on a pair of reports."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.identity import INTERNAL
from sinks.cli.options import (
    OPERATIONS,
    Audience,
    By,
    Json,
    Purpose,
    ReportId,
    Why,
    audit_fields,
    checked,
    distinct,
)
from sinks.cli.output import print_json, print_lines, print_table
from sinks.cli.session import run

if TYPE_CHECKING:
    from sinks.access.session import AccessSession
    from sinks.review.adjudication import Verdict
    from sinks.review.review_queue import Pair
    from sinks.review.waiting_pairs import OpenDecisions

_HELP = """A person's decision on two reports, which binds every later decision until it is withdrawn.

Who decides must see both reports. Ends 77 when a report is not there or not open to the audience, 65 when one report is
actual traffic and the other is not."""
_EXAMPLES = """Examples:

interagency adjudicate same el_paso_pd:26-053620 tx_dps:2811-260105-2 --by local-operator --why "same crash, two units"

interagency adjudicate different nogales_pd:26-041244 az_dps:1451-260109-5 --by local-operator --why "an hour apart"

interagency adjudicate queue --agency el_paso_pd --offense assault

interagency adjudicate list --json"""

VERDICTS: "dict[str, tuple[Verdict, str]]" = {
    "same": ("SAME", "Two reports describe one incident: they are linked."),
    "different": (
        "NOT_SAME",
        "Two reports describe different incidents: they are kept apart, through replay and new versions.",
    ),
    "withdraw": ("WITHDRAWN", "Withdraw an earlier adjudication of two reports: the comparison decides again."),
}
"""The commands that adjudicate: the verdict of each, and its help."""


def register(app: typer.Typer, open_decisions: "OpenDecisions") -> None:
    """Add the command to the front door; `open_decisions` returns what the stream left open."""
    group = typer.Typer(help=_HELP, epilog=_EXAMPLES, no_args_is_help=True)
    for name, (verdict, meaning) in VERDICTS.items():
        group.command(name=name)(_adjudication(verdict, meaning))
    group.command(name="list")(list_adjudications)
    group.command(name="queue")(_queue(open_decisions))
    app.add_typer(group, name="adjudicate")


def _adjudicate(
    verdict: "Verdict", left: str, right: str, by: str, why: str, audience: str, purpose: str, as_json: bool
) -> None:
    from sinks.review.adjudication import adjudicate, lines

    audit = audit_fields(by, why)
    distinct(left, right)
    new = run(lambda session: adjudicate(session, (left, right), verdict, audit, audience, purpose))
    if as_json:
        print_json(new)
    else:
        print_lines(lines(new))


def _adjudication(verdict: "Verdict", meaning: str) -> Callable[..., None]:
    """Return the command that adjudicates; `meaning` is its help."""

    def adjudicate(
        left: ReportId,
        right: ReportId,
        by: By,
        why: Why,
        audience: Audience = INTERNAL,
        purpose: Purpose = OPERATIONS,
        as_json: Json = False,
    ) -> None:
        _adjudicate(verdict, left, right, by, why, audience, purpose, as_json)

    adjudicate.__doc__ = meaning
    return adjudicate


def list_adjudications(as_json: Json = False) -> None:
    """List the newest adjudication of each pair, oldest first: when, verdict, reports, who, why."""
    from sinks.render.format import clean, moment
    from sinks.review.adjudication import adjudications

    newest = run(lambda session: adjudications(session.topics))
    if as_json:
        print_json(newest)
        return
    rows: list[tuple[str, ...]] = [("decided (UTC)", "verdict", "left", "right", "by", "why")]
    for row in newest:
        cells = map(clean, (row["left"], row["right"], row["by"], row["why"]))
        rows.append((moment(row["at"]), row["verdict"], *cells))
    print_table(rows, "no pair has been adjudicated")


def _queue(open_decisions: "OpenDecisions") -> Callable[..., None]:
    """Return the command that lists what waits among the decisions that the stream left open."""

    def queue(
        limit: Annotated[int, typer.Option(metavar="N", min=1, help="At most so many.")] = 20,
        agency: Annotated[
            list[str] | None,
            typer.Option(help="With a report of this agency; repeat for any of several.", callback=checked("agency")),
        ] = None,
        offense: Annotated[
            str, typer.Option(help="With this offense, as `search --offense` reads it.", callback=checked("optional"))
        ] = "",
        as_json: Json = False,
    ) -> None:
        """List the pairs that wait for a person: undecided as the reports are now, the most likely first.

        When, where, what, and the evidence for and against. Left out is what no decision would change: reports of one
        incident, reports that were cancelled, pairs that somebody decided on, exercises and tests.
        """
        from sinks.review import review_queue
        from sinks.review.waiting_pairs import waiting_pairs

        queue_filter = review_queue.QueueFilter(agency or (), offense.strip())

        async def waiting(session: "AccessSession") -> "tuple[int, list[Pair]]":
            undecided = await open_decisions(session.services.kafka, session.settings.generation)
            return await waiting_pairs(session, undecided, queue_filter, limit)

        count, pairs = run(waiting)
        if as_json:
            print_json(review_queue.as_json(count, pairs))
        else:
            print_lines(review_queue.lines(count, pairs))

    return queue
