"""The commands `agreement list|show|explain|owed|apply|end`: what each partnership may see, ordered at run time."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.errors import PipelineError
from schemas.identity import INTERNAL
from schemas.runtime.clock import now_ms
from sinks.access.order_writer import By, Why, told
from sinks.access.session import Json, checked, print_json, print_lines, print_table

if TYPE_CHECKING:
    from schemas.agreements import Agreement

_HELP = """Agreements: what each partnership's memorandum allows.

An order holds from the moment that it is written: readers ask for it at each reading, and release looks at every
incident again. `apply` and `end` end with 0 once it is written, also while Elasticsearch is away, and say what is left:
the index worker closes and opens audiences there as soon as it answers."""
_EXAMPLES = """Examples:

interagency agreement list

interagency agreement explain cit > what-is-shared.md

interagency agreement owed --json

interagency agreement apply yuma.toml --by records-clerk --why "signed by both parties on 1 June"

interagency agreement end cit --by city-attorney --why "council resolution of 9 June" """

WAITS = "the order stands; the index worker changes the aliases as soon as Elasticsearch lets it"

AgreementId = Annotated[
    str,
    typer.Argument(metavar="AGREEMENT", help="Its id, as `agreement list` tells it.", callback=checked("name")),
]


def register(app: typer.Typer) -> None:
    """Add the commands to the front door."""
    agreement = typer.Typer(help=_HELP, epilog=_EXAMPLES, no_args_is_help=True)
    agreement.command(name="list")(list_agreements)
    agreement.command()(show)
    agreement.command()(explain)
    agreement.command()(owed)
    agreement.command()(apply)
    agreement.command()(end)
    app.add_typer(agreement, name="agreement")


def _let_read(audiences: Iterable[str], hidden: Iterable[str]) -> None:
    """Put the aliases of audiences in their place, and take those of others away, or print what is left to workers.

    Whatever keeps Elasticsearch from it, the order stands.
    """
    from schemas.runtime.settings import Settings, endpoints
    from sinks.access.session import index_at
    from sinks.index.names import IndexName, agree

    settings = Settings()

    async def put() -> None:
        index = index_at(endpoints(settings).elasticsearch)
        try:
            for name in hidden:
                await index.hide(name)
            agree(await index.indices(INTERNAL, *audiences), settings.generation)
            for name in audiences:
                await index.expose(IndexName(name, settings.generation))
        finally:
            await index.close()

    try:
        asyncio.run(put())
    except PipelineError as exc:
        print_lines([f"{WAITS} ({exc})"])


def _state(one: "Agreement", at: int) -> str:
    return "in force" if one.in_force(at) else "not begun" if at < one.begins else "ended"


def list_agreements(as_json: Json = False) -> None:
    """List the agreements that stand: version, term, audiences, and whether they are in force now."""
    from sinks.access.orders import recall, standing
    from sinks.render.format import moment

    orders, at = recall(), now_ms()
    held = standing(orders).agreements
    if as_json:
        names = ("agreement_id", "title", "version", "signed", "begins", "ends")
        print_json(
            [
                {name: getattr(one, name) for name in names}
                | {"in_force": one.in_force(at), "audiences": [who.name for who in one.audiences]}
                for one in held.values()
            ]
        )
        return
    told_ = [("agreement", "version", "begins (UTC)", "ends (UTC)", "state", "by order of", "audiences")]
    for name, one in sorted(held.items()):
        by = orders[name]["by"] if name in orders else "bundled"
        audiences = " ".join(who.name for who in one.audiences)
        told_.append((name, str(one.version), moment(one.begins), moment(one.ends), _state(one, at), by, audiences))
    print_table(told_, "no agreement stands")


def show(agreement_id: AgreementId) -> None:
    """Print an agreement as it stands, each rule with its clause: a file that `agreement apply` takes."""
    from schemas.agreements import BUNDLED, bundled_text
    from sinks.access.orders import NoSuchAgreement, recall

    orders = recall()
    if agreement_id in orders:
        typer.echo(orders[agreement_id]["text"], nl=False)
    elif agreement_id in BUNDLED:
        typer.echo(bundled_text(agreement_id), nl=False)
    else:
        raise NoSuchAgreement(agreement_id)


def explain(agreement_id: AgreementId) -> None:
    """Print an agreement in plain words, for councils and the public: who, for what, what is shared, what never is."""
    from sinks.access.orders import named
    from sinks.partnership.plain_language import markdown

    typer.echo(markdown(named(agreement_id)), nl=False)


def owed(as_json: Json = False) -> None:
    """List the reports that agreements in force owe: to whom, for which days last, and the command that makes each."""
    from sinks.access.orders import recall, standing
    from sinks.partnership.due_reports import reports_due

    found = reports_due(standing(recall()).agreements.values(), now_ms())
    if as_json:
        print_json([one._asdict() for one in found])
        return
    rows = [("agreement", "report", "to", "made by")]
    print_table([*rows, *((one.agreement_id, one.name, one.to, one.command) for one in found)], "no report is owed")


def apply(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="An agreement's file.")], by: By, why: Why
) -> None:
    """Let a file stand: a new partnership, or a higher version of one, as for an extension."""
    from sinks.access.orders import FOLLOWS, applied, give, recall, standing

    who, reason = told(by, why)
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise typer.BadParameter(f"{file} cannot be read as UTF-8 ({type(exc).__name__})", param_hint="FILE") from None
    held = standing(recall()).agreements
    order, made = applied(text, held, who, reason, now_ms())
    before = held.get(made.agreement_id)
    give(order)
    named = {one.name for one in made.audiences} if made.in_force(now_ms()) else set()
    print_lines([f"{made.agreement_id} version {made.version} stands, {_state(made, now_ms())}: {made.title}", FOLLOWS])
    _let_read(sorted(named), sorted({one.name for one in before.audiences} - named if before else ()))


def end(agreement_id: AgreementId, by: By, why: Why) -> None:
    """End an agreement now: nobody reads its audiences from here on, and their copies are withdrawn."""
    from sinks.access.orders import FOLLOWS, audiences_of, ended, give, recall

    who, reason = told(by, why)
    order = ended(agreement_id, recall(), who, reason, now_ms())
    give(order)
    audiences = audiences_of(order)
    print_lines([f"{agreement_id} has ended; closed: {', '.join(audiences)}", FOLLOWS])
    _let_read([], audiences)
