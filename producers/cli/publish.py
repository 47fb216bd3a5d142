"""The commands `publish` and `validate`: read options, call the use case, print, choose the exit code."""

import json
import os
import stat
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.errors import Denied, NotNow
from schemas.runtime.settings import Settings

if TYPE_CHECKING:
    from producers.cli.progress import Progress
    from producers.feeds.publish import PublishResult
    from producers.feeds.reader import FeedReader, Refusal

OK, BAD_DATA = 0, 65
_MAX_SHOWN = 20

_PUBLISH_EXAMPLES = """Examples:

interagency publish reports.jsonl.gz

zcat reports.gz | interagency publish --agency nogales_pd -

interagency publish --agency chp_el_centro --feed chp log.jsonl.gz

interagency publish --rate 100 reports.jsonl.gz

interagency publish   (delivers what an earlier run kept on disk)"""

_VALIDATE_EXAMPLES = """Examples:

interagency validate reports.jsonl.gz

interagency validate --agency yuma_pd --feed ./ours.toml --json export.csv"""

_FILES = typer.Argument(metavar="FILE...", help="Feed files; .gz is recognized, - is standard input.")
Agency = Annotated[
    str | None, typer.Option("--agency", help="The reporting agency; must match lines that name their agency.")
]
Feed = Annotated[
    str | None, typer.Option("--feed", help="A column-mapped feed: a bundled name, or the path of a .toml file.")
]
NewAgency = Annotated[
    bool, typer.Option("--new-agency", help="Accept unknown agencies whose id is one letter from a known one.")
]
Rate = Annotated[
    float | None, typer.Option("--rate", min=0.1, metavar="N", help="Publish N reports per second; default: no limit.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")]


def register(app: typer.Typer) -> None:
    """Add the commands `publish` and `validate` to the front door."""
    app.command(epilog=_PUBLISH_EXAMPLES)(publish)
    app.command(epilog=_VALIDATE_EXAMPLES)(validate)


@dataclass(frozen=True, slots=True)
class PublishSummary:
    """The result of `publish` as it is printed; `delivered` came from disk, `seconds` is the whole run."""

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
        return f"{self.lines:,} lines: {counts}{_precision_note(self.unknown_precisions)} in {self.seconds:.1f} s{rate}"


@dataclass(frozen=True, slots=True)
class ValidationSummary:
    """The result of `validate` as it is printed."""

    lines: int
    accepted: int
    refused: int
    unknown_precisions: int
    refusals: list[dict[str, object]]

    def __str__(self) -> str:
        counts = f"{self.accepted:,} accepted, {self.refused:,} refused"
        return f"{self.lines:,} lines: {counts}{_precision_note(self.unknown_precisions)}"


def _precision_note(count: int) -> str:
    return f", {count:,} with a precision that is not in the list, treated as unknown" if count else ""


def publish(
    files: Annotated[list[str] | None, _FILES] = None,
    agency: Agency = None,
    feed: Feed = None,
    new_agency: NewAgency = False,
    rate: Rate = None,
    as_json: AsJson = False,
) -> None:
    """Publish feeds to Kafka; without FILE, deliver what an earlier run kept on disk.

    Exits with 65 when lines were refused (the others are published), 75 when Kafka did not take all reports (they are
    on disk: publish again), 77 when an agency may not publish. A notice names each agency that is new; an unknown id
    one letter, or one swap, from a known one is treated as a typo and refused.
    """
    from producers.cli.progress import Progress
    from producers.delivery import spool
    from producers.delivery.session import connect
    from producers.feeds.publish import publish as publish_feeds

    settings, started = Settings(), time.monotonic()
    if not files and not spool.agencies_with_records(settings.home):
        _print(PublishSummary(0, 0, 0, 0, 0, 0.0, 0, "", []), as_json)
        return
    with Progress() as progress:
        reader = _feed_reader(files or [], feed, agency, progress)
        result = publish_feeds(connect(settings), reader, new_agency, rate, progress.print)
    summary = PublishSummary(
        lines=result.lines,
        acknowledged=result.acknowledged,
        refused=len(result.refusals),
        spooled=result.spooled,
        delivered=result.delivered,
        seconds=round(time.monotonic() - started, 3),
        unknown_precisions=result.unknown_precisions,
        problem=str(result.problem or ""),
        refusals=_as_dicts(result.refusals),
    )
    _print(summary, as_json)
    raise typer.Exit(_exit_code(result))


def _as_dicts(refusals: "Sequence[Refusal]") -> list[dict[str, object]]:
    return [refusal.as_dict() for refusal in refusals]


def _check_file(file: str) -> None:
    """Refuse a file that cannot be read, before connecting. Raises: BadParameter."""
    try:
        folder = stat.S_ISDIR(os.stat(file).st_mode)
    except (OSError, ValueError) as exc:
        raise typer.BadParameter(f"{getattr(exc, 'strerror', exc)}: {file[:200]}", param_hint="FILE") from None
    if folder or not os.access(file, os.R_OK):
        raise typer.BadParameter(f"{'a directory' if folder else 'permission denied'}: {file}", param_hint="FILE")


def _feed_reader(files: list[str], feed: str | None, agency: str | None, progress: "Progress") -> "FeedReader":
    """Check every argument before connecting, and return the reader. Raises: BadParameter, Configuration."""
    from producers.feeds.lines import STANDARD_INPUT
    from producers.feeds.reader import FeedReader
    from producers.feeds.spec import load
    from schemas.agencies import agency_row

    for file in files:
        if file != STANDARD_INPUT:
            _check_file(file)
    if agency is not None:
        agency_row({"agency_id": agency}, "")
    remaining = _MAX_SHOWN

    def show(refusal: "Refusal") -> None:
        nonlocal remaining
        if remaining:
            remaining -= 1
            progress.print(str(refusal))

    return FeedReader(files, load(feed) if feed else None, agency, progress, show)


def _exit_code(result: "PublishResult") -> int:
    """Return the code of the most urgent thing left to do: permission, then delivery, then the data."""
    if result.unknown_agency or (result.unsent and isinstance(result.problem, Denied)):
        return Denied.exit_code
    if result.unsent:
        return NotNow.exit_code
    return BAD_DATA if result.refusals else OK


def _print(summary: PublishSummary | ValidationSummary, as_json: bool) -> None:
    if as_json:
        print(json.dumps(asdict(summary)))
        return
    if summary.refused > _MAX_SHOWN:
        typer.echo(f"... and {summary.refused - _MAX_SHOWN:,} more refusals; --json lists all", err=True)
    if isinstance(summary, PublishSummary) and summary.problem:
        typer.echo(summary.problem, err=True)
    print(summary)


def validate(
    files: Annotated[list[str], _FILES],
    agency: Agency = None,
    feed: Feed = None,
    new_agency: NewAgency = False,
    as_json: AsJson = False,
) -> None:
    """Check feeds without publishing: file:line, field, reason, detail and a hint for every refused line.

    Exits with 65 when a line would be refused. Known agencies are the bundled ones and those that this home has seen.
    """
    from producers.cli.progress import Progress
    from producers.delivery.agency_registry import load_cache
    from producers.feeds.validate import validate as validate_feeds

    with Progress() as progress:
        known = load_cache(Settings().home)
        result = validate_feeds(_feed_reader(files, feed, agency, progress), known, new_agency, progress.print)
    refusals = _as_dicts(result.refusals)
    _print(
        ValidationSummary(result.lines, result.accepted, len(refusals), result.unknown_precisions, refusals), as_json
    )
    raise typer.Exit(BAD_DATA if refusals else OK)
