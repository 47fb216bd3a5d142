"""The commands `dissemination list|verify|unusual`: who was shown what, whether it was changed, what is unusual."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.errors import Fatal
from sinks.cli.options import Json, checked
from sinks.cli.output import print_json, print_lines, print_table
from sinks.cli.session import run

if TYPE_CHECKING:
    from sinks.access.access_review import UnusualRead
    from sinks.access.session import AccessSession

_HELP = (
    """The dissemination log: who was shown what, for which purpose, when; every line is chained to the one before."""
)
_EXAMPLES = """Examples:

interagency dissemination list --as actt-mx --json

interagency dissemination verify --key-file - --anchor 12000:<DIGEST> < key-of-the-auditor

interagency dissemination unusual --canary nogales_pd:26-999001 --json"""


class Broken(Fatal):
    """A line of the log was changed, or one is missing."""


def parsed_by(name: str) -> Callable[[list[str] | None], list[str] | None]:
    """Return a callback that checks each value of an option by a function of `sinks.access.dissemination_chain`."""

    def callback(values: list[str] | None) -> list[str] | None:
        from sinks.access import dissemination_chain

        try:
            for value in values or ():
                getattr(dissemination_chain, name)(value)
        except ValueError as exc:
            raise typer.BadParameter(str(exc)) from None
        return values

    return callback


def register(app: typer.Typer) -> None:
    """Add the command to the front door."""
    group = typer.Typer(help=_HELP, epilog=_EXAMPLES, no_args_is_help=True)
    group.command(name="list")(list_lines)
    group.command()(verify)
    group.command(name="unusual")(review_access)
    app.add_typer(group, name="dissemination")


def list_lines(
    audience: Annotated[str, typer.Option("--as", metavar="AUDIENCE", help="Only what was asked in this name.")] = "",
    as_json: Json = False,
) -> None:
    """List what was asked and shown, oldest first; `--json` has the ids."""
    from sinks.access.audit_records import dissemination_lines
    from sinks.render.format import clean, moment

    lines = run(lambda session: dissemination_lines(session.topics))
    lines = [line for line in lines if audience in ("", line["audience"])]
    if as_json:
        print_json(lines)
        return
    rows: list[tuple[str, ...]] = [("asked (UTC)", "reader", "audience", "purpose", "outcome", "ids", "question")]
    for line in lines:
        who = map(clean, (line["reader"], line["audience"], line["purpose"]))
        rows.append((moment(line["at"]), *who, line["outcome"], str(len(line["ids"])), clean(line["asked"])))
    print_table(rows, "nothing was asked")


def verify(
    key: Annotated[
        list[str] | None,
        typer.Option(
            "--key",
            metavar="NUMBER-HEX",
            help="A key that `init` showed; other users of this machine see it while this runs: rather --key-file.",
            callback=parsed_by("parse_keys"),
        ),
    ] = None,
    key_file: Annotated[
        list[Path] | None,
        typer.Option("--key-file", metavar="FILE", help="Keys that `init` showed, in a file; - is standard input."),
    ] = None,
    anchor: Annotated[
        list[str] | None,
        typer.Option(
            "--anchor",
            metavar="NUMBER:DIGEST",
            help="A line that somebody noted, or a council report names; repeat for others.",
            callback=parsed_by("parse_anchor"),
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check the dissemination log: 0 when it holds, else 1 and which line is wrong in what.

    Its chain, the anchors on their own topic, and where this home wrote last, are always checked. With the first key,
    each line's MAC from there on; with anchors, that these lines are there and no others.
    """
    from sinks.access.dissemination_verification import verify_log

    keys = _keys(key or [], key_file or [])
    result = run(lambda session: verify_log(session, keys, anchor or []))
    if as_json:
        print_json(result.as_json())
    else:
        print_lines(result.lines())
    if result.findings:
        first = result.findings[0]
        raise Broken(f"the dissemination log does not hold: line {first.line:,} {first.what}")


def _keys(texts: list[str], names: list[Path]) -> dict[int, bytes]:
    """Return line -> key. Raises: BadParameter, never with what a file holds."""
    from sinks.access.dissemination_chain import parse_keys

    for name in names:
        try:
            texts = [*texts, sys.stdin.read() if str(name) == "-" else name.read_text()]
        except (OSError, ValueError):
            raise typer.BadParameter(f"cannot be read: {name}", param_hint="--key-file") from None
    keys: dict[int, bytes] = {}
    for text in texts:
        try:
            keys |= parse_keys(text)
        except ValueError as exc:
            raise typer.BadParameter(str(exc), param_hint="--key-file") from None
    return keys


def review_access(
    canary: Annotated[
        list[str] | None,
        typer.Option(
            "--canary",
            metavar="REPORT",
            help="A report that nobody has a reason to read; repeat for others.",
            callback=checked("report"),
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """List what is unusual: far more shown than on other days, repeated denials, a canary read.

    A canary is a report that its agency invented, and published secretly. A read of it is a reason to ask, not proof.
    """
    from sinks.access.access_review import unusual_reads
    from sinks.access.audit_records import dissemination_lines, exposures
    from sinks.render.format import clean, moment

    async def reviewed(session: "AccessSession") -> "list[UnusualRead]":
        lines = await dissemination_lines(session.topics)
        return unusual_reads(lines, canary or (), await exposures(session.topics) if canary else ())

    reads = run(reviewed)
    if as_json:
        print_json([read._asdict() for read in reads])
        return
    rows: list[tuple[str, ...]] = [("since (UTC)", "rule", "reader", "audience", "line", "why")]
    for read in reads:
        who = map(clean, (read.rule, read.reader, read.audience))
        rows.append((moment(read.at), *who, f"{read.line:,}", clean(read.why)))
    print_table(rows, "nothing is unusual")
