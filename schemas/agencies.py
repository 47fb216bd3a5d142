"""The agency registry: rows as values, the bundled ones, and what an unknown agency starts with."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, cast
from zoneinfo import available_timezones

from schemas.errors import Configuration
from schemas.identity import INTERNAL
from schemas.records.agency import AgencyRow
from schemas.topics import AGENCY_ID, ENRICHED_REPORTS

KINDS = ("municipal", "county", "state", "federal", "fire", "unknown")
_DEFAULTS: dict[str, Any] = {
    "country": "",
    "kind": "unknown",
    "time_zone": "UTC",
    "code_system": "",
    "match_domain": 0,
    "default_handling": {},
    "ori": "",
    "corridor": "",
}


def row(fields: Mapping[str, Any], added_by: str) -> AgencyRow:
    """Make a checked row of the registry; what is not told takes the most restrictive meaning.

    Raises: Configuration naming the field.
    """
    agency_id = str(fields.get("agency_id", ""))
    if not AGENCY_ID.fullmatch(agency_id) or agency_id == INTERNAL:
        raise Configuration(f"agency_id {agency_id!r}: lower case letters, digits and _, 2 to 48 of them")
    unknown = sorted(set(fields) - set(_DEFAULTS) - {"agency_id", "name"})
    if unknown:
        raise Configuration(f"agency {agency_id}: unknown field {unknown[0]}")
    made = {"name": agency_id, **_DEFAULTS, **fields, "added_by": added_by}
    if made["kind"] not in KINDS:
        raise Configuration(f"agency {agency_id}: kind is one of {', '.join(KINDS)}")
    if made["time_zone"] not in available_timezones():
        raise Configuration(f"agency {agency_id}: time_zone is a name such as America/Phoenix")
    if not 0 <= made["match_domain"] < ENRICHED_REPORTS.partitions:
        raise Configuration(f"agency {agency_id}: match_domain is 0 to {ENRICHED_REPORTS.partitions - 1}")
    return cast(AgencyRow, made)


def parse(text: str) -> dict[str, AgencyRow]:
    """Read the bundled agencies strictly: agency id -> row. Raises: Configuration."""
    rows = [row(fields, "bundled") for fields in tomllib.loads(text)["agency"]]
    return {one["agency_id"]: one for one in rows}


BUNDLED = parse(files("schemas").joinpath("agencies.toml").read_text())
