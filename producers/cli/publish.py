"""The commands `publish` and `validate`: options in, library calls, words and exit codes out."""

import json
import os
import stat
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.errors import Denied, NotNow, Reason
from schemas.runtime.settings import Settings

if TYPE_CHECKING:
    from producers.cli.progress import Progress
    from producers.delivery.sender import Tally
    from producers.feeds.reader import Reading, Refusal

OK, BAD_DATA = 0, 65
_SHOWN = 20

_PUBLISH_EXAMPLES = """Examples:

interagency publish reports.jsonl.gz

zcat reports.gz | interagency publish --agency nogales_pd -

interagency publish --agency chp_el_centro --feed chp log.jsonl.gz

interagency publish --rate 100 reports.jsonl.gz

interagency publish   (delivers what an earlier run kept on disk)"""

_VALIDATE_EXAMPLES = """Examples:

interagency validate reports.jsonl.gz

interagency validate --agency yuma_pd --feed ./ours.toml --json export.csv"""

_FILES = typer.Argument(metavar="FILE...", help="Feed files; .gz is recognised, - is standard input.")
Agency = Annotated[
    str | None, typer.Option("--agency", help="Whose reports these are; must agree with lines that tell it.")
]
Feed = Annotated[
    str | None, typer.Option("--feed", help="A column-mapped feed: a bundled name, or the path of a .toml file.")
]
NewAgency = Annotated[
    bool, typer.Option("--new-agency", help="Let unknown agencies in whose id is one letter from a known one.")
]
Rate = Annotated[
    float | None, typer.Option("--rate", min=0.1, metavar="N", help="Publish N reports a second; all at once without.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the outcome as one JSON object.")]


def register(app: typer.Typer) -> None:
    """Add the commands of publishing to the front door."""
    app.command(epilog=_PUBLISH_EXAMPLES)(publish)
    app.command(epilog=_VALIDATE_EXAMPLES)(validate)


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

    def __str__(self) -> str:
        rate = f" ({self.lines / self.seconds:,.0f} lines/s)" if self.lines and self.seconds else ""
        kept = f"{self.spooled:,} kept on disk"
        delivered = f", {self.delivered:,} delivered from disk" if self.delivered else ""
        counts = f"{self.acknowledged:,} acknowledged, {self.refused:,} refused, {kept}{delivered}"
        return f"{self.lines:,} lines: {counts}{_unread(self.unknown_precisions)} in {self.seconds:.1f} s{rate}"


@dataclass(frozen=True, slots=True)
class Validated:
    """The outcome of `validate`, as it is printed."""

    lines: int
    accepted: int
    refused: int
    unknown_precisions: int
    refusals: list[dict[str, object]]

    def __str__(self) -> str:
        counts = f"{self.accepted:,} accepted, {self.refused:,} refused"
        return f"{self.lines:,} lines: {counts}{_unread(self.unknown_precisions)}"


def _unread(precisions: int) -> str:
    return f", {precisions:,} with a word of precision that is read as unknown" if precisions else ""


def publish(
    files: Annotated[list[str] | None, _FILES] = None,
    agency: Agency = None,
    feed: Feed = None,
    new_agency: NewAgency = False,
    rate: Rate = None,
    as_json: AsJson = False,
) -> None:
    """Publish feeds to Kafka; without FILE deliver what an earlier run kept on disk.

    Ends with 65 when lines were refused (the others are published), 75 when Kafka did not take all (they are kept on
    disk: publish again), 77 when an agency may not publish. An agency that is new is said to be so; one whose id is one
    letter, or two swapped, from a known one is taken for a slip and refused.
    """
    from producers.cli.progress import Progress
    from producers.delivery import spool

    settings, started = Settings(), time.monotonic()
    if not files and not spool.agencies(settings.home):
        _print(Published(0, 0, 0, 0, 0, 0.0, 0, "", []), as_json)
        return
    with Progress() as progress:
        reading = _reading(files or [], feed, agency, progress)
        tally = _published(settings, reading, new_agency, rate, progress.say)
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
    _print(outcome, as_json)
    raise typer.Exit(_ending(outcome, tally.problem, bool(spool.agencies(settings.home))))


