"""The agency registry: checked rows, the bundled agencies, and the defaults of an unknown agency."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, cast

from schemas.errors import Configuration
from schemas.identity import INTERNAL
from schemas.records.agency import AgencyRow
from schemas.strict import time_zones
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


def agency_row(fields: Mapping[str, Any], added_by: str) -> AgencyRow:
    """Return a checked row of the registry; a missing field takes its most restrictive value.

    Raises: Configuration naming the field.
    """
    agency_id = str(fields.get("agency_id", ""))
    if not AGENCY_ID.fullmatch(agency_id) or agency_id == INTERNAL:
        raise Configuration(f"agency_id {agency_id!r}: must be 2 to 48 lower case letters, digits and _")
    unknown = sorted(set(fields) - set(_DEFAULTS) - {"agency_id", "name"})
    if unknown:
        raise Configuration(f"agency {agency_id}: unknown field {unknown[0]}")
    row = {"name": agency_id, **_DEFAULTS, **fields, "added_by": added_by}
    if row["kind"] not in KINDS:
        raise Configuration(f"agency {agency_id}: kind must be one of {', '.join(KINDS)}")
    if row["time_zone"] not in time_zones():
        raise Configuration(f"agency {agency_id}: time_zone must be an IANA name such as America/Phoenix")
    if not 0 <= row["match_domain"] < ENRICHED_REPORTS.partitions:
        raise Configuration(f"agency {agency_id}: match_domain must be 0 to {ENRICHED_REPORTS.partitions - 1}")
    return cast(AgencyRow, row)


def parse(text: str) -> dict[str, AgencyRow]:
    """Return the agencies of a registry file by id. Raises: Configuration naming agency and field."""
    rows = [agency_row(fields, "bundled") for fields in tomllib.loads(text)["agency"]]
    return {row["agency_id"]: row for row in rows}


BUNDLED = parse(files("schemas").joinpath("agencies.toml").read_text())
