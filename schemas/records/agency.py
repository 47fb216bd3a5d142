"""A row of the agency registry, as a record."""

from typing import TypedDict


class AgencyRow(TypedDict):
    """A row of the agency registry."""

    agency_id: str
    name: str
    country: str
    kind: str
    time_zone: str
    code_system: str
    match_domain: int
    default_handling: dict[str, str]
    ori: str
    corridor: str
    added_by: str
