"""What a report claims to belong to, and the units that it names."""

import re

from schemas.folding import fold
from schemas.identity import report_id
from schemas.topics import AGENCY_ID

LONGEST = 160
"""Characters of an id that are read."""

_NOT_UNIT = re.compile(r"[^A-Z0-9]+")
_URN = re.compile(r"urn:incident:[A-Za-z]{2,3}:([^:]+):(.+)")


def unit(text: str) -> str:
    """Return a unit's radio name without marks: 2-A-11 is 2A11."""
    return _NOT_UNIT.sub("", fold(text[:LONGEST]).upper())


def reference(text: str) -> str:
    """Return the report id that a link names, where it names the agency; else the number as it stands."""
    written = text[:LONGEST].strip()
    if (named := _URN.fullmatch(written)) is not None:
        agency, number = named[1], named[2]
    else:
        agency, _, number = written.partition(":")
    return report_id(agency, number.strip()) if number and AGENCY_ID.fullmatch(agency) else written
