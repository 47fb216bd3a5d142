"""The commands `publish`, `validate` and `agency`: options in, library calls, words and exit codes out."""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from schemas.errors import Denied, NotNow, Reason
from schemas.settings import Settings

OK, BAD_DATA = 0, 65
_SHOWN = 20

Files = Annotated[list[str] | None, typer.Argument(help="Feed files; .gz is recognised, - is standard input.")]
Agency = Annotated[
    str | None, typer.Option("--agency", help="Whose reports these are; must agree with lines that tell it.")
]
Feed = Annotated[
    str | None, typer.Option("--feed", help="A column-mapped feed: a bundled name, or the path of a .toml file.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the outcome as one JSON object.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the front door."""
    app.command(epilog=_PUBLISH_EXAMPLES)(publish)
    app.command(epilog=_VALIDATE_EXAMPLES)(validate)
    agency = typer.Typer(no_args_is_help=True, help="The agency registry.")
    agency.command(epilog=_ADD_EXAMPLES)(add)
    agency.command(name="list")(list_agencies)
    app.add_typer(agency, name="agency")


_PUBLISH_EXAMPLES = """Examples:

interagency publish reports.jsonl.gz

zcat reports.gz | interagency publish --agency nogales_pd -

interagency publish --agency chp_el_centro --feed chp log.jsonl.gz

interagency publish   (delivers what an earlier run kept on disk)"""

_VALIDATE_EXAMPLES = """Examples:

interagency validate reports.jsonl.gz

interagency validate --agency yuma_pd --feed ./ours.toml --json export.csv"""

_ADD_EXAMPLES = """Examples:

interagency agency add yuma_pd --name "Yuma Police" --country USA --kind municipal --time-zone America/Phoenix

interagency agency add yuma_pd --handling '*=YELLOW' --handling homicide=RED"""


def _reading(files: list[str], feed: str | None, agency: str | None, progress: Any) -> Any:
    from producers.feeds.lines import STANDARD_INPUT
    from producers.feeds.spec import load
    from producers.reading import Reading
    from schemas.agencies import row

    for file in files:
        if file != STANDARD_INPUT and not Path(file).is_file():
            raise typer.BadParameter(f"no such file: {file}")
    if agency is not None:
        row({"agency_id": agency}, "")
    shown = 0

    def tell(refusal: object) -> None:
        nonlocal shown
        shown += 1
        if shown <= _SHOWN:
            progress.say(str(refusal))

    return Reading(files, load(feed) if feed else None, agency, progress, tell)


def _rest(refusals: int) -> str:
    return f"... and {refusals - _SHOWN:,} more refusals; --json lists all" if refusals > _SHOWN else ""


@dataclass(frozen=True, slots=True)
class Published:
    """The outcome of `publish`, as it is printed; `delivered` came from disk, `seconds` is the whole run."""

    lines: int
    acknowledged: int
    refused: int
    spooled: int
    delivered: int
    seconds: float
    unknown_precisions: int
    problem: str
    refusals: list[dict[str, object]]

    def sentence(self) -> str:
        """Say it to a person."""
        rate = f" ({self.lines / self.seconds:,.0f} lines/s)" if self.lines and self.seconds else ""
        parts = [
            f"{self.lines:,} lines: {self.acknowledged:,} acknowledged",
            f"{self.refused:,} refused",
            f"{self.spooled:,} kept on disk",
        ]
        if self.delivered:
            parts.append(f"{self.delivered:,} delivered from disk")
        if self.unknown_precisions:
            parts.append(f"{self.unknown_precisions:,} with a word of precision that is read as unknown")
        return ", ".join(parts) + f" in {self.seconds:.1f} s{rate}"


_NOTHING = Published(0, 0, 0, 0, 0, 0.0, 0, "", [])


def publish(
    files: Files = None,
    agency: Agency = None,
    feed: Feed = None,
    as_json: AsJson = False,
) -> None:
    """Publish feeds to Kafka; without FILES deliver what an earlier run kept on disk.

    Ends with 65 when lines were refused (the others are published), 75 when Kafka did not take all (they are kept on
    disk; publish again), 77 when an agency may not publish.
    """
    from producers import spool
    from producers.progress import Progress
    from producers.publish import connect

    settings, started = Settings(), time.monotonic()
    if not files and not spool.agencies(settings.home):
        _print(_NOTHING, as_json, "nothing waits on disk")
        return
    with Progress() as progress:
        reading = _reading(files or [], feed, agency, progress)
        session = connect(settings)
        try:
            session.deliver_spools()
            for origin, values in reading.good():
                rejected = session.send(values, origin)
                if rejected is not None:
                    reading.refuse(origin, rejected)
        finally:
            session.close()
        tally = session.tally
        for origin, rejected in tally.refusals:
            reading.refuse(origin if isinstance(origin, tuple) else (str(origin), 0), rejected)
    outcome = Published(
        lines=reading.lines,
        acknowledged=tally.acknowledged,
        refused=len(reading.refusals),
        spooled=tally.spooled,
        delivered=tally.delivered,
        seconds=round(time.monotonic() - started, 3),
        unknown_precisions=reading.unread_precisions,
        problem=str(tally.problem or ""),
        refusals=[refusal.as_dict() for refusal in reading.refusals],
    )
    _print(outcome, as_json, outcome.sentence())
    raise typer.Exit(_ending(outcome, tally.problem, bool(spool.agencies(settings.home))))


def _ending(outcome: Published, problem: Exception | None, waits: bool) -> int:
    """The most pressing thing that is left to do decides: permission, then delivery, then the data."""
    unknown = any(refusal["reason"] == Reason.AGENCY_UNKNOWN for refusal in outcome.refusals)
    if unknown or (waits and isinstance(problem, Denied)):
        return Denied.exit_code
    if waits:
        return NotNow.exit_code
    return BAD_DATA if outcome.refused else OK


def _print(outcome: Any, as_json: bool, sentence: str) -> None:
    if as_json:
        print(json.dumps(asdict(outcome)))
        return
    if more := _rest(len(outcome.refusals)):
        typer.echo(more, err=True)
    if getattr(outcome, "problem", ""):
        typer.echo(outcome.problem, err=True)
    print(sentence)


def validate(
    files: Annotated[list[str], typer.Argument(help="Feed files; .gz is recognised, - is standard input.")],
    agency: Agency = None,
    feed: Feed = None,
    as_json: AsJson = False,
) -> None:
    """Check feeds without publishing: file:line, field, reason, detail and a hint for every line that is refused.

    Ends with 65 when a line would be refused.
    """
    from producers.progress import Progress
    from producers.validate import validate as check

    with Progress() as progress:
        checked = check(_reading(files, feed, agency, progress))
    refusals = [refusal.as_dict() for refusal in checked.refusals]
    if as_json:
        counts = {"lines": checked.lines, "accepted": checked.accepted, "refused": len(refusals)}
        print(json.dumps({**counts, "unknown_precisions": checked.unknown_precisions, "refusals": refusals}))
    else:
        if more := _rest(len(refusals)):
            typer.echo(more, err=True)
        unread = f", {checked.unknown_precisions:,} with a word of precision that is read as unknown"
        told = unread if checked.unknown_precisions else ""
        print(f"{checked.lines:,} lines: {checked.accepted:,} accepted, {len(refusals):,} refused{told}")
    raise typer.Exit(BAD_DATA if refusals else OK)


def add(
    agency_id: Annotated[str, typer.Argument(help="Lower case letters, digits and _, 2 to 48 of them.")],
    name: Annotated[str | None, typer.Option(help="For people.")] = None,
    country: Annotated[str | None, typer.Option(help="ISO 3166-1 alpha-3, for instance MEX.")] = None,
    kind: Annotated[str | None, typer.Option(help="municipal, county, state, federal, fire or unknown.")] = None,
    time_zone: Annotated[str | None, typer.Option(help="Zone of its clock, for instance America/Phoenix.")] = None,
    code_system: Annotated[str | None, typer.Option(help="Name of its own code list.")] = None,
    ori: Annotated[str | None, typer.Option(help="Originating Agency Identifier.")] = None,
    match_domain: Annotated[int | None, typer.Option(help="Partition in which its reports meet others.")] = None,
    handling: Annotated[
        list[str] | None, typer.Option(help="FAMILY=LEVEL for reports without handling; * is every other family.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Add an agency and its topic, or change what is told of it; what is not told stays."""
    from producers.publish import open_registry
    from producers.registry import changed

    levels = dict(_level(one) for one in handling) if handling else None
    told = {
        "name": name,
        "country": country,
        "kind": kind,
        "time_zone": time_zone,
        "code_system": code_system,
        "ori": ori,
        "match_domain": match_domain,
        "default_handling": levels,
    }
    fields = {field: value for field, value in told.items() if value is not None}
    with open_registry(Settings()) as registry:
        standing = changed(registry.rows.get(agency_id), agency_id, fields)
        done = registry.add(standing)
    print(json.dumps({"done": done, **standing}) if as_json else f"{agency_id}: {done}")


def _level(told: str) -> tuple[str, str]:
    family, _, level = told.partition("=")
    if not family or level not in ("GREEN", "YELLOW", "RED"):
        raise typer.BadParameter("--handling is FAMILY=GREEN, FAMILY=YELLOW or FAMILY=RED")
    return family, level


def list_agencies(as_json: AsJson = False) -> None:
    """List the registry's rows."""
    from producers.publish import open_registry

    with open_registry(Settings()) as registry:
        rows = [registry.rows[agency_id] for agency_id in sorted(registry.rows)]
    if as_json:
        print(json.dumps(rows))
        return
    for row in rows:
        domain = f"domain {row['match_domain']}"
        print("\t".join((row["agency_id"], row["country"], row["kind"], row["time_zone"], row["code_system"], domain)))
