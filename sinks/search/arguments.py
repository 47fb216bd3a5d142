"""Names and ids that a reader gives, checked before any service is asked; pure.

Each check returns the text, or raises a ValueError that says how to write it. What could exist passes, whether or not
it does: only the index and the agreements decide that, with the same answer for everybody.
"""

import re
import unicodedata

from schemas.topics import AGENCY_ID

MOST_NAME = 200
MOST_SOURCE_ID = 128
_SHOWN = 40
_INCIDENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_NEVER = ("Cc", "Cs")
"""Unicode categories: control characters, and halves of surrogate pairs, which stand for bytes that are not UTF-8."""


def quoted(text: str) -> str:
    """Return a text as a message shows it: its beginning, in quotes, with control characters escaped."""
    return repr(text) if len(text) <= _SHOWN else f"{text[:_SHOWN]!r}..."


def plain(text: str, most: int = MOST_NAME) -> str:
    """Return a text of at most `most` characters. Raises: ValueError."""
    if len(text) > most:
        raise ValueError(f"{len(text):,} characters; at most {most:,} are allowed")
    if any(unicodedata.category(character) in _NEVER for character in text):
        raise ValueError(f"{quoted(text)} has control characters, or bytes that are not UTF-8")
    return text


def name(text: str) -> str:
    """Return the name of an audience, a purpose, an agreement or the like. Raises: ValueError."""
    if not text.strip():
        raise ValueError("the name is blank")
    return plain(text)


def optional(text: str) -> str:
    """Return part of an agency's text, or nothing. Raises: ValueError."""
    return name(text) if text else text


def agency(text: str) -> str:
    """Return an agency's id. Raises: ValueError."""
    if not AGENCY_ID.fullmatch(text):
        raise ValueError(f"{quoted(text)} is not an agency id: write 2 to 48 lower case letters, digits and _")
    return text


def report(text: str) -> str:
    """Return the id of a report; an agency's own number may have any character but NUL. Raises: ValueError."""
    owner, colon, number = text.partition(":")
    readable = "\x00" not in number and not any("\ud800" <= character <= "\udfff" for character in number)
    if not (AGENCY_ID.fullmatch(owner) and colon and 0 < len(number) <= MOST_SOURCE_ID and readable):
        raise ValueError(f"{quoted(text)} is not a report id: write agency:source_id, as in el_paso_pd:26-053619")
    return text


def incident_or_report(text: str) -> str:
    """Return the id of an incident or of a report. Raises: ValueError."""
    if ":" in text:
        return report(text)
    if not _INCIDENT.fullmatch(text):
        raise ValueError(f"{quoted(text)} is neither an incident id nor a report id, which is agency:source_id")
    return text
