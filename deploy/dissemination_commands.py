"""The commands `dissemination list|verify|unusual`: who was shown what, whether it was touched, what stands out."""

from typing import Annotated

import typer

from schemas.errors import Fatal
from sinks.session import Json, checked, print_json, print_lines, print_table

_HELP = (
    """The dissemination log: who was shown what, for which purpose, when; every line is chained to the one before."""
)
_EXAMPLES = """Examples:

interagency dissemination list --as actt-mx --json

interagency dissemination verify

interagency dissemination unusual --canary nogales_pd:26-999001 --json"""


class Broken(Fatal):
    """A line of the log was changed, or one is missing."""


def register(app: typer.Typer) -> None:
    """Add the command to the front door."""
    group = typer.Typer(help=_HELP, epilog=_EXAMPLES, no_args_is_help=True)
    group.command(name="list")(list_lines)
    group.command()(verify)
    group.command()(unusual)
    app.add_typer(group, name="dissemination")


def list_lines(
    audience: Annotated[str, typer.Option("--as", metavar="AUDIENCE", help="Only what was asked in this name.")] = "",
    as_json: Json = False,
) -> None:
    """List what was asked and shown, oldest first; `--json` has the ids."""
    from deploy.past import disclosed
    from sinks.telling import clean, moment

    found = [line for line in disclosed() if audience in ("", line["audience"])]
    if as_json:
        print_json(found)
        return
    rows: list[tuple[str, ...]] = [("asked (UTC)", "reader", "audience", "purpose", "outcome", "ids", "question")]
    for line in found:
        who = map(clean, (line["reader"], line["audience"], line["purpose"]))
        rows.append((moment(line["at"]), *who, line["outcome"], str(len(line["ids"])), clean(line["asked"])))
    print_table(rows, "nothing was asked")


def verify(as_json: Json = False) -> None:
    """Check the whole chain: 0 when no line was changed or taken out, 1 and the first such line otherwise."""
    from deploy.past import disclosed
    from sinks.dissemination import broken

    lines = disclosed()
    at = broken(lines)
    if as_json:
        print_json({"lines": len(lines), "broken_at": at})
    if at is not None:
        raise Broken(f"line {at:,} of the dissemination log was changed, or one before it is missing")
    if not as_json:
        print_lines([f"{len(lines):,} lines, none changed or missing"])


def unusual(
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
    """List what stands out: far more shown than on other days, turned away again and again, a canary touched.

    A canary is a report that its agency invented, published and told nobody of. It is a reason to ask, no proof.
    """
    from deploy.past import disclosed, exposed
    from deploy.unusual import unusual as standing_out
    from sinks.telling import clean, moment

    found = standing_out(disclosed(), canary or (), exposed() if canary else ())
    if as_json:
        print_json([one._asdict() for one in found])
        return
    rows: list[tuple[str, ...]] = [("since (UTC)", "rule", "reader", "audience", "line", "why")]
    for one in found:
        who = map(clean, (one.rule, one.reader, one.audience))
        rows.append((moment(one.at), *who, f"{one.line:,}", clean(one.why)))
    print_table(rows, "nothing stands out")