def _check_file(file: str) -> None:
    """Refuse what cannot be read, before anything is connected. Raises: BadParameter."""
    try:
        folder = stat.S_ISDIR(os.stat(file).st_mode)
    except (OSError, ValueError) as exc:
        raise typer.BadParameter(f"{getattr(exc, 'strerror', exc)}: {file[:200]}", param_hint="FILE") from None
    if folder or not os.access(file, os.R_OK):
        raise typer.BadParameter(f"{'a directory' if folder else 'may not be read'}: {file}", param_hint="FILE")


def _reading(files: list[str], feed: str | None, agency: str | None, progress: "Progress") -> "Reading":
    """Check everything that the caller named before anything is connected."""
    from producers.feeds.lines import STANDARD_INPUT
    from producers.feeds.reader import Reading
    from producers.feeds.spec import load
    from schemas.agencies import row

    for file in files:
        if file != STANDARD_INPUT:
            _check_file(file)
    if agency is not None:
        row({"agency_id": agency}, "")
    left = _SHOWN

    def tell(refusal: "Refusal") -> None:
        nonlocal left
        if left:
            left -= 1
            progress.say(str(refusal))

    return Reading(files, load(feed) if feed else None, agency, progress, tell)


def _published(
    settings: Settings, reading: "Reading", new_agency: bool, rate: float | None, tell: Callable[[str], None]
) -> "Tally":
    from producers.delivery.session import connect
    from producers.feeds.pace import paced

    session = connect(settings)
    session.new_agency, session.tell = new_agency, tell
    try:
        session.deliver_spools()
        for origin, values in paced(reading.good(), rate) if rate else reading.good():
            rejected = session.send(values, origin)
            if rejected is not None:
                reading.refuse(origin, rejected)
    finally:
        session.close()
    for source, rejected in session.tally.refusals:
        reading.refuse(source if isinstance(source, tuple) else (str(source), 0), rejected)
    return session.tally


def _ending(outcome: Published, problem: Exception | None, waits: bool) -> int:
    """The most pressing thing that is left to do decides: permission, then delivery, then the data."""
    unknown = any(refusal["reason"] == Reason.AGENCY_UNKNOWN for refusal in outcome.refusals)
    if unknown or (waits and isinstance(problem, Denied)):
        return Denied.exit_code
    if waits:
        return NotNow.exit_code
    return BAD_DATA if outcome.refused else OK


def _print(outcome: Published | Validated, as_json: bool) -> None:
    if as_json:
        print(json.dumps(asdict(outcome)))
        return
    if outcome.refused > _SHOWN:
        typer.echo(f"... and {outcome.refused - _SHOWN:,} more refusals; --json lists all", err=True)
    if isinstance(outcome, Published) and outcome.problem:
        typer.echo(outcome.problem, err=True)
    print(outcome)


def validate(
    files: Annotated[list[str], _FILES],
    agency: Agency = None,
    feed: Feed = None,
    new_agency: NewAgency = False,
    as_json: AsJson = False,
) -> None:
    """Check feeds without publishing: file:line, field, reason, detail and a hint for every line that is refused.

    Ends with 65 when a line would be refused. Agencies are new that are neither bundled nor were seen by this home.
    """
    from producers.cli.progress import Progress
    from producers.delivery.agency_registry import recall
    from producers.feeds.validate import validate as check

    with Progress() as progress:
        known = recall(Settings().home)
        checked = check(_reading(files, feed, agency, progress), known, new_agency, progress.say)
    refusals = [refusal.as_dict() for refusal in checked.refusals]
    _print(Validated(checked.lines, checked.accepted, len(refusals), checked.unknown_precisions, refusals), as_json)
    raise typer.Exit(BAD_DATA if refusals else OK)
