"""What commands are given as names: checked before any service is asked; pure.

Each check returns the text, or is a ValueError that says how it is written. What could exist passes, whether or not it
does: that is for the index and the agreements to say, to all alike.
"""

import re
import unicodedata

from schemas.topics import AGENCY_ID

MOST_NAME = 200
MOST_SOURCE_ID = 128
_SHOWN = 40
_INCIDENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_NEVER = ("Cc", "Cs")
"""Unicode categories: control characters, and halves of surrogate pairs, which are bytes that are no UTF-8."""


def quoted(text: str) -> str:
    """Return a text as a message shows it: its beginning, in quotes, without what a terminal would obey."""
    return repr(text) if len(text) <= _SHOWN else f"{text[:_SHOWN]!r}..."


def plain(text: str, most: int = MOST_NAME) -> str:
    """Check a text of at most `most` characters."""
    if len(text) > most:
        raise ValueError(f"{len(text):,} characters, at most {most:,} are read")
    if any(unicodedata.category(one) in _NEVER for one in text):
        raise ValueError(f"{quoted(text)} has control characters, or bytes that are no UTF-8")
    return text


def name(text: str) -> str:
    """Check the name of an audience, a purpose, an agreement or the like."""
    if not text.strip():
        raise ValueError("no name is given")
    return plain(text)


def optional(text: str) -> str:
    """Check a part of an agency's words, or nothing."""
    return name(text) if text else text


def agency(text: str) -> str:
    """Check an agency's id."""
    if not AGENCY_ID.fullmatch(text):
        raise ValueError(f"{quoted(text)} is no agency: lower case letters, digits and _, 2 to 48 of them")
    return text


def report(text: str) -> str:
    """Check the id of a report; an agency's own number may hold any character but NUL."""
    owner, colon, number = text.partition(":")
    readable = "\x00" not in number and not any("\ud800" <= one <= "\udfff" for one in number)
    if not (AGENCY_ID.fullmatch(owner) and colon and 0 < len(number) <= MOST_SOURCE_ID and readable):
        raise ValueError(f"{quoted(text)} is no report: write agency:source_id, as in el_paso_pd:26-053619")
    return text


def incident_or_report(text: str) -> str:
    """Check the id of an incident or of a report."""
    if ":" in text:
        return report(text)
    if not _INCIDENT.fullmatch(text):
        raise ValueError(f"{quoted(text)} is neither an incident's id nor a report's, which is agency:source_id")
    return text
