"""The commands `adjudicate same|different|withdraw|list`: options in, library calls, words and exit codes out."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.errors import Denied
from schemas.identity import INTERNAL
from schemas.runtime.clock import now_ms
from sinks.access.order_writer import By, Why, asking, told, write
from sinks.access.session import (
    OPERATIONS,
    Audience,
    Json,
    Purpose,
    checked,
    print_json,
    print_lines,
    print_table,
    read,
)
from sinks.cli.why import Report, distinct

if TYPE_CHECKING:
    from sinks.review.adjudication import Verdict
    from sinks.search.reader import Found

_HELP = """A person's word on two reports, which binds every later decision until it is withdrawn.

Who speaks must see both reports. Ends 77 when a report is not there or not open to the audience, 65 when one report is
actual traffic and the other is not."""
_EXAMPLES = """Examples:

interagency adjudicate same el_paso_pd:26-053620 tx_dps:2811-260105-2 --by local-operator --why "same crash, two units"

interagency adjudicate different nogales_pd:26-041244 az_dps:1451-260109-5 --by local-operator --why "an hour apart"

interagency adjudicate queue --agency el_paso_pd --offense assault

interagency adjudicate list --json"""

WORDS: "dict[str, tuple[Verdict, str]]" = {
    "same": ("SAME", "Two reports speak of one incident: they are joined."),
    "different": (
        "NOT_SAME",
        "Two reports speak of different incidents: they are kept apart, through replay and new versions.",
    ),
    "withdraw": ("WITHDRAWN", "Lift an earlier word on two reports: the comparison decides again."),
}
"""The commands that say a word: its verdict and its help."""


def register(app: typer.Typer) -> None:
    """Add the command to the front door."""
    group = typer.Typer(help=_HELP, epilog=_EXAMPLES, no_args_is_help=True)
    for name, (verdict, meaning) in WORDS.items():
        group.command(name=name)(_word(verdict, meaning))
    group.command(name="list")(list_words)
    group.command(name="queue")(queue)
    app.add_typer(group, name="adjudicate")


def _say(
    verdict: "Verdict", left: str, right: str, by: str, why: str, audience: str, purpose: str, as_json: bool
) -> None:
    from sinks.review.adjudication import adjudication, framed, lines
    from sinks.search.reader import NotFound

    by, why = told(by, why)
    distinct(left, right)
    try:
        seen = read(audience, lambda reading: reading.pair(left, right), purpose, deciding=True)
    except NotFound as exc:
        # Without sight of both reports there is no right to a word on them; the sentence tells neither apart.
        raise Denied(str(exc)) from None
    if any("withheld" in one.report for one in seen):
        raise Denied("an agreement withholds parts of these reports from you: a word needs sight of both in full")
    word = adjudication(*seen, verdict, by, audience, why, now_ms())
    write(*framed(word))
    if as_json:
        print_json(word)
    else:
        print_lines(lines(word))


def _word(verdict: "Verdict", meaning: str) -> Callable[..., None]:
    """Make the command that says a word; `meaning` is its help."""

    def say(
        left: Report,
        right: Report,
        by: By,
        why: Why,
        audience: Audience = INTERNAL,
        purpose: Purpose = OPERATIONS,
        as_json: Json = False,
    ) -> None:
        _say(verdict, left, right, by, why, audience, purpose, as_json)

    say.__doc__ = meaning
    return say


def list_words(as_json: Json = False) -> None:
    """List the newest word on each pair, oldest first: when, verdict, reports, who, why."""
    from sinks.render.format import clean, moment
    from sinks.review.adjudication import words

    with asking() as admin:
        found = words(admin)
    if as_json:
        print_json(found)
        return
    rows: list[tuple[str, ...]] = [("said (UTC)", "word", "left", "right", "by", "why")]
    rows += [(moment(w["at"]), w["verdict"], *map(clean, (w["left"], w["right"], w["by"], w["why"]))) for w in found]
    print_table(rows, "nobody has said a word on any pair")


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
    """List the pairs that wait for a person: left open as the reports stand now, the most likely first.

    When, where, what, and what speaks for and against. Left out is what no decision would change: reports of one
    incident, reports that were cancelled, pairs that somebody decided on, exercises and tests.
    """
    from sinks.access.past import standing
    from sinks.review import review_queue as review
    from streams.evaluation.rematch import doubts

    asked = review.Asked(agency or (), offense.strip())
    waiting = {(one["left"], one["right"]): one for one in doubts(*standing())}

    def fits(left: "Found", right: "Found") -> bool:
        changes = review.undecided(left.report, right.report, (left.incident.id, right.incident.id))
        return changes and asked.fits((left.report, right.report))

    count, found = read(INTERNAL, lambda reading: reading.pairs(list(waiting), fits, limit))
    shown = [
        review.Pair(waiting[left.report["report_id"], right.report["report_id"]], (left.report, right.report))
        for left, right in found
    ]
    if as_json:
        print_json(review.as_json(count, shown))
    else:
        print_lines(review.lines(count, shown))
