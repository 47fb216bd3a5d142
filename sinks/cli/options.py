"""Options and arguments that several commands share, and the checks that make a wrong one a usage error."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from schemas.records.order import MODEL

OPERATIONS = "operations"
"""The purpose of a local operator; `sinks.access.session` has it too, which takes longer to import than a help text."""
LONGEST = {"--by": 200, "--why": 2000}
"""Option -> most characters that are kept."""


def checked(kind: str) -> Callable[[Any], Any]:
    """Return a callback of an option or argument that checks each value by `sinks.search.arguments.<kind>`."""

    def callback(value: Any) -> Any:
        from sinks.search import arguments

        try:
            for item in value if isinstance(value, list | tuple) else [value] if value is not None else []:
                getattr(arguments, kind)(item)
        except ValueError as exc:
            raise typer.BadParameter(str(exc)) from None
        return value

    return callback


Audience = Annotated[
    str,
    typer.Option(
        "--as",
        metavar="AUDIENCE",
        help="Whose view: internal, a partnership, an agency.",
        callback=checked("name"),
    ),
]
Purpose = Annotated[
    str,
    typer.Option(
        "--purpose",
        metavar="PURPOSE",
        help="The purpose of the reading; a partnership's audience needs one of its own.",
        callback=checked("name"),
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
ReportId = Annotated[str, typer.Argument(metavar="REPORT", help="agency:source_id", callback=checked("report"))]
AgreementId = Annotated[
    str,
    typer.Argument(metavar="AGREEMENT", help="Its id, as `agreement list` shows it.", callback=checked("name")),
]
By = Annotated[str, typer.Option("--by", metavar="WHO", help="Login of who decides.")]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason, kept permanently.")]


def milliseconds(text: str | None, last: bool, option: str, zone: str = "UTC") -> int | None:
    """Return a time as UTC milliseconds; `last`: of a date, the first instant after it. Raises: BadParameter.

    `zone`: the IANA name of the time zone of a time that states no offset.
    """
    from zoneinfo import ZoneInfo

    from sinks.search.options import instant

    try:
        return None if text is None else int(instant(text, last, ZoneInfo(zone)).timestamp() * 1000)
    except ValueError as exc:
        raise typer.BadParameter(str(exc), param_hint=option) from None


def decider(by: str) -> str:
    """Return the login of who decides as it is kept. Raises: BadParameter where it names nobody or does not fit."""
    login = _kept("--by", by)
    if login == MODEL:
        raise typer.BadParameter(f"`by` must name a person; `{MODEL}` is reserved", param_hint="--by")
    return login


def audit_fields(by: str, why: str) -> tuple[str, str]:
    """Return who decides and why as they are kept. Raises: BadParameter where one is empty or does not fit."""
    return decider(by), _kept("--why", why)


def _kept(option: str, text: str) -> str:
    kept = text.strip()
    if not 0 < len(kept) <= LONGEST[option]:
        raise typer.BadParameter(f"must have 1 to {LONGEST[option]:,} characters", param_hint=option)
    return storable(kept, option)


def storable(text: str, option: str) -> str:
    """Return a text that goes into a record. Raises: BadParameter where a record cannot hold it."""
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise typer.BadParameter("has the character NUL, or bytes that are not UTF-8", param_hint=option)
    return text


def distinct(left: str, right: str) -> None:
    """Refuse the same report twice. Raises: BadParameter."""
    if left == right:
        raise typer.BadParameter("name two different reports, as agency:source_id", param_hint="REPORT")
